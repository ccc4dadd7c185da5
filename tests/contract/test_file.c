/* SPDX-License-Identifier: Apache-2.0 */
/* K1, F8: whole tasks on paths. What became of a path is held against what stat() and plain reads
 * say. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

enum { BIG = 3 << 20 };

static uint32_t permissions_of(const char *path)
{
    struct stat facts;
    assert_int_equal(stat(path, &facts), 0);
    return facts.st_mode & 07777;
}

static uint64_t disk_use(const char *path)
{
    struct stat facts;
    assert_int_equal(stat(path, &facts), 0);
    return (uint64_t)facts.st_blocks * 512;
}

/* Names in a directory, beside . and .. */
static int entries(const char *path)
{
    DIR *directory = opendir(path);
    assert_non_null(directory);
    int count = -2;
    while (readdir(directory) != NULL) {
        count++;
    }
    assert_int_equal(closedir(directory), 0);
    return count;
}

static void check_contents(const char *path, const char *text)
{
    char bytes[64];
    assert_int_equal(file_size(path), strlen(text));
    file_bytes(path, 0, bytes, strlen(text));
    assert_memory_equal(bytes, text, strlen(text));
}

static void publish(const char *path, const char *text)
{
    assert_ok(mmio_file_publish(path, text, strlen(text), 0, ERR));
}

/* Run in a child; its exit code says whether all went well. */
static void in_child(bool (*body)(void))
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        _exit(body() ? 0 : 1);
    }
    int outcome = -1;
    assert_int_equal(waitpid(child, &outcome, 0), child);
    assert_int_equal(outcome, 0);
}

/* Creating. */

static void K1_a_created_file_is_sparse_private_and_zero(void **state)
{
    (void)state;
    const mode_t umask_before = umask(022);
    assert_ok(mmio_file_create("f", SPARSE_SIZE, 0, ERR));
    assert_ok(mmio_file_create("g", 1, 0666, ERR));
    (void)umask(umask_before);
    assert_int_equal(file_size("f"), SPARSE_SIZE);
    assert_true(disk_use("f") < 1 << 20);
    assert_int_equal(permissions_of("f"), 0600);
    assert_int_equal(permissions_of("g"), 0644);
    char byte = 'x';
    file_bytes("f", SPARSE_SIZE - 1, &byte, 1);
    assert_int_equal(byte, 0);
}

static void K1_creating_never_touches_what_is_there(void **state)
{
    (void)state;
    make_file("f", 3, 'x');
    assert_int_equal(symlink("nowhere", "link"), 0);
    assert_status(MMIO_ERR_EXISTS, mmio_file_create("f", 10, 0, ERR));
    assert_int_equal(last_error.os_code, EEXIST);
    assert_non_null(strstr(last_error.message, "mmio_file_create: f: "));
    assert_status(MMIO_ERR_EXISTS, mmio_file_create("link", 10, 0, ERR));
    assert_status(MMIO_ERR_EXISTS, mmio_file_create(".", 10, 0, ERR));
    check_contents("f", "xxx");
    assert_false(file_exists("nowhere"));
}

