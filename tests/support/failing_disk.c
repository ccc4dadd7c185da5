/* SPDX-License-Identifier: Apache-2.0 */
#include "failing_disk.h"

#include <stdio.h>
#include <stdlib.h>

#include "support.h"

/* FAILING_DISK is the path of failing_disk.sh. */
static void carry_out(const char *command)
{
    char line[256];
    (void)snprintf(line, sizeof line, "'%s' %s", FAILING_DISK, command);
    if (system(line) != 0) {
        fail_msg("%s", line);
    }
}

void failing_disk_begin(const char *kind)
{
    char command[32];
    (void)snprintf(command, sizeof command, "begin %s", kind);
    carry_out(command);
}

void failing_disk_fail(void)
{
    carry_out("fail");
}

void failing_disk_heal(void)
{
    carry_out("heal");
}

void failing_disk_show(uint64_t offset, void *bytes, size_t size)
{
    char line[256];
    (void)snprintf(line, sizeof line, "'%s' show %llu %zu", FAILING_DISK,
                   (unsigned long long)offset, size);
    FILE *output = popen(line, "re");
    assert_non_null(output);
    assert_int_equal(fread(bytes, 1, size, output), size);
    assert_int_equal(pclose(output), 0);
}

void failing_disk_end(void)
{
    carry_out("end");
}

int leave_failing_disk(void **state)
{
    failing_disk_end();
    return leave_directory(state);
}
