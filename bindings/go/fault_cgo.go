// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio

/*
#cgo noescape mmio_fault_guard
#cgo nocallback mmio_fault_guard
#cgo noescape mmio_map_check_faults
#cgo nocallback mmio_map_check_faults
#include "binding.h"
*/
import "C"

import (
	"fmt"
	"os"
	"sync/atomic"
)

const guardVariable = "MMIO_FAULT_GUARD"

// guardRefusal is what is wrong with the environment's choice, until the program makes its own.
var guardRefusal atomic.Pointer[Error]

// Go's own handlers are in place by now, as they must be: they take the place of earlier ones.
func init() { guardRefusal.Store(guardByEnvironment(os.Getenv(guardVariable))) }

func guardByEnvironment(choice string) *Error {
	switch choice {
	case "":
		setGuard(GuardSignal) // Where it does not work, there is none.
		return nil
	case "signal":
		return setGuard(GuardSignal)
	case "syscall":
		return setGuard(GuardSyscall)
	case "off":
		return nil
	}
	return &Error{
		Op:     "fault guard",
		Status: ErrInvalid,
		message: fmt.Sprintf("mmio: the environment variable %s is %q, "+
			"but must be signal, syscall or off", guardVariable, choice),
	}
}

func setGuard(guard Guard) *Error {
	var e C.mmio_error
	if C.mmio_fault_guard(C.uint32_t(guard), &e) == C.MMIO_OK {
		return nil
	}
	return newError("fault guard", "", e)
}

// checkGuard begins whatever makes a Map: none is made under a guard that nobody has asked for.
func checkGuard() error {
	if refusal := guardRefusal.Load(); refusal != nil {
		return refusal
	}
	return nil
}

// SetFaultGuard chooses the guard of the process, for this package and all else that uses the
// library. Before the program calls it, the environment variable MMIO_FAULT_GUARD has chosen:
// signal, syscall or off. If that is not set, the guard is GuardSignal where it works; if it is
// anything else, opening a map answers ErrInvalid.
//
// The bytes of maps that were opened under another guard than GuardSignal stay unguarded against
// the program's own accesses.
//
// Errors: ErrInvalid; ErrUnsupported if GuardSignal does not work on this processor.
func SetFaultGuard(guard Guard) error {
	if err := setGuard(guard); err != nil {
		return err
	}
	guardRefusal.Store(nil)
	return nil
}

// FaultGuard returns the guard of the process.
func FaultGuard() Guard { return Guard(C.mmio_fault_guard_now()) }

// CheckFaults answers ErrFault unless all bytes of the map are there: none was lost to a fault, and
// the file has not become shorter than the map. The first Offset that is gone is in the error.
//
// Without any fault the bytes between the end of a file that was cut and the end of its last page
// read as zero; this tells. It looks at the file's length only, not at its bytes.
func (m *Map) CheckFaults() error {
	var e C.mmio_error
	C.mmio_map_check_faults(m.pointer(), &e)
	return m.check("check faults", &e)
}
