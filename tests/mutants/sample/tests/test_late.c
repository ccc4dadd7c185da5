/* SPDX-License-Identifier: Apache-2.0 */
#include "sum.h"

int main(void)
{
    return late(1) != 2;
}
