// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

func TestInfo(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	v := must(m.View(0, 1))
	defer v.Release()
	must(m.WriteAt([]byte("J"), 0))
	i := must(m.Info())
	if i.Reserve < 5 || i.Handle == 0 {
		t.Errorf("reserve is %d, handle is %d", i.Reserve, i.Handle)
	}
	i.Reserve, i.Handle = 0, 0
	wantEqual(t, "info", i, mmio.Info{
		Mode: mmio.ModeRW, Kind: mmio.KindFile, Holders: 1, Size: 5, Pending: 1, Views: 1,
	})
	wantEqual(t, "kind", must(anonymous(t, 1).Info()).Kind, mmio.KindAnonymous)
}

func TestFlushMakesNothingPending(t *testing.T) {
	for _, level := range []mmio.FlushLevel{mmio.FlushData, mmio.FlushFull} {
		m := mapOf(t, pages(2), mmio.ModeRW)
		must(m.WriteAt([]byte("x"), 0))
		wantEqual(t, "error", m.Flush(mmio.FlushStart), nil)
		wantEqual(t, "error", m.FlushRange(0, 1, level), nil)
		wantEqual(t, "pending before", m.Pending(), 1)
		wantEqual(t, "error", m.Flush(level), nil)
		wantEqual(t, "pending after", m.Pending(), 0)
	}
}

func TestFlushFailures(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRO)
	wantErr(t, m.Flush(99), mmio.ErrInvalid)
	wantErr(t, m.FlushRange(3, 3, mmio.FlushData), mmio.ErrRange)
}

func TestPointers(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	p := must(m.WritablePointer())
	*(*byte)(p) = 'J'
	wantContent(t, m.Path(), "Jello")
	wantEqual(t, "pending", m.Pending(), 5)
	wantEqual(t, "pointer for reading", must(m.Pointer()), p)
	_, err := mapOf(t, "hello", mmio.ModeRO).WritablePointer()
	wantErr(t, err, mmio.ErrMode)
}

// calls is every call that can fail, with arguments that a map of 8 bytes accepts.
var calls = map[string]func(*mmio.Map) error{
	"AcknowledgeLoss": func(m *mmio.Map) error { return m.AcknowledgeLoss() },
	"CheckFaults":     func(m *mmio.Map) error { return m.CheckFaults() },
	"FlushRange":      func(m *mmio.Map) error { return m.FlushRange(0, 1, mmio.FlushData) },
	"Flush":           func(m *mmio.Map) error { return m.Flush(mmio.FlushData) },
	"Info":            func(m *mmio.Map) error { _, err := m.Info(); return err },
	"IntoFile":        func(m *mmio.Map) error { _, err := m.IntoFile(); return err },
	"Load":            func(m *mmio.Map) error { _, err := m.Uint32(0).Load(); return err },
	"Pointer":         func(m *mmio.Map) error { _, err := m.Pointer(); return err },
	"ReadAt":          func(m *mmio.Map) error { _, err := m.ReadAt(make([]byte, 1), 0); return err },
	"ReadAtContext": func(m *mmio.Map) error {
		_, err := m.ReadAtContext(context.Background(), make([]byte, 1), 0)
		return err
	},
	"Resize":       func(m *mmio.Map) error { return m.Resize(context.Background(), 9) },
	"RewriteLost":  func(m *mmio.Map) error { return m.RewriteLost(mmio.FlushData) },
	"SetPolicy":    func(m *mmio.Map) error { return m.SetPolicy(mmio.PolicyAlways, 0) },
	"TryReadAt":    func(m *mmio.Map) error { _, err := m.TryReadAt(make([]byte, 1), 0); return err },
	"TryResize":    func(m *mmio.Map) error { return m.TryResize(9) },
	"TryWriteAt":   func(m *mmio.Map) error { _, err := m.TryWriteAt(make([]byte, 1), 0); return err },
	"Uint32s":      func(m *mmio.Map) error { _, err := m.Uint32s(0, 1); return err },
	"Uint64s":      func(m *mmio.Map) error { _, err := m.Uint64s(0, 1); return err },
	"View":         func(m *mmio.Map) error { _, err := m.View(0, 1); return err },
	"Walk":         func(m *mmio.Map) (err error) { m.Walk(1)(keep(&err)); return err },
	"WritableView": func(m *mmio.Map) error { _, err := m.WritableView(0, 1); return err },
	"WriteAt":      func(m *mmio.Map) error { _, err := m.WriteAt(make([]byte, 1), 0); return err },
	"WriteAtContext": func(m *mmio.Map) error {
		_, err := m.WriteAtContext(context.Background(), make([]byte, 1), 0)
		return err
	},
}

