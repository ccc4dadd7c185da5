// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

// must returns the value of a call that the test takes for granted.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func closing(t testing.TB, m *mmio.Map, err error) *mmio.Map {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func anonymous(t testing.TB, size int64) *mmio.Map {
	t.Helper()
	m, err := mmio.Anonymous(size, nil)
	return closing(t, m, err)
}

// fileOf makes a file with this content and returns its path.
func fileOf(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// mapOf maps a new file with this content.
func mapOf(t testing.TB, content string, mode mmio.Mode) *mmio.Map {
	t.Helper()
	m, err := mmio.OpenFile(fileOf(t, content), &mmio.Options{Mode: mode})
	return closing(t, m, err)
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error is %v, want %v", err, want)
	}
}

func wantBytes(t testing.TB, got []byte, want string) {
	t.Helper()
	if string(got) != want {
		t.Errorf("bytes are %q, want %q", got, want)
	}
}

func wantContent(t testing.TB, path, want string) {
	t.Helper()
	wantBytes(t, must(os.ReadFile(path)), want)
}

func wantEqual[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// collect runs the garbage collector until it has brought about what the test waits for.
func collect(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 10 seconds", what)
		}
	}
}

// isOpen reports whether this process has a descriptor of the file.
func isOpen(path string) bool {
	for _, link := range must(filepath.Glob("/proc/self/fd/*")) {
		if target, err := os.Readlink(link); err == nil && target == path {
			return true
		}
	}
	return false
}

// isMapped reports whether this process has memory of the file.
func isMapped(path string) bool {
	return bytes.Contains(must(os.ReadFile("/proc/self/maps")), []byte(path))
}

func pages(n int) string { return strings.Repeat("x", n*int(mmio.PageSize())) }
