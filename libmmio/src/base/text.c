/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "memory.h"

#define FIRST_CAPACITY 1024u

static bool make_room(mmio__text *text, size_t more)
{
    if (more < text->capacity - text->size) {
        return true;
    }
    size_t capacity = text->capacity != 0 ? text->capacity : FIRST_CAPACITY;
    while (capacity - text->size <= more) {
        capacity *= 2;
    }
    char *longer = mmio__allocate(capacity);
    if (longer == NULL) {
        return false;
    }
    if (text->bytes != NULL) {
        memcpy(longer, text->bytes, text->size);
        mmio__free(text->bytes);
    }
    text->bytes = longer;
    text->capacity = capacity;
    return true;
}

void mmio__text_add(mmio__text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || !make_room(text, (size_t)length)) {
        text->is_short = true;
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text->bytes + text->size, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->size += (size_t)length;
}

/* Length of the UTF-8 character that begins here; 0 if none does (RFC 3629, table 3-7 of Unicode:
 * no overlong forms, no surrogates, nothing above U+10FFFF). The NUL at the end ends any. */
static size_t utf8_length(const unsigned char *at)
{
    const unsigned char lead = at[0];
    if (lead < 0x80) {
        return 1;
    }
    const size_t length = lead >= 0xc2 && lead <= 0xdf   ? 2
                          : lead >= 0xe0 && lead <= 0xef ? 3
                          : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                         : 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    const bool is_bad = (lead == 0xe0 && at[1] < 0xa0) || (lead == 0xed && at[1] > 0x9f) ||
                        (lead == 0xf0 && at[1] < 0x90) || (lead == 0xf4 && at[1] > 0x8f);
    return is_bad ? 0 : length;
}

size_t mmio__text_cut(const char *string, size_t most)
{
    const char *end = memchr(string, '\0', most);
    const size_t length = end != NULL ? (size_t)(end - string) : most;
    for (size_t shorter = 0; shorter < length; shorter++) {
        const size_t last = length - shorter - 1; /* Where the last character begins. */
        if (((unsigned char)string[last] & 0xc0) != 0x80) {
            const size_t needs = utf8_length((const unsigned char *)string + last);
            return needs > shorter + 1 ? last : length;
        }
    }
    return length;
}

void mmio__text_add_json_string(mmio__text *text, const char *string)
{
    mmio__text_add(text, "\"");
    for (const unsigned char *at = (const unsigned char *)string; *at != '\0';) {
        const size_t length = utf8_length(at);
        if (length == 0) {
            mmio__text_add(text, "\\ufffd");
        } else if (*at < 0x20 || *at == '"' || *at == '\\' || *at == 0x7f) {
            mmio__text_add(text, "\\u%04x", (unsigned)*at);
        } else {
            mmio__text_add(text, "%.*s", (int)length, (const char *)at);
        }
        at += length != 0 ? length : 1;
    }
    mmio__text_add(text, "\"");
}

void mmio__text_free(mmio__text *text)
{
    mmio__free(text->bytes);
    *text = (mmio__text){0};
}
