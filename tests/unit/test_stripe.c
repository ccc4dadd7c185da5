/* SPDX-License-Identifier: Apache-2.0 */
/* stripe: which stripes a range has, and what locking them keeps out. */
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "stripe.h"

#define BLOCK ((uint64_t)1 << MMIO__STRIPE_BLOCK_SHIFT)

static bool is_locked(const mmio__stripes *stripes, uint32_t index)
{
    return !mmio__lock_is_free(mmio__lock_note(&stripes->stripe[index].lock));
}

static uint32_t locked(const mmio__stripes *stripes)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < stripes->count; i++) {
        count += is_locked(stripes, i);
    }
    return count;
}

static void small_maps_have_few_stripes(void **state)
{
    (void)state;
    const struct {
        uint64_t size;
        uint32_t count;
    } cases[] = {{1, 1}, {BLOCK - 1, 1}, {2 * BLOCK, 4}, {63 * BLOCK, 64}, {UINT64_MAX, 64}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mmio__stripes *stripes = mmio__stripes_create(cases[i].size);
        assert_non_null(stripes);
        assert_int_equal(stripes->count, cases[i].count);
        free(stripes);
    }
}

static void a_range_locks_the_stripes_of_its_blocks(void **state)
{
    (void)state;
    mmio__stripes *stripes = mmio__stripes_create(1000 * BLOCK);
    assert_non_null(stripes);
    const struct {
        uint64_t offset;
        uint64_t size;
        uint32_t count;
        uint32_t first;
    } cases[] = {
        {0, 1, 1, 0},
        {BLOCK - 1, 2, 2, 0},
        {5 * BLOCK, 3 * BLOCK, 3, 5},
        {63 * BLOCK, 2 * BLOCK, 2, 63}, /* Wraps around to stripe 0. */
        {64 * BLOCK, BLOCK, 1, 0},
        {7, 64 * BLOCK, 64, 0},
        {0, 1000 * BLOCK, 64, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(mmio__stripes_lock(stripes, cases[i].offset, cases[i].size, MMIO__NO_WAIT));
        assert_int_equal(locked(stripes), cases[i].count);
        assert_true(is_locked(stripes, cases[i].first));
        mmio__stripes_unlock(stripes, cases[i].offset, cases[i].size);
        assert_int_equal(locked(stripes), 0);
    }
    free(stripes);
}

static void a_range_that_is_not_all_to_be_had_locks_nothing(void **state)
{
    (void)state;
    mmio__stripes *stripes = mmio__stripes_create(1000 * BLOCK);
    assert_non_null(stripes);
    assert_true(mmio__stripes_lock(stripes, 7 * BLOCK, 1, MMIO__NO_WAIT));
    assert_false(mmio__stripes_lock(stripes, 4 * BLOCK, 6 * BLOCK, MMIO__NO_WAIT));
    assert_false(mmio__stripes_lock(stripes, 4 * BLOCK, 6 * BLOCK, mmio__deadline_after(5)));
    assert_int_equal(locked(stripes), 1);
    assert_true(mmio__stripes_lock(stripes, 8 * BLOCK, 55 * BLOCK, MMIO__NO_WAIT));
    mmio__stripes_unlock(stripes, 8 * BLOCK, 55 * BLOCK);
    mmio__stripes_unlock(stripes, 7 * BLOCK, 1);
    free(stripes);
}

static void reads_are_kept_out_by_locked_stripes_only(void **state)
{
    (void)state;
    mmio__stripes *stripes = mmio__stripes_create(1000 * BLOCK);
    assert_non_null(stripes);
    char to[4] = "";
    assert_true(mmio__stripes_lock(stripes, 2 * BLOCK, 1, MMIO__NO_WAIT));
    assert_int_equal(mmio__stripes_read(stripes, 3 * BLOCK, to, "abc", 4, MMIO__NO_WAIT), 0);
    assert_memory_equal(to, "abc", 4);
    assert_true(mmio__stripes_read(stripes, 3 * BLOCK - 1, to, "def", 4, MMIO__NO_WAIT) ==
                MMIO__COPY_BUSY);
    assert_true(mmio__stripes_read(stripes, 2 * BLOCK, to, "def", 4, mmio__deadline_after(5)) ==
                MMIO__COPY_BUSY);
    mmio__stripes_unlock(stripes, 2 * BLOCK, 1);
    assert_int_equal(mmio__stripes_read(stripes, 2 * BLOCK, to, "def", 4, MMIO__NO_WAIT), 0);
    assert_memory_equal(to, "def", 4);
    assert_int_equal(locked(stripes), 0);
    free(stripes);
}

static void pending_bytes_add_up_over_the_stripes(void **state)
{
    (void)state;
    mmio__stripes *stripes = mmio__stripes_create(1000 * BLOCK);
    assert_non_null(stripes);
    for (uint64_t block = 0; block < 200; block++) {
        mmio__stripes_pending_add(stripes, block * BLOCK, block);
    }
    assert_int_equal(mmio__stripes_recorded(stripes), 199 * 200 / 2);
    free(stripes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_maps_have_few_stripes),
        cmocka_unit_test(a_range_locks_the_stripes_of_its_blocks),
        cmocka_unit_test(a_range_that_is_not_all_to_be_had_locks_nothing),
        cmocka_unit_test(reads_are_kept_out_by_locked_stripes_only),
        cmocka_unit_test(pending_bytes_add_up_over_the_stripes),
    };
    return cmocka_run_group_tests_name("unit: stripes", tests, NULL, NULL);
}
