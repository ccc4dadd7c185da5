// SPDX-License-Identifier: Apache-2.0
package mmio

// #include "../../libmmio/src/map.h"
import "C"
