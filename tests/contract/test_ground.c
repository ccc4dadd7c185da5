/* SPDX-License-Identifier: Apache-2.0 */
/*
 * M4: the ground. What the library says that a file system can do is held against what it does, on
 * all file systems that this machine can make; the mounts are in a name space of the test's own and
 * go with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "children.h"
#include "mounts.h"
#include "network.h"
#include "support.h"

static int open_fd(const char *path)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    return fd;
}

/* What a file system really does. */

static bool coheres(int fd)
{
    const size_t size = 4096;
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    volatile char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        return false;
    }
    char byte = 0;
    bytes[7] = 'm';
    const bool reads = pread(fd, &byte, 1, 7) == 1 && byte == 'm';
    const bool writes = pwrite(fd, "p", 1, 7) == 1 && bytes[7] == 'p';
    assert_int_equal(munmap((void *)(uintptr_t)bytes, size), 0);
    return reads && writes;
}

static bool reflinks(int fd)
{
    const int copy = open_fd("copy");
    const bool is_done = ioctl(copy, FICLONE, fd) == 0;
    assert_int_equal(close(copy), 0);
    return is_done;
}

static uint32_t what_it_does(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    uint32_t can = coheres(fd) ? MMIO_CAN_COHERE : 0;
    can |= fallocate(fd, 0, 0, 1 << 20) == 0 ? MMIO_CAN_RESERVE : 0;
    assert_int_equal(ftruncate(fd, 1 << 20), 0);
    can |= fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 << 16) == 0
               ? MMIO_CAN_PUNCH
               : 0;
    can |= reflinks(fd) ? MMIO_CAN_REFLINK : 0;
    can |= fcntl(fd, F_OFD_SETLK, &lock) == 0 ? MMIO_CAN_LOCK : 0;
    return can;
}

/* In a directory on that file system. */
static void check_ground(const char *directory, uint32_t kind, const char *name, uint32_t unknown)
{
    assert_int_equal(chdir(directory), 0);
    const mmio_ground of_path = ground_of(".");
    const int fd = open_fd("probe");
    const mmio_ground ground = ground_of_fd(fd);
    print_message("  %-10s kind %u, known 0x%02x, can 0x%02x\n", name, ground.kind, ground.known,
                  ground.can);
    assert_string_equal(ground.name, name);
    assert_int_equal(ground.kind, kind);
    assert_string_equal(of_path.name, name);
    assert_int_equal(of_path.kind, kind);
    assert_int_equal(ground.known, 0x1f & ~unknown);
    assert_int_equal(ground.can, ground.known & what_it_does(fd));
    assert_int_equal(of_path.known & ~ground.known, 0);
    assert_int_equal(of_path.can, of_path.known & ground.can);
    assert_int_equal(ground.is_read_only, 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink("probe"), 0);
    (void)unlink("copy");
    assert_int_equal(chdir(".."), 0);
}

static void M4_memory_file_systems_are_known_and_do_what_is_said(void **state)
{
    (void)state;
    need_root();
    assert_true(mount_on("tmp", "tmpfs", 0, NULL));
    check_ground("tmp", MMIO_GROUND_MEMORY, "tmpfs", 0);
    unmount("tmp");
    assert_true(mount_on("ram", "ramfs", 0, NULL));
    check_ground("ram", MMIO_GROUND_MEMORY, "ramfs", 0);
    unmount("ram");
}

static void M4_overlays_are_known_and_do_what_is_said(void **state)
{
    (void)state;
    need_root();
    if (!mount_overlay("over")) {
        print_message("SKIPPED: no overlays here\n");
        skip();
    }
    check_ground("over", MMIO_GROUND_OVERLAY, "overlay",
                 MMIO_CAN_COHERE | MMIO_CAN_RESERVE | MMIO_CAN_PUNCH | MMIO_CAN_REFLINK);
    unmount("over");
    unmount("layers");
}

static void M4_local_file_systems_are_known_and_do_what_is_said(void **state)
{
    (void)state;
    need_root();
    static const struct {
        const char *directory;
        const char *type;
        const char *options;
        uint32_t unknown;
    } made[] = {
        {"a", "ext4", "-q", 0},
        {"b", "ext3", "-q", 0},
        {"c", "ext2", "-q", MMIO_CAN_PUNCH},
        {"d", "xfs", "-q -m reflink=1", 0},
        {"e", "xfs", "-q -m reflink=0", 0},
        {"f", "btrfs", "-q", 0},
        {"g", "vfat", "", 0},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        if (!mount_made(made[i].directory, made[i].type, made[i].options)) {
            print_message("SKIPPED: %s %s cannot be made here\n", made[i].type, made[i].options);
            continue;
        }
        check_ground(made[i].directory, MMIO_GROUND_LOCAL, made[i].type, made[i].unknown);
        unmount(made[i].directory);
        count++;
    }
    assert_true(count > 0);
}

