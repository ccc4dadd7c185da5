// SPDX-License-Identifier: Apache-2.0

package mmio

// Guard is what the process does about faults: accesses to mapped bytes that are gone, because
// another process cut the file, the disk behind a sparse file is full, or the device fails.
type Guard uint32

// The guards, for [SetFaultGuard].
const (
	// GuardOff: a fault in a call ends the process, one in Go code too, unless
	// debug.SetPanicOnFault makes a panic of it.
	GuardOff Guard = 0
	// GuardSignal: calls answer ErrFault, and Options.OnFault says what becomes of the program's
	// own accesses. The library handles SIGBUS, and passes on to Go what is not its own. It costs
	// nothing until there is a fault.
	GuardSignal Guard = 1
	// GuardSyscall: calls answer ErrFault without a signal handler. A short copy takes 100 times
	// as long, and the program's own accesses are not guarded.
	GuardSyscall Guard = 2
)

// OnFault is what becomes of faults in the program's own code, such as a loop over the bytes of a
// View, under GuardSignal.
type OnFault uint32

// What becomes of them.
const (
	// OnFaultDefault is OnFaultAbsorb for ModeRO and ModeCOW, else OnFaultNever.
	OnFaultDefault OnFault = 0
	// OnFaultAbsorb: zeros take the place of the bytes that are gone, and the program goes on. What
	// is written to them is lost. From then on every call on the map but Info and Close answers
	// ErrFault, and Close of a map that can be written does, too.
	OnFaultAbsorb OnFault = 1
	// OnFaultNever: Go's own behaviour, as under GuardOff.
	OnFaultNever OnFault = 2
)

// Cause is why bytes are gone, as the file tells it after the fault.
type Cause uint32

// The causes.
const (
	// CauseUnknown: nothing is wrong with the file any more, or the system does not say.
	CauseUnknown Cause = 0
	// CauseTruncated: the file was cut; Error.Limit is what is left of the map.
	CauseTruncated Cause = 1
	// CauseIO: the device fails; Error.OSCode is what it answers to reading.
	CauseIO Cause = 2
	// CauseNoSpace: there is no room for bytes that have had no place on the disk so far.
	CauseNoSpace Cause = 3
	// CauseReadOnly: the file was made immutable.
	CauseReadOnly Cause = 4
)
