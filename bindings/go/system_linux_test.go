// SPDX-License-Identifier: Apache-2.0

//go:build cgo && mmio_system

package mmio_test

import "testing"

func TestSystemLibraryIsLoaded(t *testing.T) {
	wantEqual(t, "libraries of ours", len(loadedLibraries(t)), 1)
}
