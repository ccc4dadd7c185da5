/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of entries by their hash. */
#include "base/table.h"
#include "cmocka_all.h"

enum { MANY = 1000 };

static void entries_are_found_however_many_there_are(void **state)
{
    (void)state;
    static mmio__table_entry entries[MANY];
    mmio__table table = {0};
    for (size_t i = 0; i < MANY; i++) {
        mmio__table_add(&table, &entries[i], mmio__hash(i, ""));
        assert_int_equal(table.count, i + 1);
    }
    /* Chains stay short. */
    assert_true(table.many_count >= MANY / 2);
    for (size_t i = 0; i < MANY; i++) {
        assert_ptr_equal(mmio__table_first(&table, mmio__hash(i, "")), &entries[i]);
        assert_null(mmio__table_next(&entries[i]));
    }
    assert_null(mmio__table_first(&table, mmio__hash(MANY, "")));
    for (size_t i = 0; i < MANY; i++) {
        mmio__table_remove(&table, &entries[i]);
        assert_null(mmio__table_first(&table, mmio__hash(i, "")));
        assert_int_equal(table.count, MANY - i - 1);
    }
    assert_null(table.many);
}

/* Also behind others in one bucket, and from its middle and its end. */
static void entries_with_one_hash_are_all_found(void **state)
{
    (void)state;
    mmio__table_entry same[3];
    mmio__table_entry other;
    mmio__table table = {0};
    mmio__table_add(&table, &same[0], 5);
    mmio__table_add(&table, &other, 5 + MMIO__TABLE_FEW);
    mmio__table_add(&table, &same[1], 5);
    mmio__table_add(&table, &same[2], 5);
    size_t found = 0;
    for (mmio__table_entry *entry = mmio__table_first(&table, 5); entry != NULL;
         entry = mmio__table_next(entry)) {
        assert_true(entry >= same && entry < same + 3);
        found++;
    }
    assert_int_equal(found, 3);
    mmio__table_remove(&table, &same[1]);
    assert_ptr_equal(mmio__table_first(&table, 5), &same[2]);
    assert_ptr_equal(mmio__table_next(&same[2]), &same[0]);
    assert_null(mmio__table_next(&same[0]));
    assert_ptr_equal(mmio__table_first(&table, 5 + MMIO__TABLE_FEW), &other);
    mmio__table_remove(&table, &same[0]);
    mmio__table_remove(&table, &other);
    assert_ptr_equal(mmio__table_first(&table, 5), &same[2]);
    assert_null(mmio__table_next(&same[2]));
    mmio__table_remove(&table, &same[2]);
    assert_int_equal(table.count, 0);
}

static void taking_takes_every_entry_once(void **state)
{
    (void)state;
    static mmio__table_entry entries[MANY];
    mmio__table table = {0};
    assert_null(mmio__table_take(&table));
    for (size_t i = 0; i < MANY; i++) {
        mmio__table_add(&table, &entries[i], mmio__hash(i, "x"));
    }
    for (size_t i = 0; i < MANY; i++) {
        mmio__table_entry *taken = mmio__table_take(&table);
        assert_true(taken >= entries && taken < entries + MANY);
        assert_null(mmio__table_first(&table, taken->hash));
    }
    assert_null(mmio__table_take(&table));
    assert_int_equal(table.count, 0);
}

/* Numbers one after the other and names of one letter, as they come, fall into all buckets. */
static void hashes_depend_on_all_that_is_hashed(void **state)
{
    (void)state;
    size_t used[64] = {0};
    for (uint64_t number = 0; number < 1024; number++) {
        used[mmio__hash(number, "") % 64]++;
    }
    for (size_t i = 0; i < 64; i++) {
        assert_in_range(used[i], 1, 64);
    }
    assert_true(mmio__hash(1, "a") != mmio__hash(2, "a"));
    assert_true(mmio__hash(1, "a") != mmio__hash(1, "b"));
    assert_true(mmio__hash(1, "ab") != mmio__hash(1, "ba"));
    assert_true(mmio__hash(1, "") != mmio__hash((uint64_t)1 << 32, ""));
    assert_int_equal(mmio__hash(7, "name"), mmio__hash(7, "name"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_found_however_many_there_are),
        cmocka_unit_test(entries_with_one_hash_are_all_found),
        cmocka_unit_test(taking_takes_every_entry_once),
        cmocka_unit_test(hashes_depend_on_all_that_is_hashed),
    };
    return cmocka_run_group_tests_name("unit: tables", tests, NULL, NULL);
}
