/* SPDX-License-Identifier: Apache-2.0 */
#include "mmio/export.h"
#include <stdint.h>
#ifdef __cplusplus
#endif
