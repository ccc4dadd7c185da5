// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio

// The package compiles the whole library, amalgamation.c, as a part of the program. With the build
// tag mmio_system it uses the one that pkg-config finds.

/*
#cgo !mmio_system CFLAGS: -DMMIO_STATIC
#cgo !mmio_system LDFLAGS: -pthread
#cgo mmio_system CFLAGS: -DMMIO_GO_SYSTEM
#cgo mmio_system pkg-config: mmio
#include "binding.h"
*/
import "C"

import "strconv"

// Version returns the version of the library that is running, as "major.minor.patch".
func Version() string { return C.GoString(C.mmio_version_string()) }

// VersionNumber returns the version as (major << 16) | (minor << 8) | patch.
func VersionNumber() uint32 { return uint32(C.mmio_version()) }

// PageSize returns the size of a memory page.
func PageSize() int64 { return int64(C.mmio_page_size()) }

// MapGranularity returns what the system wants file offsets of mappings to be a multiple of.
// Callers need not care; any offset is accepted.
func MapGranularity() int64 { return int64(C.mmio_map_granularity()) }

// MaxSize returns the largest size a map can be created with or resized to.
func MaxSize() int64 { return int64(C.mmio_max_size()) }

// Has reports whether this build on this system has the feature.
func Has(feature Feature) bool { return C.mmio_has(C.uint32_t(feature)) == 1 }

// String returns the status's name in the C library, "MMIO_ERR_RANGE", or its number if it has
// none.
func (s Status) String() string {
	if name := C.mmio_status_name(C.mmio_status(s)); name != nil {
		return C.GoString(name)
	}
	return strconv.Itoa(int(s))
}

// Error returns one English phrase for the status.
func (s Status) Error() string { return C.GoString(C.mmio_status_text(C.mmio_status(s))) }

// Retryable reports whether the same call may succeed later without any other change.
func (s Status) Retryable() bool { return C.mmio_status_is_retryable(C.mmio_status(s)) == 1 }
