/* SPDX-License-Identifier: Apache-2.0 */
#include "posix.h"
#include "../os.h"
#include <fcntl.h>
#if defined(__APPLE__)
#endif
