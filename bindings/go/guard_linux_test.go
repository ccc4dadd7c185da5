// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

// Who chooses the guard, and what it leaves to others.

func TestTheEnvironmentChoosesTheGuardWhenThePackageIsLoaded(t *testing.T) {
	for choice, want := range map[string]mmio.Guard{
		"":        mmio.GuardSignal,
		"signal":  mmio.GuardSignal,
		"syscall": mmio.GuardSyscall,
		"off":     mmio.GuardOff,
	} {
		t.Run("choice "+choice, func(t *testing.T) {
			survivesUnder(t, choice, func(t *testing.T) {
				wantEqual(t, "guard", mmio.FaultGuard(), want)
			})
		})
	}
}

func TestAnUnknownChoiceIsToldByOpening(t *testing.T) {
	survivesUnder(t, "Signal", func(t *testing.T) {
		path := fileOf(t, "hello")
		f := must(os.Open(path))
		defer f.Close()
		wantEqual(t, "guard", mmio.FaultGuard(), mmio.GuardOff)
		for name, open := range map[string]func() (*mmio.Map, error){
			"Open":      func() (*mmio.Map, error) { return mmio.Open(path) },
			"Create":    func() (*mmio.Map, error) { return mmio.Create(path, 1) },
			"FromFile":  func() (*mmio.Map, error) { return mmio.FromFile(f, nil) },
			"Anonymous": func() (*mmio.Map, error) { return mmio.Anonymous(1, nil) },
		} {
			_, err := open()
			wantErr(t, err, mmio.ErrInvalid)
			if !strings.Contains(err.Error(), `MMIO_FAULT_GUARD is "Signal"`) {
				t.Errorf("%s does not name the variable: %v", name, err)
			}
		}
		wantContent(t, path, "hello")
		wantErr(t, mmio.SetFaultGuard(99), mmio.ErrInvalid)
		wantErr(t, mmio.SetFaultGuard(mmio.GuardOff), nil)
		mapOf(t, "hello", mmio.ModeRO)
	})
}

func TestTheProgramMayChooseAtAnyTime(t *testing.T) {
	survivesUnder(t, "off", func(t *testing.T) {
		for _, guard := range []mmio.Guard{mmio.GuardSignal, mmio.GuardSyscall, mmio.GuardSignal} {
			wantErr(t, mmio.SetFaultGuard(guard), nil)
			wantEqual(t, "guard", mmio.FaultGuard(), guard)
			n, err := cutMap(t, rw, page).ReadAt(make([]byte, 2*page), 0)
			wantFault(t, err)
			wantEqual(t, "count", n, page)
		}
		wantErr(t, mmio.SetFaultGuard(3), mmio.ErrInvalid)
		wantEqual(t, "guard", mmio.FaultGuard(), mmio.GuardSignal)
		b := bytesOf(t, cutMap(t, mmio.Options{}, page))
		wantEqual(t, "sum", sum(b), page)
		wantErr(t, mmio.SetFaultGuard(mmio.GuardOff), nil)
		b = bytesOf(t, cutMap(t, mmio.Options{}, page))
		wantFaultPanic(t, b)
	})
}

func TestOffAndSyscallLeaveViewsToGo(t *testing.T) {
	for _, guard := range []string{"off", "syscall"} {
		t.Run(guard+" panics", func(t *testing.T) {
			survivesUnder(t, guard, func(t *testing.T) {
				b := bytesOf(t, cutMap(t, mmio.Options{}, page))
				wantFaultPanic(t, b)
			})
		})
		t.Run(guard+" ends", func(t *testing.T) {
			diesUnder(t, guard, deathInGo, func(t *testing.T) {
				t.Error(sum(bytesOf(t, cutMap(t, mmio.Options{}, page))))
			})
		})
	}
}

func TestOffLeavesCallsToGo(t *testing.T) {
	diesUnder(t, "off", deathInC, func(t *testing.T) {
		cutMap(t, rw, page).ReadAt(make([]byte, 2*page), 0)
	})
}

func TestFaultsOfOthersPanicWhereFaultsArePanics(t *testing.T) {
	survives(t, func(t *testing.T) {
		own, m := ownMapping(t), cutMap(t, mmio.Options{}, page)
		wantFaultPanic(t, own)
		wantEqual(t, "sum", sum(bytesOf(t, m)), page)
		inEightGoroutines(func() {
			for range 500 {
				wantFaultPanic(t, own)
				_, err := m.ReadAt(make([]byte, 1), 0)
				wantErr(t, err, mmio.ErrFault)
			}
		})
	})
}

func TestFaultsOfOthersEndTheProgramElse(t *testing.T) {
	dies(t, deathInGo, func(t *testing.T) { t.Error(sum(ownMapping(t))) })
}

func TestSignalsThatAreSentArrive(t *testing.T) {
	survives(t, func(t *testing.T) {
		arrived := make(chan os.Signal, 1)
		signal.Notify(arrived, syscall.SIGBUS)
		m := cutMap(t, mmio.Options{}, page)
		for range 3 {
			if err := syscall.Kill(os.Getpid(), syscall.SIGBUS); err != nil {
				t.Fatal(err)
			}
			wantEqual(t, "signal", <-arrived, os.Signal(syscall.SIGBUS))
			wantEqual(t, "sum", sum(bytesOf(t, m)), page)
			m = cutMap(t, mmio.Options{}, page)
		}
	})
}
