// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

func Example() {
	path := filepath.Join(os.TempDir(), "mmio-example")
	defer os.Remove(path)

	m, err := mmio.Create(path, 4096)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	if _, err := m.WriteAt([]byte("hello"), 100); err != nil {
		log.Fatal(err)
	}
	if err := m.Flush(mmio.FlushData); err != nil {
		log.Fatal(err)
	}

	view, err := m.View(100, 5)
	if err != nil {
		log.Fatal(err)
	}
	defer view.Release()
	fmt.Printf("%s at %d\n", bytes.ToUpper(view.Bytes()), bytes.IndexByte(view.Bytes(), 'l'))
	// Output: HELLO at 2
}

func ExampleOpen_missing() {
	_, err := mmio.Open("/no/such/file")
	fmt.Println(errors.Is(err, mmio.ErrNotFound), errors.Is(err, fs.ErrNotExist))
	// Output: true true
}

func ExampleMap_ReadAt() {
	m, err := mmio.Anonymous(1000, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	n, err := io.Copy(io.Discard, io.NewSectionReader(m, 900, 500))
	fmt.Println(n, err)
	// Output: 100 <nil>
}

func ExampleMap_Walk() {
	m, err := mmio.Anonymous(10, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	for chunk, err := range m.Walk(4) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(len(chunk))
	}
	// Output:
	// 4
	// 4
	// 2
}

func ExampleMap_Resize() {
	m, err := mmio.Anonymous(100, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	view, err := m.View(0, 100)
	if err != nil {
		log.Fatal(err)
	}
	defer view.Release()

	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	fmt.Println(m.Resize(ctx, 200))
	fmt.Println(errors.Is(m.Resize(ctx, 50), context.DeadlineExceeded))
	// Output:
	// <nil>
	// true
}

func ExampleCell() {
	m, err := mmio.Anonymous(64, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	counter := m.Uint64(8)
	for range 3 {
		if _, err := counter.FetchAdd(2); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(counter.Load())
	// Output: 6 <nil>
}

func ExampleRun() {
	m, err := mmio.Anonymous(64, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	counters, err := m.Uint32s(0, 16)
	if err != nil {
		log.Fatal(err)
	}
	defer counters.Release()
	fmt.Println(atomic.AddUint32(&counters.Cells()[15], 7))
	// Output: 7
}
