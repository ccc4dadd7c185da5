// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"hash/adler32"
	"os"
	"time"
	"unsafe"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

var verbs = map[string]func(request) string{
	"open":        open,
	"anonymous":   anonymous,
	"from_handle": fromHandle,
	"into_handle": intoHandle,
	"size":        func(r request) string { return ok("\tsize=%d", r.m().Size()) },
	"mode":        func(r request) string { return ok("\tmode=%s", modes[r.m().Mode()]) },
	"path":        func(r request) string { return ok("\tpath=%x", r.m().Path()) },
	"pending":     func(r request) string { return ok("\tpending=%d", r.m().Pending()) },
	"info":        info,
	"close":       func(r request) string { return done(r.m().Close()) },

	"resize":       resize,
	"resize_start": resizeStart,
	"join":         func(r request) string { return <-jobs[r.fields[0]] },

	"view":              acquire,
	"run":               acquireRun,
	"get":               get,
	"put":               put,
	"adler":             adler,
	"address":           address,
	"release":           func(r request) string { r.v().Release(); return ok("") },
	"release_elsewhere": releaseElsewhere,
	"walk":              walk,

	"read":          func(r request) string { return read(r.m().ReadAt, r) },
	"read_within":   func(r request) string { return read(readWithin(r.m(), r.number(3)), r) },
	"read_adler":    readAdler,
	"write":         func(r request) string { return write(r.m().WriteAt, r.bytes(2), r) },
	"write_within":  writeInTime,
	"write_pattern": func(r request) string { return write(r.m().WriteAt, pattern(r), r) },

	"read_beside_writes": func(r request) string {
		return besideWrites(r.m(), readWithin(r.m(), r.number(1)))
	},
	"write_beside_writes": func(r request) string {
		return besideWrites(r.m(), writeWithin(r.m(), r.number(1)))
	},

	"flush":       func(r request) string { return done(r.m().Flush(r.level(1))) },
	"flush_range": flushRange,

	"policy":           setPolicy,
	"await_flushed":    awaitFlushed,
	"rewrite_lost":     func(r request) string { return done(r.m().RewriteLost(r.level(1))) },
	"acknowledge_loss": func(r request) string { return done(r.m().AcknowledgeLoss()) },

	"atomic": atomic,

	"guard":        func(r request) string { return done(mmio.SetFaultGuard(r.guard())) },
	"guard_now":    func(request) string { return ok("\tguard=%s", guards[mmio.FaultGuard()]) },
	"check_faults": func(r request) string { return done(r.m().CheckFaults()) },

	"page_size":       func(request) string { return ok("\tvalue=%d", mmio.PageSize()) },
	"map_granularity": func(request) string { return ok("\tvalue=%d", mmio.MapGranularity()) },
	"max_size":        func(request) string { return ok("\tvalue=%d", mmio.MaxSize()) },
	"version":         func(request) string { return ok("\tversion=%s", mmio.Version()) },
	"status_name":     statusName,
	"has":             has,
	"null_map":        nullMap,
}

func opened(r request, m *mmio.Map, err error) string {
	if err == nil {
		maps[r.fields[0]] = m
	}
	return answer(err, "\tsize=%d\tmode=%s", m.Size(), modes[m.Mode()])
}

func open(r request) string {
	m, err := mmio.OpenFile(string(r.bytes(1)), r.openOptions())
	return opened(r, m, err)
}

func anonymous(r request) string {
	m, err := mmio.Anonymous(r.number(1), r.openOptions())
	return opened(r, m, err)
}

func fromHandle(r request) string {
	access := map[string]int{"r": os.O_RDONLY, "rw": os.O_RDWR}[r.options["access"]]
	f, err := os.OpenFile(string(r.bytes(1)), access, 0)
	if err != nil {
		return done(err)
	}
	defer f.Close()
	m, err := mmio.FromFile(f, r.openOptions())
	return opened(r, m, err)
}

