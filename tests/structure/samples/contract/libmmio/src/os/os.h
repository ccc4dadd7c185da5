/* SPDX-License-Identifier: Apache-2.0 */
#include "map.h"
#include "os/posix/posix.h"
#include <sys/types.h>
#if defined(__linux__)
#endif
