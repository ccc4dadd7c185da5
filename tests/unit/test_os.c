/* SPDX-License-Identifier: Apache-2.0 */
/* os.h: what the library above it cannot ask for, or this system does not answer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "os/os.h"

static intptr_t memory_file(uint64_t size)
{
    intptr_t handle = MMIO__OS_NO_HANDLE;
    assert_int_equal(mmio__os_file_open_memory(false, &handle), 0);
    assert_int_equal(mmio__os_file_resize(handle, size), 0);
    return handle;
}

static void lengths_that_the_system_has_no_number_for_are_refused(void **state)
{
    (void)state;
    const uint64_t most = INT64_MAX;
    const intptr_t handle = memory_file(100);
    mmio__os_file_facts facts;
    void *base = NULL;
    assert_int_equal(mmio__os_file_resize(handle, most + 1), EFBIG);
    assert_int_equal(mmio__os_file_allocate(handle, most, 1), EFBIG);
    assert_int_equal(mmio__os_file_allocate(handle, UINT64_MAX, 1), EFBIG);
    assert_int_equal(mmio__os_file_write(handle, most, "x", 1), EFBIG);
    assert_int_equal(mmio__os_file_write(handle, UINT64_MAX, "x", 1), EFBIG);
    assert_int_equal(mmio__os_map(handle, most + 1, 4096, 0, &base), ENOMEM);
    assert_null(base);
    assert_int_equal(mmio__os_file_inspect(handle, &facts), 0);
    assert_int_equal(facts.size, 100);
    mmio__os_file_close(handle);
}

/* To the last byte that it allows, and without the signal. */
static void the_limit_on_file_sizes_is_a_code(void **state)
{
    (void)state;
    struct rlimit before;
    const intptr_t handle = memory_file(100);
    mmio__os_file_facts facts;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit low = {.rlim_cur = 8192, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    const int32_t codes[] = {
        mmio__os_file_resize(handle, 8193),          mmio__os_file_allocate(handle, 100, 8093),
        mmio__os_file_write(handle, 8190, "abc", 3), mmio__os_file_resize(handle, 8191),
        mmio__os_file_allocate(handle, 0, 8192),     mmio__os_file_write(handle, 8189, "abc", 3),
    };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(codes[i], i < 3 ? EFBIG : 0);
    }
    assert_int_equal(mmio__os_file_inspect(handle, &facts), 0);
    assert_int_equal(facts.size, 8192);
    mmio__os_file_close(handle);
}

static void codes_of_our_own_have_a_status_and_a_text(void **state)
{
    (void)state;
    static const struct {
        int32_t code;
        mmio_status status;
        const char *word;
    } codes[] = {
        {MMIO__OS_LOCKED, MMIO_ERR_BUSY, "lock"},
        {MMIO__OS_TIMED_OUT, MMIO_ERR_TIMEOUT, "deadline"},
        {MMIO__OS_NO_MEMORY, MMIO_ERR_NO_MEMORY, "memory"},
        {EOVERFLOW, MMIO_ERR_TOO_LARGE, "too large"},
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        char text[64] = "";
        assert_int_equal(mmio__os_status(codes[i].code), codes[i].status);
        mmio__os_text(codes[i].code, text, sizeof text);
        assert_non_null(strstr(text, codes[i].word));
        char little[4];
        mmio__os_text(codes[i].code, little, sizeof little);
        assert_int_equal(strlen(little), 3);
        assert_int_equal(strncmp(little, text, 3), 0);
    }
}

/* The name is somebody else's by now, or nobody's. */
static void only_the_own_file_is_removed(void **state)
{
    (void)state;
    char directory[] = "/tmp/mmio-test-XXXXXX";
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    intptr_t own;
    intptr_t other;
    const uint32_t flags = MMIO__OS_OPEN_WRITE | MMIO__OS_OPEN_NEW;
    assert_int_equal(mmio__os_file_open("own", flags, 0600, &own), 0);
    assert_int_equal(mmio__os_file_open("other", flags, 0600, &other), 0);
    mmio__os_file_remove_own("other", own);
    assert_int_equal(access("other", F_OK), 0);
    mmio__os_file_remove_own("own", own);
    assert_int_equal(access("own", F_OK), -1);
    mmio__os_file_remove_own("own", own);
    /* On another file system, whose numbers may be the same. */
    mmio__os_file_remove_own("/proc/self/status", other);
    mmio__os_file_remove_own("other", other);
    assert_int_equal(access("other", F_OK), -1);
    mmio__os_file_close(own);
    mmio__os_file_close(other);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_that_the_system_has_no_number_for_are_refused),
        cmocka_unit_test(the_limit_on_file_sizes_is_a_code),
        cmocka_unit_test(codes_of_our_own_have_a_status_and_a_text),
        cmocka_unit_test(only_the_own_file_is_removed),
    };
    return cmocka_run_group_tests_name("unit: the system", tests, NULL, NULL);
}
