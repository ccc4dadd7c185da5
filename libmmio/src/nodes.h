/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one notifier of the process: the nodes it watches, and the ears that hear of them.
 *
 * Any number of ears share a node. All of this is used with the dispatcher locked.
 */
#ifndef MMIO_NODES_H
#define MMIO_NODES_H

#include "base/table.h"
#include "os/os.h"

struct mmio__watch;

/* A file or directory. */
typedef struct mmio__node {
    mmio__table_entry entry; /* By its number. First, so that the one is the other. */
    int32_t number;
    uint32_t ears;
    bool is_gone; /* The notifier watches it no more. */
} mmio__node;

/* Hears of one node; or, if the node is a directory, of one name in it. */
typedef struct mmio__ear {
    mmio__table_entry entry; /* By the node's number and the name. First. */
    mmio__node *node;        /* NULL: hears of nothing. */
    const char *name;        /* "": of the node itself. */
    struct mmio__watch *watch;
} mmio__ear;

/* Open the notifier, unless it is. It stays open: closing one takes the kernel milliseconds. Like
 * those below that can fail it returns the system's code. */
int32_t mmio__nodes_open(void);
const mmio__os_notifier *mmio__nodes_notifier(void);
/* In a child process: forget the parent's notifier. Ears of its nodes hear nothing more. */
void mmio__nodes_forked(void);

/* Hear of a file, or of a path's last component in its directory, instead of what the ear heard
 * before. Without success it hears of nothing. */
int32_t mmio__ear_hear_path(mmio__ear *ear, const char *path);
int32_t mmio__ear_hear_handle(mmio__ear *ear, intptr_t handle);
int32_t mmio__ear_hear_name(mmio__ear *ear, const char *path);
void mmio__ear_close(mmio__ear *ear);
/* Whether it hears of a node that is still watched. */
bool mmio__ear_is_open(const mmio__ear *ear);

/* NULL if there is none. */
mmio__node *mmio__node_find(int32_t number);
/* The notifier has ended watching it. */
void mmio__node_lose(mmio__node *node);
/* The ears that hear of this name in the node, one by one. */
mmio__ear *mmio__ears_first(const mmio__node *node, const char *name);
mmio__ear *mmio__ears_next(mmio__ear *ear);

#endif