func intoHandle(r request) string {
	f, err := r.m().IntoFile()
	if err != nil {
		return done(err)
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil {
		return done(err)
	}
	return ok("\tsize=%d", stat.Size())
}

func info(r request) string {
	i, err := r.m().Info()
	return answer(err, "\tkind=%s\tmode=%s\tsize=%d\tviews=%d\tpending=%d\tholders=%d\tfaults=%d",
		kinds[i.Kind], modes[i.Mode], i.Size, i.Views, i.Pending, i.Holders, i.Faults)
}

// resize answers unsupported where it would wait without limit: the package cannot tell views of
// its own thread, which goroutines change, from those of others, and never answers ErrDeadlock.
func resize(r request) string {
	m, size, timeout := r.m(), r.number(1), r.number(2)
	if timeout >= 0 {
		return resizeWithin(m, size, timeout)
	}
	if err := m.TryResize(size); !errors.Is(err, mmio.ErrBusy) {
		return answer(err, "\tsize=%d", m.Size())
	}
	return "unsupported"
}

func resizeStart(r request) string {
	job := make(chan string, 1)
	jobs[r.fields[0]] = job
	m, size, timeout := maps[r.fields[1]], r.number(2), r.number(3)
	go func() { job <- resizeWithin(m, size, timeout) }()
	return ok("")
}

func resizeWithin(m *mmio.Map, size, timeoutMS int64) string {
	var err error
	switch ctx := context.Background(); {
	case timeoutMS == 0:
		err = m.TryResize(size)
	case timeoutMS < 0:
		err = m.Resize(ctx, size)
	default:
		ctx, cancel := context.WithTimeout(ctx, time.Duration(timeoutMS)*time.Millisecond)
		defer cancel()
		err = m.Resize(ctx, size)
	}
	return answer(err, "\tsize=%d", m.Size())
}

func acquired(r request, v *mmio.View, writable bool, err error) string {
	if err == nil {
		views[r.fields[0]] = view{v, len(v.Bytes()), writable}
	}
	return answer(err, "\tsize=%d", len(v.Bytes()))
}

func acquire(r request) string {
	m, off, size := maps[r.fields[1]], r.number(2), r.number(3)
	if r.optional("write") == 0 {
		v, err := m.View(off, size)
		return acquired(r, v, false, err)
	}
	v, err := m.WritableView(off, size)
	return acquired(r, v, true, err)
}

func acquireRun(r request) string {
	m, off, count := maps[r.fields[1]], r.number(2), r.number(3)
	if r.fields[4] == "32" {
		run, err := m.Uint32s(off, count)
		return acquired(r, run.View, true, err)
	}
	run, err := m.Uint64s(off, count)
	return acquired(r, run.View, true, err)
}

// contents returns a view's bytes; a released one has none any more.
func (v view) contents() ([]byte, error) {
	b := v.Bytes()
	if len(b) != v.size {
		return nil, &mmio.Error{Status: mmio.ErrClosed}
	}
	return b, nil
}

func get(r request) string {
	b, err := r.v().contents()
	if err != nil {
		return done(err)
	}
	return ok("\thex=%x", b[r.number(1):][:r.number(2)])
}

func put(r request) string {
	if !r.v().writable {
		return "unsupported"
	}
	b, err := r.v().contents()
	if err != nil {
		return done(err)
	}
	data := r.bytes(2)
	copy(b[r.number(1):][:len(data)], data)
	return ok("")
}

func adler(r request) string {
	b, err := r.v().contents()
	return answer(err, "\tadler=%d", adler32.Checksum(b))
}

func address(r request) string {
	b, err := r.v().contents()
	return answer(err, "\taddress=%d", uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}

func releaseElsewhere(r request) string {
	released := make(chan struct{})
	go func() { // Not on this thread: it is the main goroutine's alone.
		r.v().Release()
		close(released)
	}()
	<-released
	return ok("")
}

func walk(r request) string {
	fill := byte(r.optional("fill"))
	_, filling := r.options["fill"]
	chunks := r.m().Walk
	if filling {
		chunks = r.m().WritableWalk
	}
	count, last, sum := 0, 0, adler32.New()
	for chunk, err := range chunks(r.number(1)) {
		if err != nil {
			return done(err)
		}
		if filling {
			copy(chunk, bytes.Repeat([]byte{fill}, len(chunk)))
		}
		count, last = count+1, len(chunk)
		sum.Write(chunk)
	}
	return ok("\tcount=%d\tlast=%d\tadler=%d", count, last, sum.Sum32())
}

// copier is ReadAt, WriteAt and their like.
type copier = func(p []byte, off int64) (int, error)

func readWithin(m *mmio.Map, timeoutMS int64) copier {
	return copyWithin(timeoutMS, m.TryReadAt, m.ReadAt, m.ReadAtContext)
}

func writeWithin(m *mmio.Map, timeoutMS int64) copier {
	return copyWithin(timeoutMS, m.TryWriteAt, m.WriteAt, m.WriteAtContext)
}

func copyWithin(
	timeoutMS int64, try, wait copier, waitIn func(context.Context, []byte, int64) (int, error),
) copier {
	switch {
	case timeoutMS == 0:
		return try
	case timeoutMS < 0:
		return wait
	}
	return func(p []byte, off int64) (int, error) {
		timeout := time.Duration(timeoutMS) * time.Millisecond
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		return waitIn(ctx, p, off)
	}
}

// besideWrites copies the last byte until the library refuses, while another goroutine writes the
// whole map. A context that ended before anything was tried is no refusal.
func besideWrites(m *mmio.Map, copyAt copier) string {
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for p := make([]byte, m.Size()); ; {
			select {
			case <-over:
				return
			default:
				m.WriteAt(p, 0)
			}
		}
	}()
	var refusal *mmio.Error
	for refusal == nil {
		_, err := copyAt(make([]byte, 1), m.Size()-1)
		errors.As(err, &refusal)
	}
	close(over)
	<-ended
	return done(refusal)
}

func writeInTime(r request) string {
	return write(writeWithin(r.m(), r.number(3)), r.bytes(2), r)
}

func read(readAt copier, r request) string {
	p := make([]byte, r.number(2))
	_, err := readAt(p, r.number(1))
	return answer(err, "\thex=%x", p)
}

func readAdler(r request) string {
	p := make([]byte, r.number(2))
	_, err := r.m().ReadAt(p, r.number(1))
	return answer(err, "\tadler=%d", adler32.Checksum(p))
}

func write(writeAt copier, data []byte, r request) string {
	_, err := writeAt(data, r.number(1))
	return done(err)
}

func pattern(r request) []byte {
	p, x := make([]byte, r.number(2)), r.number(3)
	for i := range p {
		x = x * 16807 % 2147483647
		p[i] = byte(x)
	}
	return p
}

func flushRange(r request) string {
	return done(r.m().FlushRange(r.number(1), r.number(2), r.level(3)))
}

func setPolicy(r request) string {
	var amount int64
	if len(r.fields) > 2 {
		amount = r.number(2)
	}
	return done(r.m().SetPolicy(mmio.FlushPolicy(named(policies, r.fields[1])), amount))
}

func awaitFlushed(r request) string {
	for r.m().Pending() != 0 {
		time.Sleep(time.Millisecond)
	}
	return ok("")
}

func atomic(r request) string {
	if r.fields[1] == "32" {
		return operate(r, r.m().Uint32(r.number(3)))
	}
	return operate(r, r.m().Uint64(r.number(3)))
}

func operate[T uint32 | uint64](r request, cell mmio.Cell[T]) string {
	var operands [2]T // What the operation does not take stays 0.
	for i := range r.fields[4:] {
		operands[i] = T(r.number(4 + i))
	}
	var before T
	var err error
	switch r.fields[2] {
	case "load":
		before, err = cell.Load()
		return answer(err, "\tvalue=%d", before)
	case "store":
		return done(cell.Store(operands[0]))
	case "exchange":
		before, err = cell.Swap(operands[0])
	case "compare_exchange":
		before, err = cell.CompareExchange(operands[0], operands[1])
	case "add":
		before, err = cell.FetchAdd(operands[0])
	case "sub":
		before, err = cell.FetchSub(operands[0])
	case "and":
		before, err = cell.FetchAnd(operands[0])
	case "or":
		before, err = cell.FetchOr(operands[0])
	case "xor":
		before, err = cell.FetchXor(operands[0])
	}
	return answer(err, "\tbefore=%d", before)
}

func statusName(r request) string {
	name := mmio.Status(r.number(0)).String()
	if name == r.fields[0] { // A status without a name is printed as its number.
		name = ""
	}
	return ok("\tname=%s", name)
}

func has(r request) string {
	if mmio.Has(mmio.Feature(r.number(0))) {
		return ok("\tvalue=1")
	}
	return ok("\tvalue=0")
}

func nullMap(request) string {
	var m *mmio.Map
	_, err := m.ReadAt(make([]byte, 1), m.Size())
	return done(err)
}
