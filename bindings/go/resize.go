// SPDX-License-Identifier: Apache-2.0

package mmio

import (
	"context"
	"time"
)

// Resize changes the length of the backing file and of the map, 1 to MaxSize.
//
// Growing never waits: bytes added read as zero, and every view keeps its address and contents.
// Shrinking waits for views that reach beyond size until ctx is done; the error then matches both
// ErrTimeout and ctx's own. Nothing is tried if ctx is done already. With a ctx that never ends,
// a goroutine waits for its own views for ever. Bytes cut off are gone: they read as zero after a
// later growth. If it fails, file, map and address are as before.
//
// Errors: ErrMode unless the map is ModeRW; ErrInvalid for size 0; ErrTooLarge; ErrNoSpace.
func (m *Map) Resize(ctx context.Context, size int64) error {
	// Never without a time-out: the library would answer ErrDeadlock for views that the calling
	// thread acquired, and those may belong to any goroutine that ran on it.
	return within(ctx, "resize", func(timeout time.Duration) error { return m.resize(size, timeout) })
}

// TryResize is Resize that does not wait: ErrBusy if a view reaches beyond size.
func (m *Map) TryResize(size int64) error { return m.resize(size, 0) }
