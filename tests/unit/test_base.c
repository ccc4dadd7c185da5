/* SPDX-License-Identifier: Apache-2.0 */
/* base: arithmetic, options, failures. */
#include <string.h>

#include "base/failure.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/range.h"
#include "base/text.h"
#include "cmocka_all.h"

static void ranges_fit_without_overflow(void **state)
{
    (void)state;
    assert_true(mmio__range_fits(0, 0, 0));
    assert_true(mmio__range_fits(3, 4, 7));
    assert_true(mmio__range_fits(UINT64_MAX, 0, UINT64_MAX));
    assert_true(mmio__range_fits(0, UINT64_MAX, UINT64_MAX));
    assert_false(mmio__range_fits(3, 5, 7));
    assert_false(mmio__range_fits(8, 0, 7));
    assert_false(mmio__range_fits(UINT64_MAX, 1, UINT64_MAX));
    assert_false(mmio__range_fits(1, UINT64_MAX, UINT64_MAX));
}

static void rounding_never_wraps(void **state)
{
    (void)state;
    assert_int_equal(mmio__round_down(8191, 4096), 4096);
    assert_int_equal(mmio__round_down(4096, 4096), 4096);
    assert_int_equal(mmio__round_up(0, 4096), 0);
    assert_int_equal(mmio__round_up(1, 4096), 4096);
    assert_int_equal(mmio__round_up(4096, 4096), 4096);
    assert_int_equal(mmio__round_up(UINT64_MAX, 4096), UINT64_MAX - 4095);
    assert_int_equal(mmio__round_up(UINT64_MAX - 4095, 4096), UINT64_MAX - 4095);
    assert_int_equal(mmio__round_up(UINT64_MAX - 4096, 4096), UINT64_MAX - 4095);
    assert_int_equal(mmio__round_down(UINT64_MAX, 1), UINT64_MAX);
    assert_int_equal(mmio__round_up(7, 1), 7);
}

static void products_saturate(void **state)
{
    (void)state;
    assert_int_equal(mmio__multiply_saturated(3, 4), 12);
    assert_int_equal(mmio__multiply_saturated(3, 0), 0);
    assert_int_equal(mmio__multiply_saturated(UINT64_MAX, 1), UINT64_MAX);
    assert_int_equal(mmio__multiply_saturated(UINT64_MAX / 2, 3), UINT64_MAX);
    assert_int_equal(mmio__multiply_saturated(UINT64_MAX / 3, 3), UINT64_MAX / 3 * 3);
    assert_int_equal(mmio__multiply_saturated(0, UINT64_MAX), 0);
    assert_int_equal(mmio__multiply_saturated((uint64_t)1 << 32, (uint64_t)1 << 32), UINT64_MAX);
}

typedef struct options {
    uint32_t struct_size;
    uint32_t first;
    uint64_t second;
} options;

static void shorter_options_leave_the_rest_zero(void **state)
{
    (void)state;
    const options given = {8, 1, 2};
    options known;
    memset(&known, 0xff, sizeof known);
    assert_true(mmio__options_copy(&known, sizeof known, 8, &given));
    assert_int_equal(known.first, 1);
    assert_int_equal(known.second, 0);
    assert_false(mmio__options_copy(&known, sizeof known, 9, &given));
}

static void longer_options_must_be_zero_beyond_what_is_known(void **state)
{
    (void)state;
    struct {
        options known;
        unsigned char tail[8];
    } given = {{sizeof given, 1, 2}, {0}};
    options known;
    assert_true(mmio__options_copy(&known, sizeof known, 8, &given));
    assert_int_equal(known.second, 2);
    given.tail[7] = 1;
    assert_false(mmio__options_copy(&known, sizeof known, 8, &given));
    given.tail[7] = 0;
    given.tail[0] = 1;
    assert_false(mmio__options_copy(&known, sizeof known, 8, &given));
}

/* Nobody's options are that long: it is what happened to be in memory. */
static void absurdly_long_options_are_refused(void **state)
{
    (void)state;
    static struct {
        options known;
        unsigned char tail[8192];
    } given;
    options known;
    given.known.struct_size = 4096;
    assert_true(mmio__options_copy(&known, sizeof known, 8, &given));
    given.known.struct_size = 4097;
    assert_false(mmio__options_copy(&known, sizeof known, 8, &given));
    given.known.struct_size = UINT32_MAX;
    assert_false(mmio__options_copy(&known, sizeof known, 8, &given));
}

