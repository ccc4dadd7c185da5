// SPDX-License-Identifier: Apache-2.0

package mmio

import (
	"context"
	"time"
)

// ReadAtContext is ReadAt that waits for a write under way until ctx is done; the error then
// matches both ErrTimeout and ctx's own. Nothing is tried if ctx is done already.
func (m *Map) ReadAtContext(ctx context.Context, p []byte, off int64) (n int, err error) {
	err = within(ctx, "read", func(timeout time.Duration) (err error) {
		n, err = m.readAt(p, off, timeout)
		return err
	})
	return n, err
}

// TryReadAt is ReadAt that does not wait: ErrBusy if a write is under way.
func (m *Map) TryReadAt(p []byte, off int64) (n int, err error) { return m.readAt(p, off, 0) }

// WriteAtContext is WriteAt that waits for a copy under way until ctx is done, as ReadAtContext.
func (m *Map) WriteAtContext(ctx context.Context, p []byte, off int64) (n int, err error) {
	err = within(ctx, "write", func(timeout time.Duration) (err error) {
		n, err = m.writeAt(p, off, timeout)
		return err
	})
	return n, err
}

// TryWriteAt is WriteAt that does not wait: ErrBusy if a copy is under way.
func (m *Map) TryWriteAt(p []byte, off int64) (n int, err error) { return m.writeAt(p, off, 0) }
