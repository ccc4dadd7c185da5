// SPDX-License-Identifier: Apache-2.0

// Package mmio maps files into memory with libmmio.
//
// A [Map] is a mapped file, or mapped memory without one. [Open], [Create] and [OpenFile] follow
// their namesakes in package os:
//
//	m, err := mmio.Open("data.bin")
//	if err != nil {
//		return err
//	}
//	defer m.Close()
//	view, err := m.View(0, m.Size())
//	if err != nil {
//		return err
//	}
//	defer view.Release()
//	sum := crc32.ChecksumIEEE(view.Bytes())
//
// # Offsets and sizes
//
// All are bytes and of type int64, as in package os. A range of size 0 is accepted at any offset
// and does nothing. Any other range must lie within the map's present size, else the error is
// [ErrRange]; nothing is ever clamped, but for [Map.ReadAt], which ends with io.EOF as every
// io.ReaderAt does. A negative number counts as one above the largest size.
//
// # Errors
//
// Every error of the library is an [*Error] and matches one of the statuses ([ErrRange],
// [ErrMode] ...) under errors.Is, and where there is one, the error of package io/fs that means the
// same: fs.ErrNotExist, fs.ErrExist, fs.ErrPermission, fs.ErrClosed, fs.ErrInvalid. It unwraps to
// the syscall.Errno of the system call that failed.
//
// Wrong use is an error too: a call on a closed Map answers [ErrClosed], one on a nil Map
// [ErrInvalid].
//
// # Views and lifetime
//
// [Map.View] borrows bytes of the mapping without copying them. The slice that [View.Bytes] returns
// is memory that Go does not manage: it is valid until [View.Release] and must not be used after
// it. The slice alone does not keep its View reachable, and a View that becomes unreachable is
// released by the garbage collector, so hold on to the View while its bytes are in use; a deferred
// Release does that. Storing into the bytes of a View that was not asked for as writable is not
// allowed; on a read-only map it ends the program.
//
// Views outlive [Map.Close]: their bytes stay mapped until the last of them is released. A Map that
// becomes unreachable is closed by the garbage collector.
//
// # Faults
//
// Others may take bytes from under a map: by cutting its file, by filling the disk behind a sparse
// file, or because the device fails. When the package is loaded it sets [GuardSignal] up, unless
// the environment variable MMIO_FAULT_GUARD says otherwise; see [SetFaultGuard]. Then every call
// that meets such bytes answers [ErrFault], with the bytes done before and the cause. Go code that
// reads the bytes of a View of a ModeRO or ModeCOW map goes on with zeros, and the map tells of it
// from then on; for other maps [Options] has OnFault. Where nothing takes the place of the bytes, a
// fault is Go's own: it ends the program, or panics under debug.SetPanicOnFault.
//
// # Losses
//
// A device may fail to take what was written. From the first failure on, flushing and closing answer
// [ErrLost] with its code until [Map.RewriteLost] succeeds or [Map.AcknowledgeLoss] is called; see
// [Map.Flush].
//
// # Concurrency
//
// Any goroutine may call anything at any time, on the same Map and View. Bytes shared through views
// are ordinary memory: use [Map.Uint32], [Map.Uint64], [Map.Uint32s] or [Map.Uint64s] for cells that
// several goroutines or processes change.
//
// # Building
//
// The package needs cgo and a C compiler, and brings the library's own source: nothing has to be
// installed. With the build tag mmio_system it uses the library that pkg-config finds, as
// distributions want it. Without cgo everything compiles, and every call answers [ErrUnsupported].
package mmio