static void M4_memory_without_a_path_is_memory(void **state)
{
    (void)state;
    const int plain = memfd_create("plain", MFD_CLOEXEC);
    const int huge = memfd_create("huge", MFD_CLOEXEC | MFD_HUGETLB);
    mmio_ground ground = ground_of_fd(plain);
    assert_int_equal(ground.kind, MMIO_GROUND_MEMORY);
    assert_string_equal(ground.name, "tmpfs");
    assert_true(ground.free_size == UINT64_MAX);
    assert_int_equal(close(plain), 0);
    if (huge >= 0) {
        ground = ground_of_fd(huge);
        assert_int_equal(ground.kind, MMIO_GROUND_MEMORY);
        assert_string_equal(ground.name, "hugetlbfs");
        assert_int_equal(close(huge), 0);
    }
}

static void M4_what_has_no_storage_is_virtual_and_can_nothing(void **state)
{
    (void)state;
    static const char *const paths[] = {"/proc/self/status", "/proc", "/sys/kernel"};
    static const char *const names[] = {"proc", "proc", "sysfs"};
    for (size_t i = 0; i < 3; i++) {
        const mmio_ground ground = ground_of(paths[i]);
        assert_int_equal(ground.kind, MMIO_GROUND_VIRTUAL);
        assert_string_equal(ground.name, names[i]);
        assert_int_equal(ground.can, 0);
        assert_int_equal(ground.known, 0x1f);
    }
}

static void M4_room_and_blocks_are_what_the_file_system_says(void **state)
{
    (void)state;
    need_root();
    assert_true(mount_on("small", "tmpfs", 0, "size=3m"));
    mmio_ground ground = ground_of("small");
    assert_int_equal(ground.free_size, 3 << 20);
    assert_int_equal(ground.block_size, 4096);
    make_file("small/f", 1 << 20, 'x');
    assert_int_equal(ground_of("small").free_size, 2 << 20);
    assert_int_equal(mount(NULL, "small", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    ground = ground_of("small/f");
    assert_int_equal(ground.is_read_only, 1);
    unmount("small");
    struct statfs facts;
    assert_int_equal(statfs(".", &facts), 0);
    assert_int_equal(ground_of(".").block_size, facts.f_frsize);
}

static void M4_a_path_that_names_nothing_stands_for_its_directory(void **state)
{
    (void)state;
    need_root();
    char here[4096];
    char path[4200];
    assert_non_null(getcwd(here, sizeof here));
    assert_true(mount_on("tmp", "tmpfs", 0, NULL));
    (void)snprintf(path, sizeof path, "%s/tmp/absolute", here);
    const char *const missing[] = {"tmp/new", "tmp//new", "tmp/new/", "tmp/new//", path};
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(ground_of(missing[i]).name, "tmpfs");
    }
    assert_string_equal(ground_of("new").name, ground_of(".").name);
    assert_string_equal(ground_of("/surely-not-there").name, ground_of("/").name);
    assert_false(file_exists("new"));

    mmio_ground ground = {.struct_size = sizeof ground, .kind = 77};
    assert_status(MMIO_ERR_NOT_FOUND, mmio_ground_of_path("no/where", &ground, ERR));
    assert_int_equal(last_error.os_code, ENOENT);
    assert_int_equal(ground.kind, 0);
    assert_status(MMIO_ERR_NOT_FOUND, mmio_ground_of_path("", &ground, ERR));
    make_file("file", 1, 'x');
    assert_status(MMIO_ERR_NOT_FOUND, mmio_ground_of_path("file/x", &ground, ERR));
    unmount("tmp");
}

/* Only its opening would hang. */
static void M4_anything_that_has_a_path_can_be_asked_about(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_string_equal(ground_of("fifo").name, ground_of(".").name);
    assert_int_equal(symlink("/proc", "link"), 0);
    assert_string_equal(ground_of("link").name, "proc");
}

/* POSIX locks vanish when their process closes any descriptor of the file. */
static void M4_asking_keeps_the_locks_of_the_process(void **state)
{
    (void)state;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const int fd = open_fd("f");
    assert_int_equal(fcntl(fd, F_SETLK, &lock), 0);
    (void)ground_of("f");
    (void)ground_of_fd(fd);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_WRLCK ? 0 : 1);
    }
    end_well(child);
    assert_int_equal(close(fd), 0);
}

static void M4_asking_changes_nothing_and_leaks_nothing(void **state)
{
    (void)state;
    make_file("f", 100, 'x');
    struct stat before;
    struct stat after;
    assert_int_equal(stat("f", &before), 0);
    const int descriptors = open_descriptors();
    for (int i = 0; i < 20; i++) {
        (void)ground_of("f");
        (void)ground_of("missing");
    }
    assert_int_equal(open_descriptors(), descriptors);
    assert_int_equal(stat("f", &after), 0);
    assert_memory_equal(&before, &after, sizeof before);
}

/* Limits. */

