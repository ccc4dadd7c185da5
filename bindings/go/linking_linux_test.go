// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"debug/elf"
	"slices"
	"strings"
	"testing"
)

// loadedLibraries returns which of our shared libraries the test program asks for.
func loadedLibraries(t *testing.T) []string {
	t.Helper()
	program := must(elf.Open("/proc/self/exe"))
	defer program.Close()
	return slices.DeleteFunc(must(program.ImportedLibraries()), func(name string) bool {
		return !strings.HasPrefix(name, "libmmio")
	})
}
