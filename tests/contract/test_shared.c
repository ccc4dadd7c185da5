/* SPDX-License-Identifier: Apache-2.0 */
/* B10: shared memory, with real processes on the other side. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "children.h"
#include "support.h"

static char name[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(name, sizeof name, "mmio-test-%ld", (long)getpid());
    (void)shm_unlink(name);
    memset(&last_error, 0, sizeof last_error);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)shm_unlink(name);
    return 0;
}

static mmio_status map_named(uint32_t disposition, uint64_t size, mmio_map **out_map)
{
    const mmio_open_options options = options_of(MMIO_MODE_DEFAULT, disposition, 0);
    return mmio_map_shared(name, size, &options, out_map, ERR);
}

static mmio_map *unnamed(uint64_t size)
{
    mmio_map *map = NULL;
    assert_ok(mmio_map_shared(NULL, size, NULL, &map, ERR));
    return map;
}

static void wait_for(pid_t child)
{
    end_well(child);
}

static void B10_two_processes_meet_under_a_name(void **state)
{
    (void)state;
    mmio_map *map = NULL;
    assert_status(MMIO_ERR_NOT_FOUND, map_named(MMIO_DISPOSITION_OPEN, 0, &map));
    assert_ok(map_named(MMIO_DISPOSITION_CREATE_NEW, 100000, &map));
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        mmio_map *other = NULL;
        char bytes[3];
        _exit(map_named(MMIO_DISPOSITION_OPEN, 0, &other) == MMIO_OK &&
                      mmio_map_size(other) == 100000 &&
                      mmio_map_read(other, 0, bytes, 3, NULL) == MMIO_OK &&
                      memcmp(bytes, "abc", 3) == 0 &&
                      mmio_atomic_u32_add(other, 4096, 5, NULL, NULL) == MMIO_OK
                  ? 0
                  : 1);
    }
    wait_for(child);
    uint32_t value = 0;
    assert_ok(mmio_atomic_u32_load(map, 4096, &value, ERR));
    assert_int_equal(value, 5);
    const mmio_map_info info = info_of(map);
    assert_int_equal(info.kind, MMIO_KIND_SHARED);
    assert_string_equal(mmio_map_path(map), name);
    mmio_map_close(map);
}

static void B10_dispositions_are_those_of_files(void **state)
{
    (void)state;
    mmio_map *first = NULL;
    mmio_map *map = NULL;
    assert_ok(map_named(MMIO_DISPOSITION_OPEN_OR_CREATE, 5000, &first));
    assert_int_equal(mmio_map_size(first), 5000);
    assert_status(MMIO_ERR_EXISTS, map_named(MMIO_DISPOSITION_CREATE_NEW, 10, &map));
    assert_ok(map_named(MMIO_DISPOSITION_OPEN_OR_CREATE, 10, &map));
    assert_int_equal(mmio_map_size(map), 5000);
    mmio_map_close(map);
    mmio_map_close(first);
    assert_ok(map_named(MMIO_DISPOSITION_CREATE, 7, &map));
    assert_int_equal(mmio_map_size(map), 7);
    mmio_map_close(map);
    struct stat facts;
    const int fd = shm_open(name, O_RDONLY, 0);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &facts), 0);
    assert_int_equal(facts.st_mode & 07777, 0600);
    assert_int_equal(close(fd), 0);
}

static void B10_a_name_outlives_its_maps_until_it_is_removed(void **state)
{
    (void)state;
    mmio_map *map = NULL;
    assert_ok(map_named(MMIO_DISPOSITION_CREATE_NEW, 10, &map));
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    mmio_map_close(map);
    assert_ok(map_named(MMIO_DISPOSITION_OPEN, 0, &map));
    assert_ok(mmio_shared_remove(name, ERR));
    char bytes[3];
    assert_ok(mmio_map_read(map, 0, bytes, 3, ERR));
    assert_memory_equal(bytes, "abc", 3);
    mmio_map_close(map);
    assert_status(MMIO_ERR_NOT_FOUND, map_named(MMIO_DISPOSITION_OPEN, 0, &map));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_shared_remove(name, ERR));
}

static void B10_bad_names_and_options_are_refused(void **state)
{
    (void)state;
    char long_name[202];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    const char *const bad[] = {"", "a/b", "/a", ".", "..", long_name};
    mmio_map *map = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(MMIO_ERR_INVALID, mmio_map_shared(bad[i], 10, NULL, &map, ERR));
        assert_status(MMIO_ERR_INVALID, mmio_shared_remove(bad[i], ERR));
    }
    assert_status(MMIO_ERR_INVALID, mmio_shared_remove(NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_shared(NULL, 0, NULL, &map, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_shared(NULL, 10, NULL, NULL, ERR));
    assert_status(MMIO_ERR_TOO_LARGE, mmio_map_shared(NULL, UINT64_MAX, NULL, &map, ERR));
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 0);
    assert_status(MMIO_ERR_INVALID, mmio_map_shared(NULL, 10, &options, &map, ERR));
    options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 10);
    assert_status(MMIO_ERR_INVALID, mmio_map_shared(NULL, 10, &options, &map, ERR));
    assert_null(map);
}

static void send_handle(int socket, int fd)
{
    char byte = 0;
    char space[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    assert_int_equal(sendmsg(socket, &message, 0), 1);
}

static int receive_handle(int socket)
{
    char byte;
    char space[CMSG_SPACE(sizeof(int))];
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    int fd = -1;
    if (recvmsg(socket, &message, 0) == 1 && CMSG_FIRSTHDR(&message) != NULL) {
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    }
    return fd;
}

static void B10_unnamed_memory_is_passed_on_as_a_handle(void **state)
{
    (void)state;
    int sockets[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
        mmio_map *map = NULL;
        _exit(mmio_map_from_handle(receive_handle(sockets[1]), "given", &options, &map, NULL) ==
                          MMIO_OK &&
                      mmio_map_size(map) == 12345 &&
                      mmio_map_write(map, 12342, "xyz", 3, NULL) == MMIO_OK
                  ? 0
                  : 1);
    }
    mmio_map *map = unnamed(12345);
    intptr_t handle = -1;
    assert_ok(mmio_map_duplicate_handle(map, &handle, ERR));
    assert_int_equal(fcntl((int)handle, F_GETFD), FD_CLOEXEC);
    send_handle(sockets[0], (int)handle);
    assert_int_equal(close((int)handle), 0);
    wait_for(child);
    char bytes[3];
    assert_ok(mmio_map_read(map, 12342, bytes, 3, ERR));
    assert_memory_equal(bytes, "xyz", 3);
    mmio_map_close(map);
    assert_int_equal(close(sockets[0]) | close(sockets[1]), 0);
}

static void B10_memory_sealed_against_shrinking_cannot_be_cut_by_anybody(void **state)
{
    (void)state;
    mmio_map *map = unnamed(100000);
    intptr_t handle = -1;
    assert_ok(mmio_map_duplicate_handle(map, &handle, ERR));
    assert_ok(mmio_map_seal(map, MMIO_SEAL_SHRINK, ERR));
    assert_int_equal(ftruncate((int)handle, 10), -1);
    assert_int_equal(errno, EPERM);
    assert_status(MMIO_ERR_ACCESS, mmio_map_resize(map, 10, 0, ERR));
    assert_int_equal(mmio_map_size(map), 100000);
    assert_ok(mmio_map_resize(map, 200000, 0, ERR));
    assert_ok(mmio_map_seal(map, MMIO_SEAL_GROW, ERR));
    assert_status(MMIO_ERR_ACCESS, mmio_map_resize(map, 300000, 0, ERR));
    assert_int_equal(fcntl((int)handle, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW);
    assert_ok(mmio_map_seal(map, MMIO_SEAL_WRITE, ERR));
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    void *other = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, (int)handle, 0);
    assert_ptr_equal(other, MAP_FAILED);
    assert_int_equal(close((int)handle), 0);
    mmio_map_close(map);
}

static void B10_only_unnamed_memory_has_seals_and_only_anonymous_maps_no_handle(void **state)
{
    (void)state;
    assert_int_equal(mmio_has(MMIO_FEATURE_SEALS), 1);
    mmio_map *map = NULL;
    intptr_t handle = 0;
    assert_ok(map_named(MMIO_DISPOSITION_CREATE_NEW, 10, &map));
    assert_status(MMIO_ERR_MODE, mmio_map_seal(map, MMIO_SEAL_SHRINK, ERR));
    assert_ok(mmio_map_duplicate_handle(map, &handle, ERR));
    assert_int_equal(close((int)handle), 0);
    mmio_map_close(map);
    map = anonymous_map(10);
    assert_status(MMIO_ERR_MODE, mmio_map_seal(map, MMIO_SEAL_SHRINK, ERR));
    assert_status(MMIO_ERR_MODE, mmio_map_duplicate_handle(map, &handle, ERR));
    assert_int_equal(handle, -1);
    mmio_map_close(map);
    map = unnamed(10);
    assert_status(MMIO_ERR_INVALID, mmio_map_seal(map, 8, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_seal(NULL, MMIO_SEAL_SHRINK, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_map_duplicate_handle(map, NULL, ERR));
    assert_ok(mmio_map_shutdown(map, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_seal(map, MMIO_SEAL_SHRINK, ERR));
    assert_status(MMIO_ERR_CLOSED, mmio_map_duplicate_handle(map, &handle, ERR));
    mmio_map_close(map);
}

static void B10_flushing_is_a_checked_no_op_and_nothing_is_pending(void **state)
{
    (void)state;
    mmio_map *map = unnamed(100);
    assert_ok(mmio_map_write(map, 0, "abc", 3, ERR));
    assert_int_equal(mmio_map_pending(map), 0);
    assert_ok(mmio_map_flush(map, MMIO_FLUSH_FULL, ERR));
    assert_status(MMIO_ERR_RANGE, mmio_map_flush_range(map, 1, 100, MMIO_FLUSH_DATA, ERR));
    mmio_map_close(map);
}

#define WITH_NAME(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_NAME(B10_two_processes_meet_under_a_name),
        WITH_NAME(B10_dispositions_are_those_of_files),
        WITH_NAME(B10_a_name_outlives_its_maps_until_it_is_removed),
        WITH_NAME(B10_bad_names_and_options_are_refused),
        WITH_NAME(B10_unnamed_memory_is_passed_on_as_a_handle),
        WITH_NAME(B10_memory_sealed_against_shrinking_cannot_be_cut_by_anybody),
        WITH_NAME(B10_only_unnamed_memory_has_seals_and_only_anonymous_maps_no_handle),
        WITH_NAME(B10_flushing_is_a_checked_no_op_and_nothing_is_pending),
    };
    return cmocka_run_group_tests_name("contract B10: shared memory", tests, NULL, NULL);
}
