// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

func TestConformance(t *testing.T) {
	testee := filepath.Join(t.TempDir(), "testee")
	if output, err := exec.Command("go", "build", "-buildvcs=false", "-o", testee,
		"./internal/testee").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	driver := exec.Command("python3", "../../api/conformance/drive.py",
		"--gaps", "conformance.gaps", "--", testee)
	if output, err := driver.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
