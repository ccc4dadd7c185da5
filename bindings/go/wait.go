// SPDX-License-Identifier: Apache-2.0

package mmio

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// waitSlice is the longest that a call of the library waits before it looks at its context again.
const waitSlice = 20 * time.Millisecond

// within calls try, which takes a time-out, until it answers something else than that or ctx is
// done; the error then matches both ErrTimeout and ctx's own. Nothing is tried if ctx is done
// already.
func within(ctx context.Context, what string, try func(timeout time.Duration) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("mmio: %s: %w", what, err)
	}
	for {
		err := try(nextWait(ctx))
		if !errors.Is(err, ErrTimeout) {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%w: %w", err, ctx.Err())
		}
	}
}

// nextWait returns how long to wait before looking at ctx again: whole milliseconds, at least one.
func nextWait(ctx context.Context) time.Duration {
	wait := waitSlice
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(deadline))
	}
	return max(wait.Round(time.Millisecond), time.Millisecond)
}
