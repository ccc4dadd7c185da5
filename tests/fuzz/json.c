/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

size_t json_character(const char *text, uint32_t *out_character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t lead = (uint8_t)*text;
    const size_t length = lead < 0x80           ? 1
                          : (lead >> 5) == 0x06 ? 2
                          : (lead >> 4) == 0x0e ? 3
                          : (lead >> 3) == 0x1e ? 4
                                                : 0;
    uint32_t character = length == 1 ? lead : lead & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        const uint8_t next = (uint8_t)text[i];
        if ((next >> 6) != 2) {
            return 0;
        }
        character = character << 6 | (next & 0x3f);
    }
    const bool is_surrogate = character >= 0xd800 && character <= 0xdfff;
    *out_character = character;
    return character < least[length] || character > 0x10ffff || is_surrogate ? 0 : length;
}

const char *json_string_character(const char *text, uint32_t *out_character)
{
    if (text[0] != '\\') {
        const size_t length = json_character(text, out_character);
        return length != 0 && *out_character >= 0x20 && *out_character != '"' ? text + length
                                                                              : NULL;
    }
    if (text[1] != 'u' || strspn(text + 2, "0123456789abcdefABCDEF") < 4) {
        return NULL;
    }
    char digits[5] = {0};
    memcpy(digits, text + 2, 4);
    *out_character = (uint32_t)strtoul(digits, NULL, 16);
    return text + 6;
}

static const char *skip_space(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

static const char *string(const char *text)
{
    uint32_t character;
    text++;
    for (const char *next; (next = json_string_character(text, &character)) != NULL;) {
        text = next;
    }
    return *text == '"' ? text + 1 : NULL;
}

static const char *number(const char *text)
{
    text += *text == '-';
    const size_t digits = strspn(text, "0123456789");
    return digits != 0 && (digits == 1 || *text != '0') ? text + digits : NULL;
}

/* A name and a value, or only a value. */
static const char *item(const char *text, bool is_object)
{
    if (is_object) {
        text = skip_space(text);
        text = *text == '"' ? string(text) : NULL;
        text = text != NULL ? skip_space(text) : NULL;
        text = text != NULL && *text == ':' ? text + 1 : NULL;
    }
    return text != NULL ? json_value(text) : NULL;
}

static const char *items(const char *text, char end)
{
    const bool is_object = *text++ == '{';
    text = skip_space(text);
    if (*text == end) {
        return text + 1;
    }
    do {
        text = item(text, is_object);
    } while (text != NULL && *text++ == ',');
    return text != NULL && text[-1] == end ? text : NULL;
}

static const char *word(const char *text)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strncmp(text, words[i], strlen(words[i])) == 0) {
            return text + strlen(words[i]);
        }
    }
    return NULL;
}

const char *json_value(const char *text)
{
    text = skip_space(text);
    const char *end = *text == '['                    ? items(text, ']')
                      : *text == '{'                  ? items(text, '}')
                      : *text == '"'                  ? string(text)
                      : isalpha((unsigned char)*text) ? word(text)
                                                      : number(text);
    return end != NULL ? skip_space(end) : NULL;
}
