/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

enum { ROOT = 1, FILE_NODE = 2, FILE_SIZE = 10 };

static void answer(int fd, const struct fuse_in_header *request, int error, const void *body,
                   size_t size)
{
    struct fuse_out_header head = {.unique = request->unique, .error = -error};
    const struct iovec parts[] = {{&head, sizeof head}, {(void *)(uintptr_t)body, size}};
    head.len = (uint32_t)(sizeof head + size);
    const ssize_t written = writev(fd, parts, size != 0 ? 2 : 1);
    (void)written; /* An interrupted request is gone. */
}

static struct fuse_attr attributes_of(uint64_t node)
{
    struct fuse_attr attributes = {.ino = node, .nlink = 1, .blksize = 4096};
    attributes.mode = node == ROOT ? S_IFDIR | 0755 : S_IFREG | 0644;
    attributes.size = node == ROOT ? 0 : FILE_SIZE;
    return attributes;
}

static void look_up(int fd, const struct fuse_in_header *request, const char *name)
{
    const struct fuse_entry_out entry = {.nodeid = FILE_NODE, .attr = attributes_of(FILE_NODE)};
    const bool is_there = strcmp(name, "there") == 0;
    answer(fd, request, is_there ? 0 : ENOENT, &entry, is_there ? sizeof entry : 0);
}

static void serve_one(int fd, const struct fuse_in_header *request, _Atomic unsigned *changes)
{
    const struct fuse_init_out init = {
        .major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096, .max_readahead = 4096};
    const struct fuse_attr_out attributes = {.attr = attributes_of(request->nodeid)};
    const struct fuse_open_out opened = {.fh = 1};
    const struct fuse_statfs_out facts = {.st = {.blocks = 100, .bavail = 50, .bsize = 4096}};
    switch (request->opcode) {
    case FUSE_INIT:
        answer(fd, request, 0, &init, sizeof init);
        break;
    case FUSE_GETATTR:
        answer(fd, request, 0, &attributes, sizeof attributes);
        break;
    case FUSE_LOOKUP:
        look_up(fd, request, (const char *)(request + 1));
        break;
    case FUSE_OPEN:
    case FUSE_OPENDIR:
        answer(fd, request, 0, &opened, sizeof opened);
        break;
    case FUSE_STATFS:
        answer(fd, request, 0, &facts, sizeof facts);
        break;
    case FUSE_FLUSH:
    case FUSE_RELEASE:
    case FUSE_RELEASEDIR:
        answer(fd, request, 0, NULL, 0);
        break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        break; /* Wants no answer. */
    case FUSE_CREATE:
    case FUSE_MKNOD:
    case FUSE_SETATTR:
    case FUSE_WRITE:
    case FUSE_FALLOCATE:
        atomic_fetch_add(changes, 1);
        answer(fd, request, EIO, NULL, 0);
        break;
    default:
        answer(fd, request, ENOSYS, NULL, 0);
        break;
    }
}

_Noreturn static void serve(int fd, _Atomic unsigned *changes)
{
    static _Alignas(struct fuse_in_header) char request[1 << 17];
    for (;;) {
        const ssize_t size = read(fd, request, sizeof request);
        if (size > 0) {
            serve_one(fd, (const struct fuse_in_header *)(const void *)request, changes);
        } else if (errno != EINTR && errno != ENOENT) {
            _exit(0); /* Unmounted. */
        }
    }
}

bool network_mount(network *out_net, const char *directory, const char *name)
{
    const int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    char options[128];
    (void)snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
    if (fd < 0 || mount("mmio", directory, name, 0, options) != 0) {
        if (fd >= 0) {
            assert_int_equal(close(fd), 0);
        }
        return false;
    }
    out_net->changes = mmap(NULL, sizeof *out_net->changes, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(out_net->changes, MAP_FAILED);
    out_net->server = fork();
    assert_true(out_net->server >= 0);
    if (out_net->server == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(fd, out_net->changes);
    }
    assert_int_equal(close(fd), 0);
    return true;
}

void network_unmount(network *net, const char *directory)
{
    (void)umount2(directory, MNT_DETACH);
    (void)kill(net->server, SIGKILL);
    (void)waitpid(net->server, NULL, 0);
    (void)munmap(net->changes, sizeof *net->changes);
    *net = (network){.server = 0};
}
