/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sum.h"

int sum(int most)
{
    int all = 0; /* So far. */
    for (int i = 1; i <= most; i++) {
        all += i;
    }
    return all;
}

int late(int given)
{
    return given + 1;
}

int nobody(int given)
{
    return given + 2;
}
