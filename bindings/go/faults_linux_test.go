// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"unsafe"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

// What the tests of faults share: taking bytes from under maps, and processes that may die of it.

// aloneVariable tells a process which test it was started for.
const aloneVariable = "MMIO_TEST_ALONE"

// alone runs the body in a process of its own: this program, told to run this test only, in the
// directory "dir" if that is not "", by a command that runs others if one is given. Its package was
// loaded with that choice of the guard. It returns what that process printed and how it ended.
func alone(
	t *testing.T, dir, guard string, body func(t *testing.T), by ...string,
) (string, error) {
	t.Helper()
	if os.Getenv(aloneVariable) == t.Name() {
		body(t)
		return "", nil
	}
	if dir == "" {
		dir = t.TempDir()
	}
	var names []string
	for _, name := range strings.Split(t.Name(), "/") {
		names = append(names, "^"+regexp.QuoteMeta(name)+"$")
	}
	command := append(by, os.Args[0], "-test.run="+strings.Join(names, "/"), "-test.timeout=60s")
	child := exec.Command(command[0], command[1:]...)
	child.Dir = dir
	child.Env = append(os.Environ(), aloneVariable+"="+t.Name(), "MMIO_FAULT_GUARD="+guard)
	output, err := child.CombinedOutput()
	return string(output), err
}

func survivesUnder(t *testing.T, guard string, body func(t *testing.T)) {
	t.Helper()
	if output, err := alone(t, "", guard, body); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

func survives(t *testing.T, body func(t *testing.T)) {
	t.Helper()
	survivesUnder(t, "", body)
}

// diesUnder is a body whose fault ends the process as Go ends it, with these words.
func diesUnder(t *testing.T, guard, words string, body func(t *testing.T)) {
	t.Helper()
	output, err := alone(t, "", guard, body)
	if os.Getenv(aloneVariable) != "" {
		t.Fatal("survived")
	}
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 2 ||
		!strings.Contains(output, words) {
		t.Errorf("%v instead of exit status 2 and %q\n%s", err, words, output)
	}
}

const (
	deathInGo = "fatal error: fault"
	deathInC  = "signal arrived during cgo execution"
)

func dies(t *testing.T, words string, body func(t *testing.T)) {
	t.Helper()
	diesUnder(t, "", words, body)
}

// kept makes the compiler load what is summed.
var kept atomic.Int64

// panicOf returns what a loop over a slice panics with when faults in Go code are panics.
func panicOf(bytes []byte) (value any) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { value = recover() }()
	kept.Store(int64(sum(bytes)))
	return nil
}

// wantFaultPanic is of a slice in which bytes are gone that nothing takes the place of.
func wantFaultPanic(t *testing.T, bytes []byte) {
	t.Helper()
	fault, ok := panicOf(bytes).(interface{ Addr() uintptr })
	if !ok || fault.Addr()-addressOf(bytes) >= uintptr(len(bytes)) {
		t.Errorf("no panic of a fault in the slice, but %v", fault)
	}
}

func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// setSize has another process change the length of a file.
func setSize(t *testing.T, path string, size int) {
	t.Helper()
	command := exec.Command("truncate", "-s", strconv.Itoa(size), path)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}

// filePages is how many pages the files have that tests cut.
const filePages = 16

var page = int(mmio.PageSize())

// cutMap maps a file of 16 pages of 1s, which is then cut.
func cutMap(t *testing.T, options mmio.Options, rest int) *mmio.Map {
	t.Helper()
	path := fileOf(t, strings.Repeat("\x01", filePages*page))
	m, err := mmio.OpenFile(path, &options)
	closing(t, m, err)
	setSize(t, path, rest)
	return m
}

// bytesOf borrows a whole map.
func bytesOf(t *testing.T, m *mmio.Map) []byte {
	t.Helper()
	view, err := m.View(0, m.Size())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(view.Release)
	return view.Bytes()
}

func sum(bytes []byte) (total int) {
	for _, b := range bytes {
		total += int(b)
	}
	return total
}

// ownMapping is what Go itself makes of a file that is empty by now.
func ownMapping(t *testing.T) []byte {
	t.Helper()
	path := fileOf(t, pages(1))
	f := must(os.Open(path))
	defer f.Close()
	bytes := must(syscall.Mmap(int(f.Fd()), 0, page, syscall.PROT_READ, syscall.MAP_SHARED))
	setSize(t, path, 0)
	return bytes
}

// smallDisk mounts a file system that has room for 8 pages.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	room := fmt.Sprintf("size=%d", 8*page)
	if err := syscall.Mount("none", dir, "tmpfs", 0, room); err != nil {
		t.Fatalf("mounting, which takes root: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}
