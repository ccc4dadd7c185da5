// SPDX-License-Identifier: Apache-2.0

package mmio

import "io/fs"

// Mode is how a map may be used.
type Mode uint32

// The modes.
const (
	// [[[cog tables.go("MMIO_MODE_", "Mode") ]]]

	// ModeDefault: ModeRO for DispositionOpen of a file, ModeRW for all else.
	ModeDefault Mode = 0
	// ModeRO: shared, for reading.
	ModeRO Mode = 1
	// ModeRW: shared, for reading and writing: every write is at once visible to all users of the
	// file.
	ModeRW Mode = 2
	// ModeCOW: private, for reading. Needs read permission only, as does ModeCOWRW.
	ModeCOW Mode = 3
	// ModeCOWRW: private, for reading and writing: what is written stays in this map and never
	// reaches the file.
	ModeCOWRW Mode = 4
	// [[[end]]]
)

// Disposition is what to do with a file that exists, and with one that does not.
type Disposition uint32

// The dispositions.
const (
	// [[[cog tables.go("MMIO_DISPOSITION_", "Disposition") ]]]

	// DispositionOpen: the file must exist.
	DispositionOpen Disposition = 0
	// DispositionCreate: create the file, or cut an existing one to length 0; then extend it to
	// Options.Size.
	DispositionCreate Disposition = 1
	// DispositionCreateNew: create the file; it must not exist. Of racing creators exactly one
	// wins.
	DispositionCreateNew Disposition = 2
	// DispositionOpenOrCreate: open the file and keep its contents; create or extend it to
	// Options.Size only if it is missing or empty.
	DispositionOpenOrCreate Disposition = 3
	// [[[end]]]
)

// OpenFlags are bits that change how a file is opened.
type OpenFlags uint32

// The flags.
const (
	// [[[cog tables.go("MMIO_OPEN_", "OpenFlags") ]]]

	// OpenAllocate: reserve real disk blocks at creation and at growth, so that a full disk is
	// ErrNoSpace then and not a fault later. Without it new files are sparse. ErrUnsupported where
	// the file system cannot; never emulated by writing.
	OpenAllocate OpenFlags = 1
	// OpenNoFollow: fail with ErrAccess if the last component of the path is a symbolic link.
	OpenNoFollow OpenFlags = 2
	// OpenBeneath: fail with ErrAccess if the path leads out of the current directory, by "..", by
	// being absolute or by symbolic links. ErrUnsupported where the system cannot promise that.
	OpenBeneath OpenFlags = 4
	// OpenHugePages: use huge pages if the system has them to give, and never fail because it has
	// not.
	OpenHugePages OpenFlags = 8
	// OpenLocal: fail with ErrUnsupported if the file is on a network file system. Nothing is
	// created or cut then.
	OpenLocal OpenFlags = 16
	// OpenDefer: map the file when it is first used other than by a few short calls of
	// [Map.ReadAt], which read the file instead: for programs that look at little of each of many
	// files. ModeRO only. What mapping answers at opening otherwise, the call that maps does.
	// TouchEager overrides it.
	OpenDefer OpenFlags = 32
	// [[[end]]]
)

// Touch is when the pages of a map are read in.
type Touch uint32

// The touch hints.
const (
	// [[[cog tables.go("MMIO_TOUCH_", "Touch") ]]]

	// TouchNever: pages are read in when first used.
	TouchNever Touch = 0
	// TouchEager: all pages are read in while opening. Failing to is not an error.
	TouchEager Touch = 1
	// TouchLazy: the same as TouchNever, for those who want to say so.
	TouchLazy Touch = 2
	// [[[end]]]
)

// Options say how to open a map. The zero value and nil are the defaults.
type Options struct {
	Mode        Mode
	Disposition Disposition
	Flags       OpenFlags
	Size        int64       // Size of a created file, 1 to MaxSize.
	Reserve     int64       // Address space to set aside for growth; 0 lets the library choose.
	Permissions fs.FileMode // Permission bits of a created file, less the umask. 0: 0600.
	Touch       Touch
	OnFault     OnFault // What becomes of the program's own accesses to bytes that are gone.
}

// Kind is what stands behind a map.
type Kind uint32

