/* SPDX-License-Identifier: Apache-2.0 */
#include "sum.h"

int main(void)
{
    return sum(4) != 10;
}
