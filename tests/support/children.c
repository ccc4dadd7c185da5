/* SPDX-License-Identifier: Apache-2.0 */
#include "children.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmocka_all.h"

void check_need(bool condition, const char *text, const char *file, int line)
{
    if (!condition) {
        (void)fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
        _exit(1);
    }
}

void end_well(pid_t child)
{
    int outcome = -1;
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &outcome, 0), child);
    assert_int_equal(outcome, 0);
}
