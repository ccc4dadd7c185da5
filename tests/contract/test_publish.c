/* SPDX-License-Identifier: Apache-2.0 */
/* F8: publishing files, and names that last. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "children.h"
#include "files.h"
#include "support.h"

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
    end_well(reader);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(F8_publishing_creates_and_replaces),
        IN_DIRECTORY(F8_paths_may_have_directories_in_front),
        IN_DIRECTORY(F8_maps_of_the_old_file_keep_its_bytes),
        IN_DIRECTORY(F8_a_symbolic_link_is_replaced_itself),
        IN_DIRECTORY(F8_readers_see_whole_versions_only),
        IN_DIRECTORY(F8_racing_publishers_do_not_meet),
        IN_DIRECTORY(F8_names_are_made_durable),
    };
    return cmocka_run_group_tests_name("contract F8: publishing", tests, NULL, NULL);
}
