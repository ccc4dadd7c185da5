/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <sys/stat.h>
#include <unistd.h>

scene scene_begin(void)
{
    scene s = {.map = create_map("f", VIEW_SIZE)};
    assert_ok(mmio_view_acquire(s.map, 0, VIEW_SIZE, 0, &s.view, ERR));
    assert_ok(mmio_watcher_open(&s.watcher, ERR));
    return s;
}

scene scene_of_path(void)
{
    scene s = scene_begin();
    assert_ok(mmio_watcher_add_path(s.watcher, "f", &s.watch, ERR));
    assert_int_not_equal(s.watch, 0);
    return s;
}

scene scene_of_map(void)
{
    scene s = scene_begin();
    assert_ok(mmio_watcher_add_map(s.watcher, s.map, &s.watch, ERR));
    assert_int_not_equal(s.watch, 0);
    return s;
}

void scene_end(scene *s)
{
    mmio_watcher_close(s->watcher);
    mmio_view_release(&s->view);
    mmio_map_close(s->map);
}

static const char *const kinds[] = {"none",     "MODIFIED", "METADATA",  "REMOVED",
                                    "REPLACED", "GROWN",    "TRUNCATED", "OVERFLOW"};

void expect(const scene *s, uint32_t kind, uint64_t size)
{
    mmio_watch_event event;
    assert_ok(mmio_watcher_next(s->watcher, PATIENCE, &event, ERR));
    assert_string_equal(kinds[event.kind], kinds[kind]);
    assert_int_equal(event.watch, kind == MMIO_WATCH_OVERFLOW ? 0 : s->watch);
    assert_int_equal(event.size, size);
    assert_true(event.time_ns > 0);
}

void change_mode(void)
{
    need(chmod("f", 0640) == 0);
}

void expect_nothing(const scene *s, uint64_t size)
{
    by_another_process(change_mode);
    expect(s, MMIO_WATCH_METADATA, size);
    mmio_watch_event event;
    assert_status(MMIO_ERR_BUSY, mmio_watcher_next(s->watcher, 0, &event, ERR));
    assert_int_equal(event.kind, 0);
}

void remove_file(void)
{
    need(unlink("f") == 0);
}
