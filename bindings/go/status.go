// SPDX-License-Identifier: Apache-2.0

package mmio

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Status is the kind of a failure. Each is an error that errors.Is finds in an [*Error].
//
// Later versions of the library may answer numbers that have no constant here.
type Status int32

// The statuses.
const (
	// [[[cog tables.go("MMIO_ERR_", "Status") ]]]

	// ErrInvalid: an argument is wrong: NULL, unknown flag bit, bad option struct, wrong
	// combination.
	ErrInvalid Status = -1
	// ErrClosed: the map was shut down, or the object closed, be it while the call waited.
	ErrClosed Status = -2
	// ErrRange: offset + size overflows or exceeds the present size of the map or file.
	ErrRange Status = -3
	// ErrMode: the map's mode does not allow this: a write to a read-only map, a resize of a
	// private one.
	ErrMode Status = -4
	// ErrAlign: the offset is not a multiple of the required alignment.
	ErrAlign Status = -5
	// ErrTooLarge: the size is above [MaxSize], or more than this system can address.
	ErrTooLarge Status = -6
	// ErrNotFound: no such file, or no such parent directory.
	ErrNotFound Status = -7
	// ErrExists: the file exists already.
	ErrExists Status = -8
	// ErrAccess: the system denies access: permissions, a read-only file system, a refused symbolic
	// link.
	ErrAccess Status = -9
	// ErrNotFile: a directory, FIFO, socket or device where a regular file is needed.
	ErrNotFile Status = -10
	// ErrNoSpace: the file system, a quota or the file-size limit of the process is exhausted.
	ErrNoSpace Status = -11
	// ErrNoMemory: the system has no memory or address space left.
	ErrNoMemory Status = -12
	// ErrLimit: a limit of the process or system on descriptors, mappings or watches is reached.
	ErrLimit Status = -13
	// ErrBusy: somebody else is in the way, and the call was asked not to wait. Trying again may
	// succeed.
	ErrBusy Status = -14
	// ErrTimeout: somebody else was in the way until the time-out. Trying again may succeed.
	ErrTimeout Status = -15
	// ErrDeadlock: waiting would never end: only the calling thread itself is in the way.
	ErrDeadlock Status = -16
	// ErrIO: the system or the device reports an error that no other status names.
	ErrIO Status = -17
	// ErrUnsupported: this build or this system cannot do it.
	ErrUnsupported Status = -18
	// ErrFault: bytes are gone from under the map: its file was cut, or the device fails.
	ErrFault Status = -19
	// ErrCancelled: the caller asked to stop: by the answer of its own function, by cancelling, by
	// closing.
	ErrCancelled Status = -20
	// ErrForked: the object was made before fork(), and what it needs stayed with the parent
	// process.
	ErrForked Status = -21
	// ErrLost: written bytes did not reach the device, and nobody saw to them since. See
	// [Map.Flush].
	ErrLost Status = -22
	// [[[end]]]
)

// Is reports whether target is the standard library's error for the same failure.
func (s Status) Is(target error) bool {
	switch s {
	case ErrInvalid:
		return target == fs.ErrInvalid
	case ErrClosed:
		return target == fs.ErrClosed
	case ErrNotFound:
		return target == fs.ErrNotExist
	case ErrExists:
		return target == fs.ErrExist
	case ErrAccess:
		return target == fs.ErrPermission
	case ErrTimeout:
		return target == os.ErrDeadlineExceeded
	case ErrUnsupported:
		return target == errors.ErrUnsupported
	}
	return false
}

// Error is a failed call. errors.Is matches it with its Status.
//
// The numbers are those of the failed request and stay 0 where they mean nothing.
type Error struct {
	Op     string // What was tried: "open", "view", "resize" ...
	Path   string // Path of the file, "" if there is none.
	Status Status // The kind of failure.
	OSCode int    // errno or GetLastError() of the system call that failed; 0 if none.
	Offset int64  // Offset asked for. ErrFault: of the first byte that is gone.
	Size   int64  // Size asked for.
	Limit  int64  // The bound that was missed: map size, alignment or largest size.
	Done   int64  // ErrFault: bytes done before the fault.
	Cause  Cause  // ErrFault: why the bytes are gone.

	message string
}

// Error returns the library's message: operation, path, numbers and the system's text.
func (e *Error) Error() string { return e.message }

// Is reports whether target is the error's Status or its counterpart in the standard library.
func (e *Error) Is(target error) bool { return target == e.Status || e.Status.Is(target) }

// Unwrap returns the syscall.Errno of the system call that failed, or nil.
func (e *Error) Unwrap() error {
	if e.OSCode == 0 {
		return nil
	}
	return syscall.Errno(e.OSCode)
}
