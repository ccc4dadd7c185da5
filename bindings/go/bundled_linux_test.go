// SPDX-License-Identifier: Apache-2.0

//go:build cgo && !mmio_system

package mmio_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

const vendoringProgram = `package main

import (
	"fmt"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

func main() { fmt.Print(mmio.Version()) }
`

func TestNoLibraryIsLoaded(t *testing.T) {
	wantEqual(t, "libraries of ours", len(loadedLibraries(t)), 0)
}

// Vendoring takes the folders of packages only, and of those what a build may need.
func TestVendoredPackageBuildsWithoutInstalledLibrary(t *testing.T) {
	folder := t.TempDir()
	source := must(filepath.Abs("."))
	program := filepath.Join(folder, "main.go")
	if err := os.WriteFile(program, []byte(vendoringProgram), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(name string, arguments ...string) string {
		t.Helper()
		command := exec.Command(name, arguments...)
		command.Dir = folder
		command.Env = append(os.Environ(), "PKG_CONFIG_PATH=", "PKG_CONFIG_LIBDIR=", "LD_LIBRARY_PATH=")
		output, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, arguments, err, output)
		}
		return string(output)
	}
	const module = "github.com/libmmio/libmmio/bindings/go"
	run("go", "mod", "init", "example.org/program")
	run("go", "mod", "edit", "-require", module+"@v0.0.0", "-replace", module+"="+source)
	run("go", "mod", "vendor")
	run("go", "build", "-o", "program")
	wantEqual(t, "version", run("./program"), mmio.Version())
}
