/* SPDX-License-Identifier: Apache-2.0 */
#include "../os.h"
#include "../posix/posix.h"
#include "base/range.h"
#include <sys/mman.h>
