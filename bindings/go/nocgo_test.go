// SPDX-License-Identifier: Apache-2.0

//go:build !cgo

package mmio_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

func TestWithoutCgoEveryConstructorSaysWhatIsMissing(t *testing.T) {
	for name, construct := range map[string]func() (*mmio.Map, error){
		"Open":      func() (*mmio.Map, error) { return mmio.Open("file") },
		"Create":    func() (*mmio.Map, error) { return mmio.Create("file", 1) },
		"OpenFile":  func() (*mmio.Map, error) { return mmio.OpenFile("file", nil) },
		"FromFile":  func() (*mmio.Map, error) { return mmio.FromFile(os.Stdin, nil) },
		"Anonymous": func() (*mmio.Map, error) { return mmio.Anonymous(1, nil) },
	} {
		m, err := construct()
		if m != nil || !strings.Contains(err.Error(), "CGO_ENABLED=1") {
			t.Errorf("%s: %v, %v", name, m, err)
		}
		if !errors.Is(err, mmio.ErrUnsupported) || !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v is not ErrUnsupported", name, err)
		}
	}
}

func TestWithoutCgoMethodsOfANilMapAnswer(t *testing.T) {
	var m *mmio.Map
	_, readErr := m.ReadAt(make([]byte, 1), 0)
	_, loadErr := m.Uint32(0).Load()
	for name, err := range map[string]error{
		"ReadAt": readErr,
		"Load":   loadErr,
		"Resize": m.Resize(context.Background(), 1),
		"Close":  m.Close(),
	} {
		if !errors.Is(err, mmio.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
