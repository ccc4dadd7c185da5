/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that grow, and JSON strings in them. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cmocka_all.h"

static void a_text_grows_and_keeps_what_it_has(void **state)
{
    (void)state;
    char expected[3 * 5000 + 1] = "";
    mmio__text text = {0};
    for (int i = 0; i < 5000; i++) {
        mmio__text_add(&text, "%03d", i % 1000);
        (void)snprintf(expected + 3 * i, 4, "%03d", i % 1000);
    }
    assert_false(text.is_short);
    assert_int_equal(text.size, 3 * 5000);
    assert_string_equal(text.bytes, expected);
    mmio__text_free(&text);
    assert_null(text.bytes);
    assert_int_equal(text.size, 0);
}

/* The first piece fills what there is to the last byte but the NUL, or one byte less or more. */
static void a_text_has_room_for_its_end(void **state)
{
    (void)state;
    for (int length = 1020; length < 1030; length++) {
        mmio__text text = {0};
        mmio__text_add(&text, "%*s", length, "x");
        assert_int_equal(strlen(text.bytes), length);
        assert_true(text.capacity > text.size);
        mmio__text_add(&text, "y");
        assert_int_equal(strlen(text.bytes), length + 1);
        assert_int_equal(text.bytes[length - 1], 'x');
        assert_int_equal(text.bytes[length], 'y');
        mmio__text_free(&text);
    }
}

static void what_fits_stays_where_it_is(void **state)
{
    (void)state;
    mmio__text text = {0};
    mmio__text_add(&text, "x");
    const char *bytes = text.bytes;
    for (int i = 0; i < 1000; i++) {
        mmio__text_add(&text, "y");
        assert_ptr_equal(text.bytes, bytes);
    }
    mmio__text_free(&text);
}

static void a_long_piece_finds_room_at_once(void **state)
{
    (void)state;
    mmio__text text = {0};
    mmio__text_add(&text, "%*s", 100000, "x");
    assert_int_equal(text.size, 100000);
    assert_int_equal(text.bytes[99999], 'x');
    mmio__text_free(&text);
}

static void assert_json(const char *string, const char *expected)
{
    mmio__text text = {0};
    mmio__text_add_json_string(&text, string);
    assert_string_equal(text.bytes, expected);
    mmio__text_free(&text);
}

static void json_strings_escape_what_json_does_not_allow(void **state)
{
    (void)state;
    assert_json("", "\"\"");
    assert_json("plain ~", "\"plain ~\"");
    assert_json("\"", "\"\\u0022\"");
    assert_json("\\", "\"\\u005c\"");
    assert_json("\x01\x1f\x20\x7f", "\"\\u0001\\u001f \\u007f\"");
}

/* The first and the last of each length, and their neighbours that Unicode has not. */
static void json_strings_are_unicode(void **state)
{
    (void)state;
    static const char *const good[] = {
        "\xc2\x80",         "\xdf\xbf",         "\xe0\xa0\x80",     "\xe0\xbf\xbf",
        "\xed\x80\x80",     "\xf0\xbf\xbf\xbf", "\xec\xbf\xbf",     "\xed\x9f\xbf",
        "\xee\x80\x80",     "\xef\xbf\xbf",     "\xf0\x90\x80\x80", "\xf3\xbf\xbf\xbf",
        "\xf4\x80\x80\x80", "\xf4\x8f\xbf\xbf",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char expected[8];
        (void)snprintf(expected, sizeof expected, "\"%s\"", good[i]);
        assert_json(good[i], expected);
    }
    static const char *const bad[] = {
        "\x80",
        "\xbf",
        "\xc1",
        "\xf5",
        "\xff",
        "\xc2",
        "\xe1\x80",
        "\xf1\x80\x80",
        "\x80\x80\x80\x80",
        "\xbf\xbf\xbf\xbf",
        "\xc1\x80\x80\x80",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char expected[64] = "\"";
        for (size_t k = 0; k < strlen(bad[i]); k++) {
            strcat(expected, "\\ufffd");
        }
        assert_json(bad[i], strcat(expected, "\""));
    }
    assert_json("\xe0\x9f\xbf", "\"\\ufffd\\ufffd\\ufffd\"");            /* Overlong. */
    assert_json("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");            /* A surrogate. */
    assert_json("\xf0\x8f\xbf\xbf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); /* Overlong. */
    assert_json("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); /* Above U+10FFFF. */
    assert_json("\xc2x", "\"\\ufffdx\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_grows_and_keeps_what_it_has),
        cmocka_unit_test(a_text_has_room_for_its_end),
        cmocka_unit_test(what_fits_stays_where_it_is),
        cmocka_unit_test(a_long_piece_finds_room_at_once),
        cmocka_unit_test(json_strings_escape_what_json_does_not_allow),
        cmocka_unit_test(json_strings_are_unicode),
    };
    return cmocka_run_group_tests_name("unit: texts", tests, NULL, NULL);
}
