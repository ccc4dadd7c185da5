/* SPDX-License-Identifier: Apache-2.0 */
/* The library's header: the one beside this file, or the system's; see library.go. */
#ifdef MMIO_GO_SYSTEM
#include <mmio.h>
#else
#include "amalgamation.h"
#endif
