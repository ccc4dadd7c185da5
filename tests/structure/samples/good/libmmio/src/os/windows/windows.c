/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os.h"
#include <windows.h>
