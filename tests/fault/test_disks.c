/* SPDX-License-Identifier: Apache-2.0 */
/* L1, L3, L4: each thing that takes bytes from under a map, on file systems of the test's own, and
 * what the calls say of it. Needs root. */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "disks.h"
#include "huge_store.h"
#include "uses.h"

/* Of each map the first pages are there, and the others go. */
#define PAGES 16
#define THERE 3
#define BEFORE 50
#define SIZE 100

/* A way to lose bytes. */
typedef struct loss {
    void (*prepare)(void); /* Before the process that uses them begins. */
    void (*lose)(mmio_map *map);
    uint32_t cause;
    int32_t code;
    bool spares_reads; /* They see zeros, or the bytes. */
    bool is_huge;      /* No file, but memory of two huge pages. */
    bool takes_all;    /* No page is there for writing. */
} loss;

/* What the process is to do, and where in its map the bytes end. */
static const loss *present;
static uint32_t guard;
static uint64_t end;

/* Using. */

static mmio_map *open_present(void)
{
    if (!present->is_huge) {
        return open_mode("disk/f", MMIO_MODE_RW);
    }
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_HUGE_PAGES;
    mmio_map *map;
    need(mmio_map_anonymous(2 * end, &options, &map, NULL) == MMIO_OK);
    return map;
}

static void check_record(const mmio_error *error, uint64_t offset, uint64_t size, uint64_t done)
{
    need(error->status == MMIO_ERR_FAULT);
    need(error->offset == offset + done);
    need(error->size == size);
    need(error->done == done);
    need(error->cause == present->cause);
    need(error->os_code == present->code);
}

static void check_range_use(const use *each, mmio_map *map)
{
    uint8_t bytes[SIZE];
    memset(bytes, 'n', sizeof bytes);
    mmio_error error;
    const mmio_status status = each->call(map, end - BEFORE, bytes, SIZE, &error);
    if (present->spares_reads && !each->writes) {
        need(status == MMIO_OK);
    } else {
        need(status == MMIO_ERR_FAULT);
        check_record(&error, end - BEFORE, SIZE, present->takes_all ? 0 : BEFORE);
        need(strstr(error.message, each->name) != NULL);
    }
    if (!present->takes_all || !each->writes) {
        need(each->call(map, end - SIZE, bytes, SIZE, NULL) == MMIO_OK);
    }
}

static void check_cell_use(const use *each, mmio_map *map)
{
    mmio_error error;
    const mmio_status status = each->call(map, end, NULL, 0, &error);
    /* Without signals the system is asked for cells that can be written. */
    if (present->spares_reads && !each->writes && guard == MMIO_GUARD_SIGNAL) {
        need(status == MMIO_OK);
    } else {
        need(status == MMIO_ERR_FAULT);
        check_record(&error, end, error.size, 0);
    }
    if (!present->takes_all) {
        need(each->call(map, end - 8, NULL, 0, NULL) == MMIO_OK);
    }
}

static void check_touch(mmio_map *map, uint32_t flags)
{
    mmio_error error;
    const bool writes = flags != 0;
    const mmio_status status = mmio_map_touch(map, end - BEFORE, SIZE, flags, NULL, NULL, &error);
    if (present->spares_reads && !writes) {
        need(status == MMIO_OK);
    } else {
        need(status == MMIO_ERR_FAULT);
        check_record(&error, end - BEFORE, SIZE, present->takes_all ? 0 : BEFORE);
    }
}

static void use_all(void)
{
    need(mmio_fault_guard(guard, NULL) == MMIO_OK);
    mmio_map *map = open_present();
    present->lose(map);
    for (const use *each = range_uses; each->name != NULL; each++) {
        check_range_use(each, map);
    }
    const bool uses_cells = CELLS_ARE_GUARDED || guard == MMIO_GUARD_SYSCALL;
    for (const use *each = cell_uses; each->name != NULL && uses_cells; each++) {
        check_cell_use(each, map);
    }
    check_touch(map, 0);
    check_touch(map, MMIO_POPULATE_WRITE);
    mmio_map_close(map);
}

