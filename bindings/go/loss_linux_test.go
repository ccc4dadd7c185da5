// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

// A device that fails to take what was written, below real file systems.

// place is where the tests write.
const place = 1 << 20

// failingDisk says what to do with the disk of the current directory; see the script.
func failingDisk(arguments ...string) *exec.Cmd {
	return exec.Command(os.Getenv("MMIO_ROOT")+"/tests/support/failing_disk.sh", arguments...)
}

// onFailingDisks runs the body in a process of its own beside a disk of each kind.
func onFailingDisks(t *testing.T, kinds []string, body func(t *testing.T)) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			around := failingDisk("around", kind).Args
			if output, err := alone(t, "", "", body, around...); err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}

func setDisk(t *testing.T, command string) {
	t.Helper()
	if output, err := failingDisk(command).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}

func wantOnDevice(t *testing.T, want string) {
	t.Helper()
	size := strconv.Itoa(len(want))
	wantBytes(t, must(failingDisk("show", strconv.Itoa(place), size).Output()), want)
}

func mapOfDisk(t *testing.T) *mmio.Map {
	t.Helper()
	m, err := mmio.OpenFile(filepath.Join("disk", "f"), &rw)
	return closing(t, m, err)
}

// lose writes a byte that the device does not take. The first flush tells it as it is: lose returns
// the system's code.
func lose(t *testing.T, m *mmio.Map) (code syscall.Errno) {
	t.Helper()
	must(m.WriteAt([]byte("y"), place))
	setDisk(t, "fail")
	wantRefused(t, m.Flush(mmio.FlushData), &code)
	return code
}

// wantRefused is what a device that fails makes of a call.
func wantRefused(t *testing.T, err error, code *syscall.Errno) {
	t.Helper()
	isTold := errors.Is(err, mmio.ErrIO) || errors.Is(err, mmio.ErrNoSpace)
	if !isTold || !errors.As(err, code) {
		t.Fatalf("error is %v, want ErrIO or ErrNoSpace with a system's code", err)
	}
}

func wantLost(t *testing.T, err error, code syscall.Errno) {
	t.Helper()
	wantErr(t, err, mmio.ErrLost)
	wantErr(t, err, code)
}

func wantEveryCallToTell(t *testing.T, m *mmio.Map, code syscall.Errno) {
	t.Helper()
	for _, level := range []mmio.FlushLevel{mmio.FlushData, mmio.FlushStart, mmio.FlushFull} {
		wantLost(t, m.Flush(level), code)
		wantLost(t, m.FlushRange(10, 10, level), code)
	}
	wantErr(t, m.SetPolicy(mmio.PolicyAlways, 0), nil)
	_, err := m.WriteAt([]byte("a"), 0)
	wantLost(t, err, code)
	wantErr(t, m.SetPolicy(mmio.PolicyManual, 0), nil)
	_, err = m.IntoFile()
	wantLost(t, err, code)
	wantEqual(t, "code of the loss", must(m.Info()).LostCode, int(code))
}

func wantNoLoss(t *testing.T, m *mmio.Map) {
	t.Helper()
	wantErr(t, m.Flush(mmio.FlushFull), nil)
	wantErr(t, m.FlushRange(10, 10, mmio.FlushData), nil)
	wantEqual(t, "code of the loss", must(m.Info()).LostCode, 0)
}

func TestALossIsToldUntilTheBytesAreWrittenAnew(t *testing.T) {
	onFailingDisks(t, []string{"ext4", "xfs"}, func(t *testing.T) {
		m := mapOfDisk(t)
		code := lose(t, m)
		wantEveryCallToTell(t, m, code)
		wantRefused(t, m.RewriteLost(mmio.FlushData), &code)
		setDisk(t, "heal")
		wantEveryCallToTell(t, m, code)
		wantOnDevice(t, "\x00")
		wantErr(t, m.RewriteLost(mmio.FlushFull), nil)
		wantOnDevice(t, "y")
		wantNoLoss(t, m)
		wantErr(t, m.Close(), nil)
	})
}

func TestEachMapTellsOfALossUntilItIsAcknowledged(t *testing.T) {
	onFailingDisks(t, []string{"ext4", "xfs", "btrfs"}, func(t *testing.T) {
		m, other := mapOfDisk(t), mapOfDisk(t)
		code := lose(t, m)
		later := mapOfDisk(t)
		setDisk(t, "heal")
		for _, each := range []*mmio.Map{m, other, later} {
			wantEveryCallToTell(t, each, code)
			wantErr(t, each.AcknowledgeLoss(), nil)
			wantEqual(t, "code of the loss", must(each.Info()).LostCode, 0)
			wantErr(t, each.Close(), nil)
		}
	})
}

func TestClosingTellsOfALossOnce(t *testing.T) {
	onFailingDisks(t, []string{"ext4", "xfs", "btrfs"}, func(t *testing.T) {
		m := mapOfDisk(t)
		code := lose(t, m)
		wantLost(t, m.Close(), code)
		wantErr(t, m.Close(), nil)
		wantErr(t, m.RewriteLost(mmio.FlushData), mmio.ErrClosed)
		wantErr(t, m.AcknowledgeLoss(), mmio.ErrClosed)
	})
}
