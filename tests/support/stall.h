/* SPDX-License-Identifier: Apache-2.0 */
/* Memory at whose end whoever uses it stops: so a copy is caught in the middle of its work. */
#ifndef MMIO_TEST_STALL_H
#define MMIO_TEST_STALL_H

#include <stddef.h>

/* Memory of a few pages or more, all of it `fill`. One at a time. */
const void *stall_begin(size_t size, int fill);
/* Wait until a thread has come to its last page. */
void stall_await(void);
/* Let that thread go on. The memory stays until stall_end(). */
void stall_let_go(void);
void stall_end(void);

#endif
