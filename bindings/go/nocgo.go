// SPDX-License-Identifier: Apache-2.0

//go:build !cgo

package mmio

import (
	"iter"
	"os"
	"strconv"
	"time"
	"unsafe"
)

// Without cgo there is no library to call. The package compiles, so that programs that can do
// without maps still build, and whatever would make one says what is missing. The documentation is
// at the real declarations.
var errNoCgo = &Error{
	Status: ErrUnsupported,
	message: "mmio: this program was built without cgo, which package mmio needs: " +
		"build it with CGO_ENABLED=1 and a C compiler",
}

func Open(string) (*Map, error)                 { return nil, errNoCgo }
func Create(string, int64) (*Map, error)        { return nil, errNoCgo }
func OpenFile(string, *Options) (*Map, error)   { return nil, errNoCgo }
func FromFile(*os.File, *Options) (*Map, error) { return nil, errNoCgo }
func Anonymous(int64, *Options) (*Map, error)   { return nil, errNoCgo }
func SetFaultGuard(Guard) error                 { return errNoCgo }
func FaultGuard() Guard                         { return GuardOff }
func Version() string                           { return "" }
func VersionNumber() uint32                     { return 0 }
func PageSize() int64                           { return 0 }
func MapGranularity() int64                     { return 0 }
func MaxSize() int64                            { return 0 }
func Has(Feature) bool                          { return false }
func (s Status) String() string                 { return strconv.Itoa(int(s)) }
func (s Status) Error() string                  { return "mmio status " + s.String() }
func (s Status) Retryable() bool                { return s == ErrBusy || s == ErrTimeout }

// Map, View and Run have no values of use without cgo; their methods serve nil and zero ones.
type Map struct{}

func (m *Map) Close() error                                          { return errNoCgo }
func (m *Map) IntoFile() (*os.File, error)                           { return nil, errNoCgo }
func (m *Map) Size() int64                                           { return 0 }
func (m *Map) Mode() Mode                                            { return ModeDefault }
func (m *Map) Path() string                                          { return "" }
func (m *Map) Pending() int64                                        { return 0 }
func (m *Map) Info() (Info, error)                                   { return Info{}, errNoCgo }
func (m *Map) Pointer() (unsafe.Pointer, error)                      { return nil, errNoCgo }
func (m *Map) WritablePointer() (unsafe.Pointer, error)              { return nil, errNoCgo }
func (m *Map) ReadAt([]byte, int64) (int, error)                     { return 0, errNoCgo }
func (m *Map) WriteAt([]byte, int64) (int, error)                    { return 0, errNoCgo }
func (m *Map) Flush(FlushLevel) error                                { return errNoCgo }
func (m *Map) FlushRange(int64, int64, FlushLevel) error             { return errNoCgo }
func (m *Map) RewriteLost(FlushLevel) error                          { return errNoCgo }
func (m *Map) AcknowledgeLoss() error                                { return errNoCgo }
func (m *Map) SetPolicy(FlushPolicy, int64) error                    { return errNoCgo }
func (m *Map) View(int64, int64) (*View, error)                      { return nil, errNoCgo }
func (m *Map) WritableView(int64, int64) (*View, error)              { return nil, errNoCgo }
func (m *Map) Uint32s(int64, int64) (r Run[uint32], _ error)         { return r, errNoCgo }
func (m *Map) Uint64s(int64, int64) (r Run[uint64], _ error)         { return r, errNoCgo }
func (m *Map) Walk(int64) iter.Seq2[[]byte, error]                   { return walkNowhere }
func (m *Map) WritableWalk(int64) iter.Seq2[[]byte, error]           { return walkNowhere }
func (m *Map) readAt([]byte, int64, time.Duration) (int, error)      { return 0, errNoCgo }
func (m *Map) writeAt([]byte, int64, time.Duration) (int, error)     { return 0, errNoCgo }
func (m *Map) CheckFaults() error                                    { return errNoCgo }
func (m *Map) resize(int64, time.Duration) error                     { return errNoCgo }
func (m *Map) apply32(cellOp, int64, uint32, uint32) (uint32, error) { return 0, errNoCgo }
func (m *Map) apply64(cellOp, int64, uint64, uint64) (uint64, error) { return 0, errNoCgo }

func walkNowhere(yield func([]byte, error) bool) { yield(nil, errNoCgo) }

type View struct{}

func (v *View) Bytes() []byte { return nil }
func (v *View) Release()      {}

type Run[T uint32 | uint64] struct{ *View }

func (r Run[T]) Cells() []T { return nil }
