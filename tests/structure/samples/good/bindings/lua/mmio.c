/* SPDX-License-Identifier: Apache-2.0 */
#include "own.h"
#include <errno.h>
#include <mmio.h>