static void K1_creating_checks_before_it_touches_the_path(void **state)
{
    (void)state;
    assert_status(MMIO_ERR_INVALID, mmio_file_create("f", 0, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_create("f", 1, 010000, ERR));
    assert_status(MMIO_ERR_TOO_LARGE, mmio_file_create("f", mmio_max_size() + 1, 0, ERR));
    assert_int_equal(last_error.limit, mmio_max_size());
    assert_status(MMIO_ERR_NOT_FOUND, mmio_file_create("no/f", 1, 0, ERR));
    assert_int_equal(entries("."), 0);
}

static void K1_a_failed_creation_leaves_nothing(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {1000, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const mmio_status status = mmio_file_create("f", 1001, 0, ERR);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_status(MMIO_ERR_NO_SPACE, status);
    assert_int_equal(last_error.os_code, EFBIG);
    assert_int_equal(entries("."), 0);
}

/* Writing. */

static void K1_writing_changes_these_bytes_and_maps_see_them(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    const uint32_t levels[] = {MMIO_FLUSH_NONE, MMIO_FLUSH_START, MMIO_FLUSH_DATA, MMIO_FLUSH_FULL};
    for (size_t i = 0; i < 4; i++) {
        const char text[3] = {'a', (char)('0' + i), 'c'};
        char bytes[3];
        assert_ok(mmio_file_write("f", 7, text, 3, levels[i], ERR));
        assert_ok(mmio_map_read(map, 7, bytes, 3, ERR));
        assert_memory_equal(bytes, text, 3);
    }
    check_contents("f", "xxxxxxxa3c");
    mmio_map_close(map);
}

static void K1_writing_never_makes_a_file_longer(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    assert_status(MMIO_ERR_RANGE, mmio_file_write("f", 8, "abc", 3, MMIO_FLUSH_NONE, ERR));
    assert_int_equal(last_error.offset, 8);
    assert_int_equal(last_error.size, 3);
    assert_int_equal(last_error.limit, 10);
    assert_status(MMIO_ERR_RANGE, mmio_file_write("f", UINT64_MAX, "abc", 3, MMIO_FLUSH_NONE, ERR));
    assert_ok(mmio_file_write("f", UINT64_MAX, NULL, 0, MMIO_FLUSH_FULL, ERR));
    check_contents("f", "xxxxxxxxxx");
}

static void K1_writing_refuses_bad_input(void **state)
{
    (void)state;
    make_file("f", 10, 'x');
    assert_status(MMIO_ERR_INVALID, mmio_file_write("f", 0, "a", 1, 4, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_write("f", 0, NULL, 1, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_write(NULL, 0, "a", 1, 0, ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_file_write("no", 0, "a", 1, 0, ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_file_write("no", 0, NULL, 0, 0, ERR));
    check_contents("f", "xxxxxxxxxx");
}

/* write() raises SIGXFSZ beyond the limit, also inside a file that is longer already. */
static void K1_the_limit_on_file_sizes_is_an_error_and_no_signal(void **state)
{
    (void)state;
    make_file("f", 3000, 'x');
    assert_int_equal(chmod("f", 0644), 0);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {1000, before.rlim_max};
    static const char data[2000];
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const mmio_status within = mmio_file_write("f", 0, data, 1000, MMIO_FLUSH_NONE, NULL);
    const mmio_status beyond = mmio_file_write("f", 2000, data, 1000, MMIO_FLUSH_NONE, NULL);
    const mmio_status copied = mmio_file_copy("f", "g", NULL);
    const mmio_status published = mmio_file_publish("f", data, sizeof data, 0, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_ok(within);
    assert_status(MMIO_ERR_NO_SPACE, beyond);
    assert_status(MMIO_ERR_NO_SPACE, copied);
    assert_status(MMIO_ERR_NO_SPACE, published);
    assert_int_equal(file_size("f"), 3000);
    assert_int_equal(entries("."), 1);
}

/* Copying. */

static void check_pattern(const char *path, uint64_t offset, size_t size, uint32_t seed)
{
    uint32_t *words = malloc(size);
    assert_non_null(words);
    file_bytes(path, offset, words, size);
    for (size_t i = 0; i < size / sizeof *words; i++) {
        if (words[i] != seed + i) {
            fail_msg("word %zu of %s is wrong", i, path);
        }
    }
    free(words);
}

static void write_pattern(mmio_map *map, uint64_t offset, size_t size, uint32_t seed)
{
    uint32_t *words = malloc(size);
    assert_non_null(words);
    for (size_t i = 0; i < size / sizeof *words; i++) {
        words[i] = seed + (uint32_t)i;
    }
    assert_ok(mmio_map_write(map, offset, words, size, ERR));
    free(words);
}

static void K1_a_copy_replaces_the_destination_wholly(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", BIG + 3);
    write_pattern(map, 0, BIG, 7);
    mmio_map_close(map);
    make_file("g", BIG + 1000, 'y');
    assert_ok(mmio_file_copy("f", "g", ERR));
    assert_int_equal(file_size("g"), BIG + 3);
    check_pattern("g", 0, BIG, 7);
    assert_int_equal(entries("."), 2);
}

static void K1_a_copy_has_bytes_that_were_not_flushed(void **state)
{
    (void)state;
    /* Into holes, too: what is dirty there is no hole any more. */
    mmio_map *map = create_map("f", 64 << 20);
    assert_ok(mmio_map_write(map, 0, "first", 5, ERR));
    assert_ok(mmio_map_write(map, 50000000, "middle", 6, ERR));
    mmio_view view;
    assert_ok(mmio_view_acquire(map, (64 << 20) - 4, 4, MMIO_VIEW_WRITE, &view, ERR));
    memcpy(view.data, "last", 4);
    assert_ok(mmio_file_copy("f", "g", ERR));
    mmio_view_release(&view);
    char bytes[8];
    file_bytes("g", 0, bytes, 5);
    assert_memory_equal(bytes, "first", 5);
    file_bytes("g", 50000000, bytes, 6);
    assert_memory_equal(bytes, "middle", 6);
    file_bytes("g", (64 << 20) - 4, bytes, 4);
    assert_memory_equal(bytes, "last", 4);
    mmio_map_close(map);
}

static void K1_holes_stay_holes(void **state)
{
    (void)state;
    const uint64_t size = (uint64_t)16 << 30;
    assert_ok(mmio_file_create("f", size, 0, ERR));
    assert_ok(mmio_file_write("f", size / 2, "abc", 3, MMIO_FLUSH_NONE, ERR));
    assert_ok(mmio_file_copy("f", "g", ERR));
    assert_int_equal(file_size("g"), size);
    assert_true(disk_use("g") < 8 << 20);
    char bytes[3];
    file_bytes("g", size / 2, bytes, 3);
    assert_memory_equal(bytes, "abc", 3);
    file_bytes("g", size - 3, bytes, 3);
    assert_memory_equal(bytes, "\0\0\0", 3);
}

static void K1_empty_files_and_a_file_itself_can_be_copied(void **state)
{
    (void)state;
    make_file("empty", 0, 0);
    make_file("f", 3, 'x');
    assert_ok(mmio_file_copy("empty", "g", ERR));
    assert_int_equal(file_size("g"), 0);
    assert_ok(mmio_file_copy("f", "f", ERR));
    check_contents("f", "xxx");
    assert_ok(mmio_file_copy("empty", "f", ERR));
    assert_int_equal(file_size("f"), 0);
    assert_int_equal(entries("."), 3);
}

static void K1_a_copy_between_file_systems_is_a_copy_too(void **state)
{
    (void)state;
    mmio_map *map = create_map("f", BIG);
    write_pattern(map, 0, BIG, 9);
    mmio_map_close(map);
    assert_int_equal(mkdir("other", 0700), 0);
    assert_int_equal(mount("none", "other", "tmpfs", 0, "size=16m"), 0);
    const mmio_status there = mmio_file_copy("f", "other/f", ERR);
    const mmio_status back = mmio_file_copy("other/f", "g", ERR);
    const int in_other = entries("other");
    assert_int_equal(umount("other"), 0);
    assert_ok(there);
    assert_ok(back);
    assert_int_equal(in_other, 1);
    check_pattern("g", 0, BIG, 9);
}

static void K1_permissions_are_the_replaced_files_else_the_sources(void **state)
{
    (void)state;
    const mode_t umask_before = umask(022);
    make_file("f", 3, 'x');
    make_file("old", 3, 'y');
    assert_int_equal(chmod("f", 0775), 0);
    assert_int_equal(chmod("old", 0466), 0);
    assert_ok(mmio_file_copy("f", "new", ERR));
    assert_ok(mmio_file_copy("f", "old", ERR));
    (void)umask(umask_before);
    assert_int_equal(permissions_of("new"), 0755);
    assert_int_equal(permissions_of("old"), 0466);
}

static void F8_K1_a_full_disk_leaves_the_old_file_and_nothing_else(void **state)
{
    (void)state;
    make_file("big", 2 << 20, 'x');
    char *data = calloc(2 << 20, 1);
    assert_non_null(data);
    assert_int_equal(mkdir("small", 0700), 0);
    assert_int_equal(mount("none", "small", "tmpfs", 0, "size=1m"), 0);
    make_file("small/f", 3, 'y');
    const mmio_status copied = mmio_file_copy("big", "small/f", ERR);
    const mmio_status published = mmio_file_publish("small/f", data, 2 << 20, 0, ERR);
    const mmio_status new = mmio_file_publish("small/g", data, 2 << 20, 0, ERR);
    const int left = entries("small");
    check_contents("small/f", "yyy");
    assert_ok(mmio_file_create("small/sparse", 4 << 20, 0, ERR));
    const mmio_status written = mmio_file_write("small/sparse", 0, data, 2 << 20, 0, NULL);
    assert_int_equal(umount("small"), 0);
    free(data);
    assert_status(MMIO_ERR_NO_SPACE, copied);
    assert_status(MMIO_ERR_NO_SPACE, published);
    assert_status(MMIO_ERR_NO_SPACE, new);
    assert_status(MMIO_ERR_NO_SPACE, written);
    assert_int_equal(last_error.os_code, ENOSPC);
    assert_int_equal(left, 1);
}

/* Publishing. */

static void F8_publishing_creates_and_replaces(void **state)
{
    (void)state;
    const mode_t umask_before = umask(022);
    publish("f", "first");
    check_contents("f", "first");
    assert_int_equal(permissions_of("f"), 0600);
    assert_ok(mmio_file_publish("g", "shared", 6, 0666, ERR));
    assert_int_equal(permissions_of("g"), 0644);
    assert_int_equal(chmod("f", 0666), 0);
    assert_ok(mmio_file_publish("f", "second one", 10, 0600, ERR));
    (void)umask(umask_before);
    check_contents("f", "second one");
    assert_int_equal(permissions_of("f"), 0666);
    assert_ok(mmio_file_publish("f", NULL, 0, 0, ERR));
    assert_int_equal(file_size("f"), 0);
    assert_int_equal(entries("."), 2);
}

static void F8_paths_may_have_directories_in_front(void **state)
{
    (void)state;
    char here[512];
    char path[600];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(mkdir("d", 0700), 0);
    publish("d/f", "inner");
    check_contents("d/f", "inner");
    (void)snprintf(path, sizeof path, "%s/absolute", here);
    publish(path, "outer");
    check_contents("absolute", "outer");
    assert_int_equal(entries("d"), 1);
    /* As long a name as there is leaves room for a temporary. */
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    publish(name, "long");
    check_contents(name, "long");
    assert_int_equal(entries("."), 3);
}

static void F8_maps_of_the_old_file_keep_its_bytes(void **state)
{
    (void)state;
    publish("f", "old");
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    publish("f", "new");
    char bytes[3];
    assert_ok(mmio_map_read(map, 0, bytes, 3, ERR));
    assert_memory_equal(bytes, "old", 3);
    mmio_map_close(map);
}

static void F8_a_symbolic_link_is_replaced_itself(void **state)
{
    (void)state;
    const mode_t umask_before = umask(022);
    make_file("target", 3, 'x');
    assert_int_equal(symlink("target", "a"), 0);
    assert_int_equal(symlink("target", "b"), 0);
    assert_int_equal(symlink("nowhere", "c"), 0);
    publish("a", "new");
    assert_ok(mmio_file_copy("b", "b", ERR)); /* The source is followed. */
    publish("c", "new");
    (void)umask(umask_before);
    struct stat facts;
    const char *links[] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(lstat(links[i], &facts), 0);
        assert_true(S_ISREG(facts.st_mode));
    }
    assert_int_equal(permissions_of("a"), 0600);
    check_contents("b", "xxx");
    check_contents("target", "xxx");
    assert_false(file_exists("nowhere"));
}

enum { ROUNDS = 500, VERSION_SIZE = 20000 };

/* Reads the file over and over: every reading is one whole version, and none is older than the one
 * before. */
static bool read_versions(void)
{
    static char bytes[VERSION_SIZE + 1];
    int newest = 0;
    while (newest < ROUNDS) {
        const int fd = open("f", O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, bytes, sizeof bytes) != VERSION_SIZE || close(fd) != 0) {
            return false;
        }
        int version;
        memcpy(&version, bytes, sizeof version);
        for (size_t i = sizeof version; i < VERSION_SIZE; i++) {
            if (bytes[i] != (char)version) {
                return false;
            }
        }
        if (version < newest) {
            return false;
        }
        newest = version;
    }
    return true;
}

static void publish_version(int version)
{
    static char bytes[VERSION_SIZE];
    memset(bytes, (char)version, sizeof bytes);
    memcpy(bytes, &version, sizeof version);
    assert_ok(mmio_file_publish("f", bytes, sizeof bytes, 0, ERR));
}

static void F8_readers_see_whole_versions_only(void **state)
{
    (void)state;
    publish_version(1);
    const pid_t reader = fork();
    assert_true(reader >= 0);
    if (reader == 0) {
        alarm(100);
        _exit(read_versions() ? 0 : 1);
    }
    for (int version = 2; version <= ROUNDS; version++) {
        publish_version(version);
    }
    int outcome = -1;
    assert_int_equal(waitpid(reader, &outcome, 0), reader);
    assert_int_equal(outcome, 0);
    assert_int_equal(entries("."), 1);
}

static void *publish_often(void *argument)
{
    for (int i = 0; i < 100; i++) {
        if (mmio_file_publish("f", argument, 4, 0, NULL) != MMIO_OK) {
            return argument;
        }
    }
    return NULL;
}

static void F8_racing_publishers_do_not_meet(void **state)
{
    (void)state;
    static char texts[4][5] = {"aaaa", "bbbb", "cccc", "dddd"};
    uintptr_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        start_thread(&threads[i], publish_often, texts[i]);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_null(join_thread(threads[i]));
    }
    char bytes[4];
    file_bytes("f", 0, bytes, 4);
    assert_true(bytes[0] == bytes[3]);
    assert_int_equal(entries("."), 1);
}

/* Deleting, and directories. */

static void K1_deleting_removes_the_name_and_maps_go_on(void **state)
{
    (void)state;
    make_file("f", 3, 'x');
    make_file("target", 3, 'x');
    assert_int_equal(symlink("target", "link"), 0);
    mmio_map *map = open_mode("f", MMIO_MODE_RO);
    assert_ok(mmio_file_delete("f", ERR));
    assert_ok(mmio_file_delete("link", ERR));
    assert_false(file_exists("f"));
    assert_false(file_exists("link"));
    assert_true(file_exists("target"));
    char byte;
    assert_ok(mmio_map_read(map, 0, &byte, 1, ERR));
    mmio_map_close(map);
    assert_status(MMIO_ERR_NOT_FOUND, mmio_file_delete("f", ERR));
    assert_int_equal(last_error.os_code, ENOENT);
}

static void F8_names_are_made_durable(void **state)
{
    (void)state;
    make_file("f", 3, 'x');
    assert_int_equal(mkdir("d", 0700), 0);
    make_file("d/g", 3, 'x');
    assert_ok(mmio_file_sync_directory("f", ERR));
    assert_ok(mmio_file_sync_directory("d/g", ERR));
    assert_ok(mmio_file_sync_directory("d/gone", ERR));
    assert_ok(mmio_file_sync_directory("/f", ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_file_sync_directory("no/f", ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_file_sync_directory("f/f", ERR));
    /* A file system that cannot flush directories must not say that it did. */
    assert_status(MMIO_ERR_UNSUPPORTED, mmio_file_sync_directory("/proc/self/status", ERR));
}

/* What all of them refuse. */

static void K1_F8_other_kinds_of_files_are_refused_without_hanging(void **state)
{
    (void)state;
    make_file("f", 3, 'x');
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);
    const char *others[] = {"d", "d/", "fifo", "/dev/null", "."};
    alarm(20);
    for (size_t i = 0; i < 5; i++) {
        const char *other = others[i];
        assert_status(MMIO_ERR_NOT_FILE, mmio_file_write(other, 0, "a", 1, 0, ERR));
        assert_status(MMIO_ERR_NOT_FILE, mmio_file_copy(other, "new", ERR));
        assert_status(MMIO_ERR_NOT_FILE, mmio_file_copy("f", other, ERR));
        assert_status(MMIO_ERR_NOT_FILE, mmio_file_publish(other, "a", 1, 0, ERR));
        assert_status(MMIO_ERR_NOT_FILE, mmio_file_delete(other, ERR));
    }
    alarm(0);
    assert_int_equal(entries("."), 3);
    assert_int_equal(entries("d"), 0);
}

static void K1_F8_missing_files_and_parents_are_not_found(void **state)
{
    (void)state;
    make_file("f", 3, 'x');
    const char *missing[] = {"no/f", "f/f", ""};
    for (size_t i = 0; i < 3; i++) {
        assert_status(MMIO_ERR_NOT_FOUND, mmio_file_create(missing[i], 1, 0, ERR));
        assert_status(MMIO_ERR_NOT_FOUND, mmio_file_write(missing[i], 0, "a", 1, 0, ERR));
        assert_status(MMIO_ERR_NOT_FOUND, mmio_file_copy(missing[i], "new", ERR));
        assert_non_null(strstr(last_error.message, missing[i]));
        assert_status(MMIO_ERR_NOT_FOUND, mmio_file_copy("f", missing[i], ERR));
        assert_non_null(strstr(last_error.message, missing[i]));
        assert_status(MMIO_ERR_NOT_FOUND, mmio_file_publish(missing[i], "a", 1, 0, ERR));
        assert_status(MMIO_ERR_NOT_FOUND, mmio_file_delete(missing[i], ERR));
    }
    assert_int_equal(entries("."), 1);
}

static void K1_F8_null_and_unknown_bits_are_refused(void **state)
{
    (void)state;
    assert_status(MMIO_ERR_INVALID, mmio_file_create(NULL, 1, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_copy(NULL, "f", ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_copy("f", NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_publish(NULL, "a", 1, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_publish("f", NULL, 1, 0, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_publish("f", "a", 1, 010000, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_delete(NULL, ERR));
    assert_status(MMIO_ERR_INVALID, mmio_file_sync_directory(NULL, ERR));
    assert_int_equal(entries("."), 0);
}

static bool denied(void)
{
    if (setgid(65534) != 0 || setuid(65534) != 0) {
        return false;
    }
    const mmio_status denial = MMIO_ERR_ACCESS;
    mmio_error error;
    return mmio_file_create("new", 1, 0, &error) == denial && error.os_code == EACCES &&
           mmio_file_publish("f", "a", 1, 0, NULL) == denial &&
           mmio_file_copy("f", "new", NULL) == denial && mmio_file_delete("f", NULL) == denial &&
           mmio_file_write("f", 0, "a", 1, 0, NULL) == denial &&
           mmio_file_copy("secret", "open/new", NULL) == denial &&
           mmio_file_copy("f", "open/new", NULL) == MMIO_OK &&
           mmio_file_publish("open/f", "new", 3, 0, NULL) == MMIO_OK;
}

static void K1_F8_who_may_not_is_denied(void **state)
{
    (void)state;
    make_file("f", 3, 'x');
    make_file("secret", 3, 'x');
    assert_int_equal(chmod("f", 0444), 0);
    assert_int_equal(chmod("secret", 0), 0);
    assert_int_equal(mkdir("open", 0700), 0);
    assert_int_equal(chmod("open", 0777), 0);
    make_file("open/f", 3, 'x');
    assert_int_equal(chmod("open/f", 0444), 0);
    assert_int_equal(chmod(".", 0755), 0);
    in_child(denied);
    check_contents("f", "xxx");
    check_contents("open/new", "xxx");
    check_contents("open/f", "new");
    assert_int_equal(permissions_of("open/f"), 0444);
    assert_int_equal(entries("."), 3);
    assert_int_equal(entries("open"), 2);
}

static void K1_F8_no_descriptor_is_left_open(void **state)
{
    (void)state;
    const int before = open_descriptors();
    assert_ok(mmio_file_create("f", 10, 0, ERR));
    assert_ok(mmio_file_write("f", 0, "abc", 3, MMIO_FLUSH_FULL, ERR));
    assert_status(MMIO_ERR_RANGE, mmio_file_write("f", 10, "abc", 3, MMIO_FLUSH_FULL, ERR));
    assert_ok(mmio_file_copy("f", "g", ERR));
    assert_status(MMIO_ERR_NOT_FOUND, mmio_file_copy("f", "no/g", ERR));
    assert_status(MMIO_ERR_NOT_FILE, mmio_file_copy(".", "g", ERR));
    publish("f", "new");
    assert_ok(mmio_file_sync_directory("f", ERR));
    assert_ok(mmio_file_delete("f", ERR));
    assert_int_equal(open_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(K1_a_created_file_is_sparse_private_and_zero),
        IN_DIRECTORY(K1_creating_never_touches_what_is_there),
        IN_DIRECTORY(K1_creating_checks_before_it_touches_the_path),
        IN_DIRECTORY(K1_a_failed_creation_leaves_nothing),
        IN_DIRECTORY(K1_writing_changes_these_bytes_and_maps_see_them),
        IN_DIRECTORY(K1_writing_never_makes_a_file_longer),
        IN_DIRECTORY(K1_writing_refuses_bad_input),
        IN_DIRECTORY(K1_the_limit_on_file_sizes_is_an_error_and_no_signal),
        IN_DIRECTORY(K1_a_copy_replaces_the_destination_wholly),
        IN_DIRECTORY(K1_a_copy_has_bytes_that_were_not_flushed),
        IN_DIRECTORY(K1_holes_stay_holes),
        IN_DIRECTORY(K1_empty_files_and_a_file_itself_can_be_copied),
        IN_DIRECTORY(K1_a_copy_between_file_systems_is_a_copy_too),
        IN_DIRECTORY(K1_permissions_are_the_replaced_files_else_the_sources),
        IN_DIRECTORY(F8_K1_a_full_disk_leaves_the_old_file_and_nothing_else),
        IN_DIRECTORY(F8_publishing_creates_and_replaces),
        IN_DIRECTORY(F8_paths_may_have_directories_in_front),
        IN_DIRECTORY(F8_maps_of_the_old_file_keep_its_bytes),
        IN_DIRECTORY(F8_a_symbolic_link_is_replaced_itself),
        IN_DIRECTORY(F8_readers_see_whole_versions_only),
        IN_DIRECTORY(F8_racing_publishers_do_not_meet),
        IN_DIRECTORY(K1_deleting_removes_the_name_and_maps_go_on),
        IN_DIRECTORY(F8_names_are_made_durable),
        IN_DIRECTORY(K1_F8_other_kinds_of_files_are_refused_without_hanging),
        IN_DIRECTORY(K1_F8_missing_files_and_parents_are_not_found),
        IN_DIRECTORY(K1_F8_null_and_unknown_bits_are_refused),
        IN_DIRECTORY(K1_F8_who_may_not_is_denied),
        IN_DIRECTORY(K1_F8_no_descriptor_is_left_open),
    };
    return cmocka_run_group_tests_name("contract K1, F8: files", tests, NULL, NULL);
}
