// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"testing"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

func BenchmarkReadAt64(b *testing.B) {
	m := anonymous(b, 4096)
	p := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.ReadAt(p, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriteAt64(b *testing.B) {
	m := anonymous(b, 4096)
	p := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.WriteAt(p, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFetchAdd(b *testing.B) {
	cell := anonymous(b, 4096).Uint64(8)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cell.FetchAdd(1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkViewAndRelease(b *testing.B) {
	m := anonymous(b, 4096)
	b.ReportAllocs()
	for b.Loop() {
		v, err := m.View(0, 4096)
		if err != nil {
			b.Fatal(err)
		}
		v.Release()
	}
}

func BenchmarkCopyFromHeldView64(b *testing.B) {
	v := must(anonymous(b, 4096).View(0, 4096))
	defer v.Release()
	p := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		copy(p, v.Bytes())
	}
}

func BenchmarkWalkPages(b *testing.B) {
	m := anonymous(b, 1<<20)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range m.Walk(mmio.PageSize()) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
