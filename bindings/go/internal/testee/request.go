// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/hex"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

// What the case has named so far.
var (
	maps  = map[string]*mmio.Map{}
	views = map[string]view{}
	jobs  = map[string]chan string{}
)

// view is a View with what Go cannot see in its slice: that it was released, and that it must not
// be written.
type view struct {
	*mmio.View
	size     int
	writable bool
}

// request is one step: the verb, its positional fields, and its key=value fields.
type request struct {
	verb    string
	fields  []string
	options map[string]string
}

func parse(line string) request {
	parts := strings.Split(line, "\t")
	r := request{verb: parts[0], options: map[string]string{}}
	for _, part := range parts[1:] {
		if key, value, found := strings.Cut(part, "="); found {
			r.options[key] = value
		} else {
			r.fields = append(r.fields, part)
		}
	}
	return r
}

// number reads the 64 bits of a decimal number. Those above the largest int64 become negative,
// which the package takes for what they were.
func number(text string) int64 {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return int64(n)
}

// m is the map that the step is about, v the view.
func (r request) m() *mmio.Map { return maps[r.fields[0]] }
func (r request) v() view      { return views[r.fields[0]] }

func (r request) number(i int) int64 { return number(r.fields[i]) }

func (r request) level(i int) mmio.FlushLevel {
	return mmio.FlushLevel(named(levels, r.fields[i]))
}

func (r request) guard() mmio.Guard { return mmio.Guard(named(guards, r.fields[0])) }

func (r request) bytes(i int) []byte {
	b, err := hex.DecodeString(r.fields[i])
	if err != nil {
		panic(err)
	}
	return b
}

func (r request) optional(key string) int64 {
	if text, found := r.options[key]; found {
		return number(text)
	}
	return 0
}

var (
	modes        = []string{"default", "ro", "rw", "cow", "cow_rw"}
	dispositions = []string{"open", "create", "create_new", "open_or_create"}
	touches      = []string{"never", "eager", "lazy"}
	onFaults     = []string{"default", "absorb", "never"}
	guards       = []string{"off", "signal", "syscall"}
	causes       = []string{"unknown", "truncated", "io", "no_space", "read_only"}
	kinds        = []string{"none", "file", "anonymous"}
	levels       = []string{"data", "start", "full"}
	policies     = []string{"manual", "always", "every_bytes", "every_writes", "every_millis"}
	flagBits     = map[string]int64{"allocate": 1, "nofollow": 2, "beneath": 4}
)

// named returns the index of a name, or the number that stands in its place.
func named(names []string, text string) int64 {
	if i := slices.Index(names, text); i >= 0 {
		return int64(i)
	}
	return number(text)
}

func flags(text string) (bits int64) {
	for _, name := range strings.Split(text, "+") {
		if bit, found := flagBits[name]; found {
			bits |= bit
		} else if name != "" {
			bits |= number(name)
		}
	}
	return bits
}

func (r request) choice(key string, names []string) int64 {
	if text, found := r.options[key]; found {
		return named(names, text)
	}
	return 0
}

func (r request) openOptions() *mmio.Options {
	return &mmio.Options{
		Mode:        mmio.Mode(r.choice("mode", modes)),
		Disposition: mmio.Disposition(r.choice("disposition", dispositions)),
		Flags:       mmio.OpenFlags(flags(r.options["flags"])),
		Size:        r.optional("size"),
		Reserve:     r.optional("reserve"),
		Permissions: fs.FileMode(r.optional("permissions")),
		Touch:       mmio.Touch(r.choice("touch", touches)),
		OnFault:     mmio.OnFault(r.choice("on_fault", onFaults)),
	}
}