static uint64_t count_descriptors(uint64_t most)
{
    uint64_t count = 0;
    for (int fd = 0; (uint64_t)fd < most && fd < 65536; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static void M4_limits_are_those_of_the_kernel(void **state)
{
    (void)state;
    mmio_ground before = ground_of(".");
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(before.handles_most, limit.rlim_cur);
    assert_int_equal(before.handles_now, count_descriptors(limit.rlim_cur));
    FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
    unsigned long most = 0;
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu", &most), 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(before.maps_most, most);

    mmio_map *maps[10];
    for (size_t i = 0; i < 10; i++) {
        maps[i] = anonymous_map(100);
    }
    const mmio_ground after = ground_of(".");
    assert_int_equal(after.handles_now, before.handles_now + 10);
    assert_true(after.maps_now >= before.maps_now + 10); /* Sanitizers have some of their own. */
    for (size_t i = 0; i < 10; i++) {
        mmio_map_close(maps[i]);
    }
}

static int ask_for_locked(void)
{
    const struct rlimit little = {.rlim_cur = 123 << 10, .rlim_max = 123 << 10};
    mmio_ground ground = {.struct_size = sizeof ground};
    if (setrlimit(RLIMIT_MEMLOCK, &little) != 0) {
        return 1;
    }
    if (geteuid() == 0 && (mmio_ground_of_path("/", &ground, NULL) != MMIO_OK ||
                           ground.locked_most != UINT64_MAX || setuid(65534) != 0)) {
        return 2; /* Root may lock what it likes. */
    }
    return mmio_ground_of_path("/", &ground, NULL) == MMIO_OK && ground.locked_most == 123 << 10
               ? 0
               : 3;
}

static void M4_the_limit_on_locked_memory_is_the_users(void **state)
{
    (void)state;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(ask_for_locked());
    }
    end_well(child);
    void *memory = mmap(NULL, 1 << 16, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const uint64_t before = ground_of(".").locked_now;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* They lock nothing. */
    assert_int_equal(mlock(memory, 1 << 16), 0);
    assert_int_equal(ground_of(".").locked_now, before + (1 << 16));
#endif
    assert_int_equal(munmap(memory, 1 << 16), 0);
    assert_int_equal(ground_of(".").locked_now, before);
}

static void M4_bad_input_is_refused(void **state)
{
    (void)state;
    mmio_ground ground = {.struct_size = sizeof ground, .kind = 77};
    assert_status(MMIO_ERR_INVALID, mmio_ground_of_path(NULL, &ground, ERR));
    assert_int_equal(ground.kind, 0);
    assert_int_equal(ground.struct_size, sizeof ground);
    assert_status(MMIO_ERR_INVALID, mmio_ground_of_path(".", NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_ground_of_handle(0, NULL, ERR));
    assert_status(MMIO_ERR_IO, mmio_ground_of_handle(-1, &ground, ERR));
    assert_int_equal(last_error.os_code, EBADF);
    static char endless[8000];
    memset(endless, 'd', sizeof endless - 1);
    assert_status(MMIO_ERR_NOT_FOUND, mmio_ground_of_path("", &ground, ERR));
    assert_status(MMIO_ERR_IO, mmio_ground_of_path(endless, &ground, ERR));
    assert_int_equal(last_error.os_code, ENAMETOOLONG);
    ground.struct_size = 103;
    assert_status(MMIO_ERR_INVALID, mmio_ground_of_path(".", &ground, ERR));

    /* A longer struct of a later version is filled as far as this one knows it. */
    struct {
        mmio_ground ground;
        char tail[8];
    } longer = {.ground = {.struct_size = sizeof longer}, .tail = "xxxxxxx"};
    assert_ok(mmio_ground_of_path(".", &longer.ground, ERR));
    assert_memory_equal(longer.tail, "\0\0\0\0\0\0\0", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(M4_memory_file_systems_are_known_and_do_what_is_said),
        IN_DIRECTORY(M4_overlays_are_known_and_do_what_is_said),
        IN_DIRECTORY(M4_local_file_systems_are_known_and_do_what_is_said),
        IN_DIRECTORY(M4_memory_without_a_path_is_memory),
        IN_DIRECTORY(M4_what_has_no_storage_is_virtual_and_can_nothing),
        IN_DIRECTORY(M4_room_and_blocks_are_what_the_file_system_says),
        IN_DIRECTORY(M4_a_path_that_names_nothing_stands_for_its_directory),
        IN_DIRECTORY(M4_anything_that_has_a_path_can_be_asked_about),
        IN_DIRECTORY(M4_asking_keeps_the_locks_of_the_process),
        IN_DIRECTORY(M4_asking_changes_nothing_and_leaks_nothing),
        IN_DIRECTORY(M4_limits_are_those_of_the_kernel),
        IN_DIRECTORY(M4_the_limit_on_locked_memory_is_the_users),
        IN_DIRECTORY(M4_bad_input_is_refused),
    };
    return cmocka_run_group_tests_name("contract M4: the ground", tests, own_mounts, NULL);
}