static void infos_fill_what_the_caller_has_room_for(void **state)
{
    (void)state;
    const options known = {0, 1, 2};
    unsigned char given[32];
    memset(given, 0xff, sizeof given);
    mmio__info_copy(given, 24, &known, sizeof known);
    options got;
    memcpy(&got, given, sizeof got);
    assert_int_equal(got.struct_size, 24);
    assert_int_equal(got.first, 1);
    assert_int_equal(got.second, 2);
    assert_int_equal(given[23], 0);
    assert_int_equal(given[24], 0xff);
    memset(given, 0xff, sizeof given);
    mmio__info_copy(given, 8, &known, sizeof known);
    assert_int_equal(given[8], 0xff);
}

static void failures_fill_the_record(void **state)
{
    (void)state;
    mmio_error error;
    const mmio__call call = {"mmio_call", "path", &error};
    memset(&error, 0xff, sizeof error);
    assert_int_equal(mmio__fail_range(&call, 1, 2, 3), MMIO_ERR_RANGE);
    assert_int_equal(error.status, MMIO_ERR_RANGE);
    assert_int_equal(error.offset, 1);
    assert_int_equal(error.size, 2);
    assert_int_equal(error.limit, 3);
    assert_int_equal(error.done, 0);
    assert_string_equal(error.message,
                        "mmio_call: path: offset 1 + size 2 is beyond the map's size 3");
    assert_int_equal(mmio__fail_code(&call, MMIO_ERR_IO, 5, "broken", "cannot read"), MMIO_ERR_IO);
    assert_int_equal(error.os_code, 5);
    assert_int_equal(error.offset, 0);
    assert_string_equal(error.message, "mmio_call: path: cannot read: broken (system code 5)");
}

static void failures_say_their_numbers(void **state)
{
    (void)state;
    mmio_error error;
    const mmio__call call = {"mmio_call", "", &error};
    static const mmio_error cleared;
    assert_int_equal(mmio__fail_range_of(&call, "the segment", 7, 8, 9), MMIO_ERR_RANGE);
    assert_string_equal(error.message,
                        "mmio_call: offset 7 + size 8 is beyond the segment's size 9");
    assert_int_equal(mmio__fail_index(&call, 5, 3), MMIO_ERR_RANGE);
    assert_string_equal(error.message, "mmio_call: there is no number 5 among 3");
    assert_int_equal(error.offset, 5);
    assert_int_equal(error.size, 0);
    assert_int_equal(error.limit, 3);
    assert_int_equal(mmio__fail_align(&call, 6, 4), MMIO_ERR_ALIGN);
    assert_string_equal(error.message, "mmio_call: offset 6 is not a multiple of 4");
    assert_int_equal(error.offset, 6);
    assert_int_equal(error.size, 0);
    assert_int_equal(error.limit, 4);
    assert_int_equal(mmio__fail_too_large(&call, 11, 10), MMIO_ERR_TOO_LARGE);
    assert_string_equal(error.message, "mmio_call: size 11 is above the largest size 10");
    assert_int_equal(error.offset, 0);
    assert_int_equal(error.size, 11);
    assert_int_equal(error.limit, 10);
    assert_int_equal(error.os_code, 0);
    assert_int_equal(error.status, MMIO_ERR_TOO_LARGE);
    assert_int_equal(error.done, cleared.done);
}

/* Whatever the path is, the record has an end, and room for the rest. */
static void long_paths_are_cut(void **state)
{
    (void)state;
    char path[1000];
    mmio_error error;
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    const mmio__call call = {"mmio_call", path, &error};
    assert_int_equal(mmio__fail(&call, MMIO_ERR_INVALID, "no"), MMIO_ERR_INVALID);
    assert_int_equal(strspn(error.message + strlen("mmio_call: "), "p"), 256);
    assert_string_equal(error.message + strlen("mmio_call: ") + 256, ": no");
    assert_int_equal(mmio__fail_code(&call, MMIO_ERR_IO, 5, path, path), MMIO_ERR_IO);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

/* As it comes from the C library, used before or not. */
static void memory_is_zeroed_and_lies_on_lines(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        void *kept[64];
        for (size_t i = 0; i < 64; i++) {
            const size_t size = 8 * i + 1;
            unsigned char *memory = i % 2 == 0 ? mmio__allocate_lines(size) : mmio__allocate(size);
            assert_non_null(memory);
            assert_int_equal((uintptr_t)memory % (i % 2 == 0 ? MMIO__CACHE_LINE : 8), 0);
            for (size_t k = 0; k < size; k++) {
                assert_int_equal(memory[k], 0);
            }
            memset(memory, 0xff, size);
            kept[i] = memory;
        }
        for (size_t i = 0; i < 64; i++) {
            mmio__free(kept[i]);
        }
    }
    mmio__free(NULL);
}

