// SPDX-License-Identifier: Apache-2.0

// Command testee carries out one conformance step per line; see api/conformance/README.md.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

const longestLine = 1 << 26

func main() {
	runtime.LockOSThread() // So that "another thread" of a step means what it says.
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		fmt.Println(carryOut(lines.Text()))
	}
}

// carryOut answers one line. A panic fails the case and no other.
func carryOut(line string) (answer string) {
	defer func() {
		if p := recover(); p != nil {
			answer = fmt.Sprintf("err\tEXCEPTION\t%q", fmt.Sprint(p))
		}
	}()
	r := parse(line)
	verb, known := verbs[r.verb]
	if !known {
		return "unsupported"
	}
	return verb(r)
}

// answer gives what a call returned; the fields count only if it did not fail. Messages are quoted,
// for they name paths of any bytes.
func answer(err error, format string, args ...any) string {
	if err == nil {
		return "ok" + fmt.Sprintf(format, args...)
	}
	var failure *mmio.Error
	if errors.As(err, &failure) && failure.Status == mmio.ErrFault {
		return fmt.Sprintf("err\tMMIO_ERR_FAULT\t%q\toffset=%d\tdone=%d\tcause=%s", err.Error(),
			failure.Offset, failure.Done, causes[failure.Cause])
	}
	if status, isStatus := statusOf(err); isStatus {
		return fmt.Sprintf("err\t%s\t%q", status.String(), err.Error())
	}
	return fmt.Sprintf("err\tEXCEPTION\t%q", err.Error())
}

func done(err error) string { return answer(err, "") }

func ok(format string, args ...any) string { return answer(nil, format, args...) }

func statusOf(err error) (status mmio.Status, isStatus bool) {
	var failure *mmio.Error
	if errors.As(err, &failure) {
		return failure.Status, true
	}
	// How an io.ReaderAt says that the range reaches beyond the end.
	return mmio.ErrRange, err == io.EOF
}
