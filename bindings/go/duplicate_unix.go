// SPDX-License-Identifier: Apache-2.0

//go:build cgo && unix

package mmio

import (
	"os"
	"syscall"
)

// duplicate returns a close-on-exec copy of f's descriptor. Control keeps f open meanwhile, and
// fails only if f is closed.
func duplicate(f *os.File) (copied int, dupErr error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	err = conn.Control(func(fd uintptr) {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		if copied, dupErr = syscall.Dup(int(fd)); dupErr == nil {
			syscall.CloseOnExec(copied)
		}
	})
	if err != nil {
		return -1, os.ErrClosed
	}
	return copied, dupErr
}
