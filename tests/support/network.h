/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network file system, as far as the kernel can tell: a FUSE server that calls itself what it is
 * told to, "fuse.sshfs" for one. It has one file, "there", of 10 bytes, and counts what would
 * change anything.
 */
#ifndef MMIO_TEST_NETWORK_H
#define MMIO_TEST_NETWORK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct network {
    pid_t server;
    _Atomic unsigned *changes; /* Requests to create, cut or write. */
} network;

/* Mount it on a directory; false if this system or user cannot. */
bool network_mount(network *out_net, const char *directory, const char *name);
void network_unmount(network *net, const char *directory);

#endif