static void check_loss(const loss *tried)
{
    static const uint32_t guards[] = {MMIO_GUARD_SIGNAL, MMIO_GUARD_SYSCALL};
    present = tried;
    end = tried->is_huge ? huge_page_size() : THERE * page_size();
    for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++) {
        guard = guards[i];
        tried->prepare();
        survives(use_all);
        if (!tried->is_huge) {
            unmount_disk();
        }
    }
}

/* Files that others cut. */

static void make_on_ext4(void)
{
    mount_disk(EXT4, 32);
    make_file("disk/f", PAGES * page_size(), 'x');
}

static void make_on_tmpfs(void)
{
    mount_kind("tmpfs", "size=1m");
    make_file("disk/f", PAGES * page_size(), 'x');
}

static void cut(mmio_map *map)
{
    (void)map;
    cut_file("disk/f", end);
}

static void L1_L4_a_file_that_was_cut(void **state)
{
    (void)state;
    check_loss(&(loss){.prepare = make_on_ext4, .lose = cut, .cause = MMIO_CAUSE_TRUNCATED});
    check_loss(&(loss){.prepare = make_on_tmpfs, .lose = cut, .cause = MMIO_CAUSE_TRUNCATED});
}

/* Full disks behind sparse files. */

static void make_sparse_file(void)
{
    make_file("disk/f", THERE * page_size(), 'x');
    assert_int_equal(truncate("disk/f", (off_t)(PAGES * page_size())), 0);
    run_command("sync -f disk/f"); /* Blocks are chosen late. */
}

static void make_sparse_on_ext4(void)
{
    mount_disk(EXT4, 32);
    make_sparse_file();
}

static void make_sparse_on_xfs(void)
{
    mount_disk(XFS, XFS_MIB);
    make_sparse_file();
}

static void make_sparse_on_tmpfs(void)
{
    mount_kind("tmpfs", "size=1m");
    make_sparse_file();
}

static void fill_disk(mmio_map *map)
{
    (void)map;
    use_up("disk/rest");
}

static void L1_L4_a_full_disk(void **state)
{
    (void)state;
    check_loss(&(loss){.prepare = make_sparse_on_ext4,
                       .lose = fill_disk,
                       .cause = MMIO_CAUSE_NO_SPACE,
                       .code = ENOSPC,
                       .spares_reads = true});
    check_loss(&(loss){.prepare = make_sparse_on_xfs,
                       .lose = fill_disk,
                       .cause = MMIO_CAUSE_NO_SPACE,
                       .code = ENOSPC,
                       .spares_reads = true});
}

/* There reading a hole takes a page, too. */
static void L1_L4_full_memory_that_looks_like_a_disk(void **state)
{
    (void)state;
    check_loss(&(loss){.prepare = make_sparse_on_tmpfs,
                       .lose = fill_disk,
                       .cause = MMIO_CAUSE_NO_SPACE,
                       .code = ENOSPC});
}

/* A device that fails. */

static void make_uncached(const char *make_file_system, unsigned mib)
{
    mount_disk(make_file_system, mib);
    make_file("disk/f", PAGES * page_size(), 'x');
    remount_disk();
}

static void make_uncached_on_ext4(void)
{
    make_uncached("mkfs.ext4 -q -F -O ^has_journal back/image", 32);
}

static void make_uncached_on_xfs(void)
{
    make_uncached(XFS, XFS_MIB);
}

/* The first pages are in memory. The device has lost all bytes behind, as it has none any more. */
static void break_device(mmio_map *map)
{
    static uint8_t bytes[1 << 16];
    mmio_map_info info = {.struct_size = sizeof info};
    need(mmio_map_get_info(map, &info, NULL) == MMIO_OK);
    need(posix_fadvise((int)info.handle, 0, 0, POSIX_FADV_RANDOM) == 0);
    need(pread((int)info.handle, bytes, (size_t)end, 0) == (ssize_t)end);
    cut_file("back/image", 0);
}

static void L1_L4_a_device_that_fails(void **state)
{
    (void)state;
    check_loss(&(loss){.prepare = make_uncached_on_ext4,
                       .lose = break_device,
                       .cause = MMIO_CAUSE_IO,
                       .code = EIO});
    check_loss(&(loss){.prepare = make_uncached_on_xfs,
                       .lose = break_device,
                       .cause = MMIO_CAUSE_IO,
                       .code = EIO});
}

