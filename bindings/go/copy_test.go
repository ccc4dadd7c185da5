// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"context"
	"errors"
	"io"
	"math"
	"testing"
	"testing/iotest"
	"time"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

func TestReadAtIsAnIOReaderAt(t *testing.T) {
	content := pages(3)
	m := mapOf(t, content, mmio.ModeRO)
	section := io.NewSectionReader(m, 0, m.Size())
	if err := iotest.TestReader(section, []byte(content)); err != nil {
		t.Error(err)
	}
}

func TestReadAtTheEndIsShortAndEndsWithEOF(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRO)
	inContext := func(p []byte, off int64) (int, error) {
		return m.ReadAtContext(context.Background(), p, off)
	}
	for _, readAt := range []func([]byte, int64) (int, error){m.ReadAt, m.TryReadAt, inContext} {
		for _, c := range []struct {
			off, size int64
			want      string
			err       error
		}{
			{0, 5, "hello", nil},
			{3, 2, "lo", nil},
			{3, 3, "lo", io.EOF},
			{0, 99, "hello", io.EOF},
			{5, 1, "", io.EOF},
			{99, 1, "", io.EOF},
			{math.MaxInt64, 8, "", io.EOF},
			{5, 0, "", nil},
			{99, 0, "", nil},
		} {
			p := make([]byte, c.size)
			n, err := readAt(p, c.off)
			wantBytes(t, p[:n], c.want)
			wantEqual(t, "error", err, c.err)
		}
	}
}

func TestNegativeOffsetsAreOutOfRange(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	_, err := m.ReadAt(make([]byte, 1), -1)
	wantErr(t, err, mmio.ErrRange)
	_, err = m.WriteAt(make([]byte, 1), -1)
	wantErr(t, err, mmio.ErrRange)
}

func TestWriteAtIsVisibleToReadersOfTheFile(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	wantEqual(t, "count", must(m.WriteAt([]byte("J"), 0)), 1)
	wantEqual(t, "count", must(m.TryWriteAt([]byte("y"), 4)), 1)
	wantEqual(t, "count", must(m.WriteAtContext(context.Background(), []byte("i"), 1)), 1)
	wantContent(t, m.Path(), "Jilly")
	wantEqual(t, "pending", m.Pending(), 3)
}

func TestWriteAtNeverWritesAPart(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	n, err := m.WriteAt([]byte("xx"), 4)
	wantErr(t, err, mmio.ErrRange)
	wantEqual(t, "count", n, 0)
	wantContent(t, m.Path(), "hello")
}

// writeUntilEnd writes the whole map again and again until the test ends.
func writeUntilEnd(t *testing.T, m *mmio.Map) {
	over, ended := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(over); <-ended })
	go func() {
		defer close(ended)
		for p := make([]byte, m.Size()); ; {
			select {
			case <-over:
				return
			default:
				m.WriteAt(p, 0)
			}
		}
	}()
}

func TestCopiesBesideAWriteGiveUpWhenToldTo(t *testing.T) {
	m := anonymous(t, 64<<20)
	writeUntilEnd(t, m)
	p := make([]byte, 1)
	limited := func(f func(context.Context, []byte, int64) (int, error)) error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Millisecond)
		defer cancel()
		_, err := f(ctx, p, m.Size()-1)
		return err
	}
	for name, copyOnce := range map[string]func() error{
		"TryReadAt":  func() error { _, err := m.TryReadAt(p, m.Size()-1); return err },
		"TryWriteAt": func() error { _, err := m.TryWriteAt(p, m.Size()-1); return err },
	} {
		err := copyOnce()
		for err == nil {
			err = copyOnce()
		}
		if !errors.Is(err, mmio.ErrBusy) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, f := range map[string]func(context.Context, []byte, int64) (int, error){
		"ReadAtContext":  m.ReadAtContext,
		"WriteAtContext": m.WriteAtContext,
	} {
		err := limited(f)
		for !errors.Is(err, mmio.ErrTimeout) { // Or done before anything was tried.
			err = limited(f)
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCopiesWithADeadContextTryNothing(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := m.ReadAtContext(canceled, make([]byte, 1), 0)
	wantErr(t, err, context.Canceled)
	_, err = m.WriteAtContext(canceled, []byte("J"), 0)
	wantErr(t, err, context.Canceled)
	wantContent(t, m.Path(), "hello")
}

func TestWritesToMapsForReading(t *testing.T) {
	for _, mode := range []mmio.Mode{mmio.ModeRO, mmio.ModeCOW} {
		m := mapOf(t, "hello", mode)
		_, err := m.WriteAt([]byte("x"), 99)
		wantErr(t, err, mmio.ErrMode)
		_, err = m.TryWriteAt([]byte("x"), 0)
		wantErr(t, err, mmio.ErrMode)
		_, err = m.WriteAt(nil, 0)
		wantEqual(t, "error of an empty write", err, nil)
	}
}

// Cgo refuses Go memory that holds Go pointers; a buffer beside a pointer is not such memory.
func TestBuffersWithinStructsThatHoldPointers(t *testing.T) {
	m := anonymous(t, 8)
	s := &struct {
		pointer *int
		buffer  [4]byte
	}{pointer: new(int), buffer: [4]byte{1, 2, 3, 4}}
	wantEqual(t, "written", must(m.WriteAt(s.buffer[:], 0)), 4)
	clear(s.buffer[:])
	wantEqual(t, "read", must(m.ReadAt(s.buffer[:], 0)), 4)
	wantEqual(t, "buffer", s.buffer, [4]byte{1, 2, 3, 4})
}

func TestCopiesAndCellsAllocateNothing(t *testing.T) {
	m := anonymous(t, 64)
	p := make([]byte, 8)
	cell := m.Uint64(8)
	for name, call := range map[string]func(){
		"ReadAt":   func() { must(m.ReadAt(p, 0)) },
		"WriteAt":  func() { must(m.WriteAt(p, 0)) },
		"FetchAdd": func() { must(cell.FetchAdd(1)) },
		"Info":     func() { must(m.Info()) },
	} {
		wantEqual(t, "allocations of "+name, testing.AllocsPerRun(100, call), 0)
	}
}