static void *MMIO_CALL give_nothing(size_t size, size_t alignment, void *user)
{
    (void)size;
    (void)alignment;
    (void)user;
    return NULL;
}

static void MMIO_CALL take_nothing(void *memory, void *user)
{
    (void)memory;
    (void)user;
}

/* What one of them gave the other could not take back. */
static void M2_an_allocator_comes_too_late_once_memory_was_given(void **state)
{
    (void)state;
    mmio_error error;
    void *before = mmio__allocate(10);
    assert_non_null(before);
    assert_int_equal(mmio_set_allocator(give_nothing, take_nothing, NULL, &error), MMIO_ERR_BUSY);
    void *after = mmio__allocate(10);
    assert_non_null(after);
    mmio__free(before);
    mmio__free(after);
}

static void failures_without_path_or_record(void **state)
{
    (void)state;
    mmio_error error;
    const mmio__call nameless = {"mmio_call", NULL, &error};
    assert_int_equal(mmio__fail(&nameless, MMIO_ERR_INVALID, "no %s", "good"), MMIO_ERR_INVALID);
    assert_string_equal(error.message, "mmio_call: no good");
    const mmio__call silent = {"mmio_call", "path", NULL};
    assert_int_equal(mmio__fail_align(&silent, 1, 8), MMIO_ERR_ALIGN);
    assert_int_equal(mmio__fail_too_large(&silent, 1, 8), MMIO_ERR_TOO_LARGE);
}

static void texts_are_cut_between_characters(void **state)
{
    (void)state;
    assert_int_equal(mmio__text_cut("", 4), 0);
    assert_int_equal(mmio__text_cut("abc", 4), 3);
    assert_int_equal(mmio__text_cut("abcd", 4), 4);
    assert_int_equal(mmio__text_cut("abcde", 4), 4);
    assert_int_equal(mmio__text_cut("ab\u00fc\u00fc", 4), 4);
    assert_int_equal(mmio__text_cut("abc\u00fc", 4), 3);
    assert_int_equal(mmio__text_cut("ab\u20ac", 4), 2);
    assert_int_equal(mmio__text_cut("a\U0001f600", 4), 1);
    assert_int_equal(mmio__text_cut("\U0001f600", 4), 4);
    /* What is no character is not waited for. */
    assert_int_equal(mmio__text_cut("abc\xff\xff", 4), 4);
    assert_int_equal(mmio__text_cut("\x80\x80\x80\x80\x80", 4), 4);
    assert_int_equal(mmio__text_cut("abc\xc3", 4), 4);
}

static void failures_tell_a_long_path_in_whole_characters(void **state)
{
    (void)state;
    mmio_error error;
    char path[600];
    memset(path, 'p', sizeof path);
    memcpy(path + 255, "\u20ac", 4);
    const mmio__call call = {"mmio_call", path, &error};
    assert_int_equal(mmio__fail(&call, MMIO_ERR_INVALID, "not good"), MMIO_ERR_INVALID);
    assert_memory_equal(error.message, "mmio_call: ppp", 14);
    assert_string_equal(error.message + strlen("mmio_call: ") + 255, ": not good");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_fit_without_overflow),
        cmocka_unit_test(rounding_never_wraps),
        cmocka_unit_test(products_saturate),
        cmocka_unit_test(shorter_options_leave_the_rest_zero),
        cmocka_unit_test(longer_options_must_be_zero_beyond_what_is_known),
        cmocka_unit_test(absurdly_long_options_are_refused),
        cmocka_unit_test(memory_is_zeroed_and_lies_on_lines),
        cmocka_unit_test(M2_an_allocator_comes_too_late_once_memory_was_given),
        cmocka_unit_test(infos_fill_what_the_caller_has_room_for),
        cmocka_unit_test(failures_fill_the_record),
        cmocka_unit_test(failures_say_their_numbers),
        cmocka_unit_test(long_paths_are_cut),
        cmocka_unit_test(failures_without_path_or_record),
        cmocka_unit_test(texts_are_cut_between_characters),
        cmocka_unit_test(failures_tell_a_long_path_in_whole_characters),
    };
    return cmocka_run_group_tests_name("unit: base", tests, NULL, NULL);
}