/* An attribute. */

/* Pages that could be written before cannot be any more, either. */
static void make_immutable(mmio_map *map)
{
    int attributes;
    need(mmio_map_fill(map, 0, end, 'y', NULL) == MMIO_OK);
    const int fd = open("disk/f", O_RDONLY | O_CLOEXEC);
    need(ioctl(fd, FS_IOC_GETFLAGS, &attributes) == 0);
    attributes |= FS_IMMUTABLE_FL;
    need(ioctl(fd, FS_IOC_SETFLAGS, &attributes) == 0);
    need(close(fd) == 0);
}

static void L1_L4_a_file_that_was_made_immutable(void **state)
{
    (void)state;
    check_loss(&(loss){.prepare = make_on_ext4,
                       .lose = make_immutable,
                       .cause = MMIO_CAUSE_READ_ONLY,
                       .code = EPERM,
                       .spares_reads = true,
                       .takes_all = true});
}

/* Huge pages. */

static unsigned long store_before;

static void store_two(void)
{
    assert_true(huge_pages_store(store_before + 2));
}

/* The second goes back to the store, and from there to the system. */
static void lose_huge_page(mmio_map *map)
{
    mmio_map_info info = {.struct_size = sizeof info};
    need(mmio_map_get_info(map, &info, NULL) == MMIO_OK);
    need(fallocate((int)info.handle, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)end,
                   (off_t)end) == 0);
    need(huge_pages_store(0) && huge_pages_free() == 0);
}

static int claim_store(void **state)
{
    huge_pages_claim();
    store_before = huge_pages_stored();
    return enter_directory(state);
}

static int restore_store(void **state)
{
    (void)huge_pages_store(store_before);
    huge_pages_leave();
    return leave_mounts(state);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, claim_store, restore_store)

static void need_store(void)
{
    store_two();
    if (huge_pages_free() < 2) {
        print_message("SKIPPED: no memory for huge pages\n");
        skip();
    }
}

static void L1_L4_huge_pages_that_are_exhausted(void **state)
{
    (void)state;
    need_store();
    check_loss(&(loss){.prepare = store_two,
                       .lose = lose_huge_page,
                       .cause = MMIO_CAUSE_NO_SPACE,
                       .code = ENOSPC,
                       .is_huge = true});
}

/* Zeros come in small pages. */
static void use_view_of_huge_pages(void)
{
    need(mmio_fault_guard(MMIO_GUARD_SIGNAL, NULL) == MMIO_OK);
    mmio_open_options options = options_of(MMIO_MODE_RW, MMIO_DISPOSITION_OPEN, 0);
    options.flags = MMIO_OPEN_HUGE_PAGES;
    options.on_fault = MMIO_ON_FAULT_ABSORB;
    mmio_map *map;
    mmio_view view;
    need(mmio_map_anonymous(2 * end, &options, &map, NULL) == MMIO_OK);
    lose_huge_page(map);
    need(mmio_view_acquire(map, 0, 2 * end, 0, &view, NULL) == MMIO_OK);
    need(*(const volatile uint8_t *)view.data == 0);
    (void)((const volatile uint8_t *)view.data)[end];
}

static void L3_views_of_huge_pages_are_not_guarded(void **state)
{
    (void)state;
    need_store();
    end = huge_page_size();
    dies_of(SIGBUS, use_view_of_huge_pages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_MOUNTS(L1_L4_a_file_that_was_cut),
        WITH_MOUNTS(L1_L4_a_full_disk),
        WITH_MOUNTS(L1_L4_full_memory_that_looks_like_a_disk),
        WITH_MOUNTS(L1_L4_a_device_that_fails),
        WITH_MOUNTS(L1_L4_a_file_that_was_made_immutable),
        WITH_STORE(L1_L4_huge_pages_that_are_exhausted),
        WITH_STORE(L3_views_of_huge_pages_are_not_guarded),
    };
    return cmocka_run_group_tests_name("contract L1, L4: what takes bytes away", tests,
                                       enter_own_mounts, NULL);
}
