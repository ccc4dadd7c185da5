/* SPDX-License-Identifier: Apache-2.0 */
#include "map.h"
#include "base/range.h"
#include "mmio.h"
#include "os/os.h"
#include <mmio/export.h>
#include <stdlib.h>
/* #include <sys/mman.h> and #ifdef _WIN32 in a comment
#ifdef __linux__
#endif */
static const char *text = "/* no comment";