// The kinds.
const (
	// [[[cog tables.go("MMIO_KIND_", "Kind") ]]]

	// KindFile: a mapped file.
	KindFile Kind = 1
	// KindAnonymous: memory without a file.
	KindAnonymous Kind = 2
	// KindShared: memory that other processes can map too.
	KindShared Kind = 3
	// [[[end]]]
)

// Info is what is known about a map.
type Info struct {
	Mode    Mode    // Never ModeDefault.
	Kind    Kind    // File or memory.
	Holders int     // Holders in the process; 1, since Go shares a Map by its pointer.
	Size    int64   // Present size.
	Reserve int64   // Address space set aside: up to here growth does not move the map.
	Pending int64   // As Map.Pending.
	Handle  uintptr // File descriptor or HANDLE, still the map's.
	Views   int64   // Live views and walks.
	Faults  int64   // Times that zeros took the place of bytes: see OnFaultAbsorb.

	LostCode int // The system's code of a loss that Map.Flush tells of; 0 if there is none.
}

// FlushLevel is how far a flush goes.
type FlushLevel uint32

// The levels.
const (
	// [[[cog tables.go("MMIO_FLUSH_", "FlushLevel", without=("MMIO_FLUSH_NONE",)) ]]]

	// FlushData: the bytes, and what is needed to read them back, are on the device when the call
	// returns.
	FlushData FlushLevel = 0
	// FlushStart: writing back has begun; nothing is promised.
	FlushStart FlushLevel = 1
	// FlushFull: as FlushData, with all of the file's metadata, and through the device's own cache
	// even where FlushData stops before it (macOS).
	FlushFull FlushLevel = 2
	// [[[end]]]
)

// FlushPolicy is when a map flushes by itself.
type FlushPolicy uint32

// The policies, for [Map.SetPolicy].
const (
	// [[[cog tables.go("MMIO_POLICY_", "FlushPolicy") ]]]

	// PolicyManual: only [Map.Flush] and [Map.FlushRange] flush.
	PolicyManual FlushPolicy = 0
	// PolicyAlways: each write flushes before it returns.
	PolicyAlways FlushPolicy = 1
	// PolicyEveryBytes: the write that makes it so many bytes since the last flush flushes.
	PolicyEveryBytes FlushPolicy = 2
	// PolicyEveryWrites: the write that makes it so many writes since the last flush flushes.
	PolicyEveryWrites FlushPolicy = 3
	// PolicyEveryMillis: a thread of the library flushes so many milliseconds after something
	// became pending.
	PolicyEveryMillis FlushPolicy = 4
	// [[[end]]]
)

// Feature is something that not every system or build can do.
type Feature uint32

// The features, for [Has].
const (
	// [[[cog tables.go("MMIO_FEATURE_", "Feature") ]]]

	// FeatureGrowInPlace: growing inside the reservation keeps the base address and waits for
	// nobody.
	FeatureGrowInPlace Feature = 1
	// FeatureCheapPins: pinning costs plain stores, because the system can fence all threads at
	// once.
	FeatureCheapPins Feature = 2
	// FeatureDurableFlush: FlushData survives power loss, not only a crash of the process.
	FeatureDurableFlush Feature = 3
	// FeatureOpenBeneath: OpenBeneath works.
	FeatureOpenBeneath Feature = 4
	// FeatureSeals: shared memory can be sealed.
	FeatureSeals Feature = 5
	// FeatureHugePages: the system has huge pages, so that OpenHugePages can have an effect.
	FeatureHugePages Feature = 6
	// FeatureWatch: files can be watched.
	FeatureWatch Feature = 7
	// FeatureRangeLocks: ranges of files can be locked.
	FeatureRangeLocks Feature = 8
	// FeatureWait: cells can be waited for, across processes.
	FeatureWait Feature = 9
	// FeaturePressure: memory pressure can be waited for.
	FeaturePressure Feature = 10
	// FeatureDirtyPages: dirty pages are told from clean ones.
	FeatureDirtyPages Feature = 11
	// FeaturePopulate: pages are read in by one call, while opening and later.
	FeaturePopulate Feature = 12
	// [[[end]]]
)