func keep(out *error) func([]byte, error) bool {
	return func(_ []byte, err error) bool { *out = err; return false }
}

func TestAClosedMapAnswersErrClosed(t *testing.T) {
	m := mapOf(t, "12345678", mmio.ModeRW)
	for range 2 {
		wantEqual(t, "error of closing", m.Close(), nil)
	}
	for name, call := range calls {
		if err := call(m); !errors.Is(err, mmio.ErrClosed) || !errors.Is(err, fs.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantEqual(t, "size", m.Size(), 0)
	wantEqual(t, "pending", m.Pending(), 0)
}

func TestANilMapAnswersErrInvalid(t *testing.T) {
	var m *mmio.Map
	for name, call := range calls {
		if err := call(m); !errors.Is(err, mmio.ErrInvalid) || !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantErr(t, m.Close(), mmio.ErrInvalid)
	wantEqual(t, "size", m.Size(), 0)
	wantEqual(t, "mode", m.Mode(), mmio.ModeDefault)
	wantEqual(t, "path", m.Path(), "")
	wantEqual(t, "pending", m.Pending(), 0)
}

func TestAZeroMapIsClosed(t *testing.T) {
	for name, call := range calls {
		if err := call(new(mmio.Map)); !errors.Is(err, mmio.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClosingWhileOthersUseTheMap(t *testing.T) {
	for range 50 {
		m := anonymous(t, 4096)
		var group sync.WaitGroup
		for range 4 {
			group.Add(1)
			go func() {
				defer group.Done()
				for {
					v, err := m.View(0, 4096)
					if err != nil {
						wantErr(t, err, mmio.ErrClosed)
						return
					}
					wantEqual(t, "length", len(v.Bytes()), 4096)
					v.Release()
				}
			}()
		}
		m.Close()
		group.Wait()
	}
}

func TestErrorsCarryWhatTheLibraryKnows(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRO)
	_, err := m.View(3, 4)
	var e *mmio.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	wantEqual(t, "operation", e.Op, "view")
	wantEqual(t, "path", e.Path, m.Path())
	wantEqual(t, "status", e.Status, mmio.ErrRange)
	wantEqual(t, "offset", e.Offset, 3)
	wantEqual(t, "size", e.Size, 4)
	wantEqual(t, "limit", e.Limit, 5)
	wantEqual(t, "cause", errors.Unwrap(err), nil)
	for _, part := range []string{m.Path(), "3", "4", "5"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("message %q lacks %q", err, part)
		}
	}

	_, err = mmio.Open("/missing")
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	wantEqual(t, "path", e.Path, "/missing")
	wantEqual(t, "code", e.OSCode, int(syscall.ENOENT))
	wantEqual(t, "cause", errors.Unwrap(err), error(syscall.ENOENT))
}

func TestStatusesHaveNamesAndStandardCounterparts(t *testing.T) {
	wantEqual(t, "name", mmio.ErrRange.String(), "MMIO_ERR_RANGE")
	wantEqual(t, "name of an unknown one", mmio.Status(-9999).String(), "-9999")
	for s := mmio.ErrInvalid; s >= mmio.ErrUnsupported; s-- {
		if !strings.HasPrefix(s.String(), "MMIO_ERR_") || s.Error() == "" {
			t.Errorf("status %d is %q, %q", int(s), s.String(), s.Error())
		}
		wantEqual(t, s.String()+" is retryable", s.Retryable(), s == mmio.ErrBusy || s == mmio.ErrTimeout)
	}
	for status, standard := range map[mmio.Status]error{
		mmio.ErrInvalid:     fs.ErrInvalid,
		mmio.ErrClosed:      fs.ErrClosed,
		mmio.ErrNotFound:    fs.ErrNotExist,
		mmio.ErrExists:      fs.ErrExist,
		mmio.ErrAccess:      fs.ErrPermission,
		mmio.ErrTimeout:     os.ErrDeadlineExceeded,
		mmio.ErrUnsupported: errors.ErrUnsupported,
	} {
		wantErr(t, status, standard)
		wantErr(t, &mmio.Error{Status: status}, standard)
		wantErr(t, &mmio.Error{Status: status}, status)
	}
	if errors.Is(mmio.ErrRange, fs.ErrInvalid) || errors.Is(&mmio.Error{}, mmio.ErrRange) {
		t.Error("unrelated errors match")
	}
}

func TestLibrary(t *testing.T) {
	n := mmio.VersionNumber()
	wantEqual(t, "version", mmio.Version(), fmt.Sprintf("%d.%d.%d", n>>16, n>>8&0xff, n&0xff))
	wantEqual(t, "page size", mmio.PageSize(), int64(os.Getpagesize()))
	wantEqual(t, "granularity", mmio.MapGranularity()%mmio.PageSize(), 0)
	wantEqual(t, "largest size", mmio.MaxSize(), 128<<40)
	wantEqual(t, "an unknown feature", mmio.Has(9999), false)
	wantEqual(t, "growing in place", mmio.Has(mmio.FeatureGrowInPlace), true)
}

func TestResizeChangesTheFile(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	ctx := context.Background()
	for _, step := range []struct {
		size int64
		want string
	}{{7, "hello\x00\x00"}, {7, "hello\x00\x00"}, {2, "he"}, {4, "he\x00\x00"}} {
		if err := m.Resize(ctx, step.size); err != nil {
			t.Fatal(err)
		}
		wantEqual(t, "size", m.Size(), step.size)
		wantContent(t, m.Path(), step.want)
	}
}

func TestResizeFailures(t *testing.T) {
	ctx := context.Background()
	wantErr(t, mapOf(t, "hello", mmio.ModeRO).Resize(ctx, 0), mmio.ErrMode)
	m := mapOf(t, "hello", mmio.ModeRW)
	wantErr(t, m.Resize(ctx, 0), mmio.ErrInvalid)
	wantErr(t, m.Resize(ctx, mmio.MaxSize()+1), mmio.ErrTooLarge)
	wantErr(t, m.Resize(ctx, -1), mmio.ErrTooLarge)
	wantErr(t, m.Resize(ctx, math.MinInt64), mmio.ErrTooLarge)
	wantContent(t, m.Path(), "hello")
}

func TestViewsAreInTheWayOfShrinkingOnly(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	v := must(m.View(0, 5))
	defer v.Release()
	wantEqual(t, "error of growing", m.TryResize(9), nil)
	wantEqual(t, "error of shrinking to the view's end", m.TryResize(5), nil)
	wantErr(t, m.TryResize(4), mmio.ErrBusy)
	wantBytes(t, v.Bytes(), "hello")
}

func TestResizeGivesUpWithItsContext(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	v := must(m.View(0, 5))
	defer v.Release()

	limited, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	err := m.Resize(limited, 1)
	wantErr(t, err, mmio.ErrTimeout)
	wantErr(t, err, context.DeadlineExceeded)

	canceled, cancel := context.WithCancel(context.Background())
	time.AfterFunc(30*time.Millisecond, cancel)
	wantErr(t, m.Resize(canceled, 1), context.Canceled)
	wantErr(t, m.Resize(canceled, 1), context.Canceled)
	wantContent(t, m.Path(), "hello")
}

// The view may well be of the thread that waits; the other goroutine releases it nevertheless.
func TestResizeWithoutLimitWaitsForOtherGoroutines(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	v := must(m.View(0, 5))
	shrunk := make(chan error)
	go func() { shrunk <- m.Resize(context.Background(), 1) }()
	select {
	case err := <-shrunk:
		t.Fatalf("did not wait: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	v.Release()
	wantEqual(t, "error", <-shrunk, nil)
	wantContent(t, m.Path(), "h")
}
