/* SPDX-License-Identifier: Apache-2.0 */
/* One file that is watched, and what is told of it. */
#ifndef MMIO_TEST_SCENE_H
#define MMIO_TEST_SCENE_H

#include "watching.h"

#define VIEW_SIZE 8192

/* A file "f" of that size, a map of it with a view, and a watcher of nothing. */
typedef struct scene {
    mmio_map *map;
    mmio_view view;
    mmio_watcher *watcher;
    uint64_t watch;
} scene;

scene scene_begin(void);
scene scene_of_path(void);
scene scene_of_map(void);
void scene_end(scene *s);

/* The next event is this one. */
void expect(const scene *s, uint32_t kind, uint64_t size);
void change_mode(void);

/* Nothing was told before this: notices keep their order. */
void expect_nothing(const scene *s, uint64_t size);
void remove_file(void);

#endif
