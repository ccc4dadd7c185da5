// SPDX-License-Identifier: Apache-2.0

package mmio

// Guard is what the process does about faults: accesses to mapped bytes that are gone, because
// another process cut the file, the disk behind a sparse file is full, or the device fails.
//
// Without a guard one in a call ends the process, and so does one in Go code, unless
// debug.SetPanicOnFault makes a panic of it. With one, calls answer ErrFault; under GuardSignal
// Options.OnFault says what becomes of faults in Go code.
type Guard uint32

// The guards, for [SetFaultGuard].
const (
	// [[[cog tables.go("MMIO_GUARD_", "Guard") ]]]

	// GuardOff: faults go wherever they went before.
	GuardOff Guard = 0
	// GuardSignal: the library handles SIGBUS, and passes on to whoever was there before it all
	// that is not its own. It costs nothing until there is a fault.
	GuardSignal Guard = 1
	// GuardSyscall: no handler: the library uses mapped bytes by system calls, which answer instead
	// of faulting. A copy of 64 bytes takes 100 times as long, and views are not guarded. Atomic
	// operations ask the system for their page first; one that is cut off right after that still
	// ends the process.
	GuardSyscall Guard = 2
	// [[[end]]]
)

// OnFault is what becomes of faults in the program's own code, such as a loop over the bytes of a
// View, under GuardSignal.
//
// Once they were absorbed, every call on the map but Info and Close answers ErrFault, and so does
// Close of a map that can be written.
type OnFault uint32

// What becomes of them.
const (
	// [[[cog tables.go("MMIO_ON_FAULT_", "OnFault") ]]]

	// OnFaultDefault: OnFaultAbsorb for ModeRO and ModeCOW, else OnFaultNever.
	OnFaultDefault OnFault = 0
	// OnFaultAbsorb: zeros take the place of the bytes that are gone. What is written to them is
	// lost, which flushing, writing and [Map.Close] answer with ErrFault, and the file's later
	// growth is not seen.
	OnFaultAbsorb OnFault = 1
	// OnFaultNever: they go wherever they went before the guard.
	OnFaultNever OnFault = 2
	// [[[end]]]
)

// Cause is why bytes are gone, as the file tells it after the fault.
type Cause uint32

// The causes.
const (
	// [[[cog tables.go("MMIO_CAUSE_", "Cause") ]]]

	// CauseUnknown: nothing is wrong with the file any more, or the system does not say.
	CauseUnknown Cause = 0
	// CauseTruncated: the file was cut; Error.Limit is what is left of the map.
	CauseTruncated Cause = 1
	// CauseIO: the device fails; Error.OSCode is what it answers to reading.
	CauseIO Cause = 2
	// CauseNoSpace: there is no room for bytes that have had no place on the disk so far.
	CauseNoSpace Cause = 3
	// CauseReadOnly: the file, or its file system, has become read-only.
	CauseReadOnly Cause = 4
	// [[[end]]]
)
