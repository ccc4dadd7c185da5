/* SPDX-License-Identifier: Apache-2.0 */
/* M1: the inventory. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support.h"

static mmio_inventory *take(void)
{
    mmio_inventory *inventory = NULL;
    assert_ok(mmio_inventory_open(&inventory, ERR));
    return inventory;
}

static mmio_map_info item_at(const mmio_inventory *inventory, uint64_t index, const char **out_path)
{
    mmio_map_info info = {.struct_size = sizeof info};
    assert_ok(mmio_inventory_get(inventory, index, &info, out_path, ERR));
    return info;
}

static void M1_every_live_map_is_listed_as_it_is(void **state)
{
    (void)state;
    mmio_map *file = create_map("some file", 100000);
    mmio_map *memory = anonymous_map(5000);
    mmio_view views[3];
    assert_ok(mmio_map_write(file, 0, "abc", 3, ERR));
    assert_ok(mmio_map_flush(file, MMIO_FLUSH_DATA, ERR));
    assert_ok(mmio_map_write(file, 0, "abcd", 4, ERR));
    assert_ok(mmio_map_set_policy(file, MMIO_POLICY_EVERY_BYTES, 4096, ERR));
    (void)mmio_map_retain(file);
    for (size_t i = 0; i < 3; i++) {
        assert_ok(mmio_view_acquire(file, i * 1000, 100, 0, &views[i], ERR));
    }
    mmio_inventory *inventory = take();
    assert_int_equal(mmio_inventory_count(inventory), 2);
    const char *path = NULL;
    mmio_map_info info = item_at(inventory, 0, &path);
    assert_string_equal(path, "");
    assert_int_equal(info.kind, MMIO_KIND_ANONYMOUS);
    assert_int_equal(info.size, 5000);
    assert_int_equal(info.views, 0);
    info = item_at(inventory, 1, &path);
    assert_string_equal(path, "some file");
    assert_int_equal(info.kind, MMIO_KIND_FILE);
    assert_int_equal(info.mode, MMIO_MODE_RW);
    assert_int_equal(info.holders, 2);
    assert_int_equal(info.size, 100000);
    assert_true(info.reserve >= 100000);
    assert_int_equal(info.pending, 4);
    assert_int_equal(info.views, 3);
    assert_int_equal(info.flushes, 1);
    assert_int_equal(info.policy, MMIO_POLICY_EVERY_BYTES);
    assert_int_equal(info.policy_amount, 4096);
    assert_int_equal(info.is_writable, 1);
    assert_int_equal(info.is_closed, 0);
    assert_true(info.age_ms < 60000);
    mmio_inventory_close(inventory);
    for (size_t i = 0; i < 3; i++) {
        mmio_view_release(&views[i]);
    }
    mmio_map_close(file);
    mmio_map_close(file);
    mmio_map_close(memory);
    inventory = take();
    assert_int_equal(mmio_inventory_count(inventory), 0);
    mmio_inventory_close(inventory);
}

static void M1_a_closed_map_that_a_view_keeps_shows_as_such(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", 100000);
    mmio_view view;
    assert_ok(mmio_view_acquire(map, 0, 100, 0, &view, ERR));
    mmio_map_close(map);
    mmio_inventory *inventory = take();
    assert_int_equal(mmio_inventory_count(inventory), 1);
    const char *path = NULL;
    const mmio_map_info info = item_at(inventory, 0, &path);
    assert_int_equal(info.is_closed, 1);
    assert_int_equal(info.handle, -1);
    assert_string_equal(path, "f");
    const char *text;
    assert_ok(mmio_inventory_json(inventory, &text, NULL, ERR));
    assert_non_null(strstr(text, "\"is_closed\":true"));
    mmio_inventory_close(inventory);
    mmio_view_release(&view);
    inventory = take();
    assert_int_equal(mmio_inventory_count(inventory), 0);
    mmio_inventory_close(inventory);
}

static void M1_bad_requests_are_refused(void **state)
{
    (void)state;
    mmio_map_info info = {.struct_size = sizeof info};
    const char *text = "";
    uint64_t size = 1;
    mmio_inventory *inventory = take();
    assert_status(MMIO_ERR_RANGE, mmio_inventory_get(inventory, 0, &info, NULL, ERR));
    assert_int_equal(last_error.limit, 0);
    assert_status(MMIO_ERR_INVALID, mmio_inventory_get(NULL, 0, &info, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_inventory_get(inventory, 0, NULL, NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_inventory_open(NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_inventory_json(NULL, &text, &size, ERR));
    assert_null(text);
    assert_int_equal(size, 0);
    assert_int_equal(mmio_inventory_count(NULL), 0);
    mmio_inventory_close(inventory);
    mmio_inventory_close(NULL);
}

static void M1_the_json_is_read_by_a_parser_of_others(void **state)
{
    (void)state;
    mmio_map *odd = create_map("quote\" back\\slash \n\xc3\xa9 \xff\xc0", 1);
    mmio_map *plain = create_map("plain", 4321);
    mmio_inventory *inventory = take();
    const char *text = NULL;
    uint64_t size = 0;
    assert_ok(mmio_inventory_json(inventory, &text, &size, ERR));
    assert_int_equal(strlen(text), size);
    FILE *file = fopen("json", "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(
        system("python3 -c \"import json; a, b = json.load(open('json', encoding='utf-8'));"
               "assert a['path'] == 'plain' and a['size'] == 4321 and a['mode'] == 'rw', a;"
               "assert a['kind'] == 'file' and a['policy'] == 'manual' and a['views'] == 0, a;"
               "assert a['is_writable'] is True and a['is_closed'] is False, a;"
               "assert b['path'] == 'quote\\\" back\\\\\\\\slash \\n\\u00e9 \\ufffd\\ufffd', b\""),
        0);
    mmio_inventory_close(inventory);
    mmio_map_close(odd);
    mmio_map_close(plain);
}

typedef struct opener {
    _Atomic bool is_over;
    _Atomic uint64_t opened;
} opener;

static void *open_and_close(void *argument)
{
    opener *o = argument;
    while (!o->is_over) {
        mmio_map *map = NULL;
        if (mmio_map_open("f", NULL, &map, NULL) == MMIO_OK) {
            o->opened++;
        }
        mmio_map_close(map);
    }
    return NULL;
}

static void M1_maps_come_and_go_while_they_are_listed(void **state)
{
    (void)state;
    make_file("f", 10000, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    opener o = {.is_over = false};
    uintptr_t threads[2];
    for (size_t i = 0; i < 2; i++) {
        start_thread(&threads[i], open_and_close, &o);
    }
    for (int i = 0; i < 1000 || o.opened < 1000; i++) {
        mmio_inventory *inventory = take();
        const uint64_t count = mmio_inventory_count(inventory);
        assert_in_range(count, 1, 3);
        for (uint64_t at = 0; at < count; at++) {
            const char *path = NULL;
            (void)item_at(inventory, at, &path);
            assert_string_equal(path, "f");
        }
        mmio_inventory_close(inventory);
    }
    o.is_over = true;
    for (size_t i = 0; i < 2; i++) {
        join_thread(threads[i]);
    }
    mmio_map_close(map);
}

static void M1_maps_of_nothing_and_views_of_left_places_are_counted_right(void **state)
{
    (void)state;
    make_file("empty", 0, 0);
    mmio_map *empty = open_mode("empty", MMIO_MODE_RO);
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 4096);
    options.reserve = 8192;
    mmio_map *moved;
    mmio_view views[2];
    assert_ok(mmio_map_open("f", &options, &moved, ERR));
    assert_ok(mmio_view_acquire(moved, 0, 10, 0, &views[0], ERR));
    assert_ok(mmio_map_resize(moved, 1 << 20, 0, ERR));
    assert_ok(mmio_view_acquire(moved, 0, 10, 0, &views[1], ERR));
    mmio_inventory *inventory = take();
    assert_int_equal(mmio_inventory_count(inventory), 2);
    for (uint64_t i = 0; i < 2; i++) {
        const char *path;
        const mmio_map_info info = item_at(inventory, i, &path);
        const bool is_empty = strcmp(path, "empty") == 0;
        assert_int_equal(info.size, is_empty ? 0 : 1 << 20);
        assert_int_equal(info.views, is_empty ? 0 : 2);
    }
    mmio_inventory_close(inventory);
    mmio_view_release(&views[0]);
    mmio_view_release(&views[1]);
    mmio_map_close(empty);
    mmio_map_close(moved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(M1_every_live_map_is_listed_as_it_is),
        IN_DIRECTORY(M1_a_closed_map_that_a_view_keeps_shows_as_such),
        IN_DIRECTORY(M1_bad_requests_are_refused),
        IN_DIRECTORY(M1_the_json_is_read_by_a_parser_of_others),
        IN_DIRECTORY(M1_maps_come_and_go_while_they_are_listed),
        IN_DIRECTORY(M1_maps_of_nothing_and_views_of_left_places_are_counted_right),
    };
    return cmocka_run_group_tests_name("contract M1: the inventory", tests, NULL, NULL);
}
