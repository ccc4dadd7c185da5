/* SPDX-License-Identifier: Apache-2.0 */
/* M4: opening on local ground only. Mounts are in a name space of the test's own. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mounts.h"
#include "network.h"
#include "support.h"

static network served;

static int leave_network(void **state)
{
    if (served.server != 0) {
        network_unmount(&served, "net");
    }
    return leave_directory(state);
}

static void mount_as(const char *name)
{
    need_root();
    assert_int_equal(mkdir("net", 0700), 0);
    if (!network_mount(&served, "net", name)) {
        print_message("SKIPPED: no FUSE here\n");
        skip();
    }
}

static void mount_network(void)
{
    mount_as("fuse.sshfs");
}

static mmio_status open_local(const char *path, uint32_t mode, uint32_t disposition)
{
    mmio_open_options options = options_of(mode, disposition, 100);
    options.flags = MMIO_OPEN_LOCAL;
    options.size = disposition == MMIO_DISPOSITION_OPEN ? 0 : 100;
    mmio_map *map = NULL;
    const mmio_status status = mmio_map_open(path, &options, &map, ERR);
    assert_int_equal(map != NULL, status == MMIO_OK);
    mmio_map_close(map);
    return status;
}

static void M4_network_file_systems_are_told_by_who_serves_them(void **state)
{
    (void)state;
    mount_network();
    mmio_ground ground = ground_of("net/there");
    assert_int_equal(ground.kind, MMIO_GROUND_NETWORK);
    assert_string_equal(ground.name, "fuse.sshfs");
    assert_int_equal(ground.known, 0);
    assert_int_equal(ground.block_size, 4096);
    assert_int_equal(ground.free_size, 50 * 4096);
    const int fd = open("net/there", O_RDONLY | O_CLOEXEC);
    ground = ground_of_fd(fd);
    assert_int_equal(ground.known, MMIO_CAN_LOCK); /* Only an open file can be asked about that. */
    assert_int_equal(close(fd), 0);
    assert_int_equal(ground_of("net/missing").kind, MMIO_GROUND_NETWORK);
}

static void M4_opening_may_refuse_the_network_and_then_touches_nothing(void **state)
{
    (void)state;
    mount_network();
    static const uint32_t dispositions[] = {MMIO_DISPOSITION_OPEN, MMIO_DISPOSITION_OPEN_OR_CREATE,
                                            MMIO_DISPOSITION_CREATE, MMIO_DISPOSITION_CREATE_NEW};
    for (size_t i = 0; i < 4; i++) {
        assert_status(MMIO_ERR_UNSUPPORTED, open_local("net/there", MMIO_MODE_RW, dispositions[i]));
        assert_non_null(strstr(last_error.message, "fuse.sshfs"));
        if (dispositions[i] != MMIO_DISPOSITION_OPEN) {
            assert_status(MMIO_ERR_UNSUPPORTED,
                          open_local("net/missing", MMIO_MODE_RW, dispositions[i]));
        }
    }
    assert_status(MMIO_ERR_UNSUPPORTED,
                  open_local("net/there", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN));
    assert_status(MMIO_ERR_NOT_FOUND,
                  open_local("net/missing", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN));

    mmio_open_options options = options_of(MMIO_MODE_RO, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_LOCAL;
    mmio_map *map = NULL;
    const int fd = open("net/there", O_RDONLY | O_CLOEXEC);
    assert_status(MMIO_ERR_UNSUPPORTED, mmio_map_from_handle(fd, "net", &options, &map, ERR));
    assert_int_equal(close(fd), 0); /* It stayed the caller's. */
    assert_int_equal(atomic_load(served.changes), 0);

    /* The server does count: without the flag it is asked to cut. */
    options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_CREATE, 100);
    assert_status(MMIO_ERR_IO, mmio_map_open("net/there", &options, &map, ERR));
    assert_true(atomic_load(served.changes) > 0);
}

static void M4_local_files_are_opened_all_the_same(void **state)
{
    (void)state;
    assert_ok(open_local("f", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW));
    assert_ok(open_local("f", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE));
    assert_ok(open_local("f", MMIO_MODE_RW, MMIO_DISPOSITION_OPEN_OR_CREATE));
    assert_ok(open_local("f", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN));
    assert_status(MMIO_ERR_NOT_FOUND,
                  open_local("no/where", MMIO_MODE_RW, MMIO_DISPOSITION_CREATE_NEW));
    assert_status(MMIO_ERR_NOT_FILE, open_local(".", MMIO_MODE_RO, MMIO_DISPOSITION_OPEN));
}

static void M4_other_programs_file_systems_are_told_as_such(void **state)
{
    (void)state;
    mount_as("fuse.something-new");
    const mmio_ground ground = ground_of("net/there");
    assert_int_equal(ground.kind, MMIO_GROUND_FUSE);
    assert_string_equal(ground.name, "fuse.something-");
    assert_int_equal(ground.known, 0);
}

#define ON_NETWORK(test) cmocka_unit_test_setup_teardown(test, enter_directory, leave_network)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_NETWORK(M4_network_file_systems_are_told_by_who_serves_them),
        ON_NETWORK(M4_other_programs_file_systems_are_told_as_such),
        ON_NETWORK(M4_opening_may_refuse_the_network_and_then_touches_nothing),
        IN_DIRECTORY(M4_local_files_are_opened_all_the_same),
    };
    return cmocka_run_group_tests_name("contract M4: keeping to local files", tests, own_mounts,
                                       NULL);
}
