// SPDX-License-Identifier: Apache-2.0

// The demo's worker in Go. demo.py says what it is asked and what it answers.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"log"
	"os"
	"strconv"
	"strings"
	"unsafe"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

const block = 256 * 1024

var (
	held     *mmio.Map
	heldView *mmio.View
)

var commands = map[string]func(words []string) string{
	"scan_map": scanMap, "scan_read": scanRead, "add": add, "hold": hold, "look": look,
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func number(word string) int64 {
	value, err := strconv.ParseInt(word, 10, 64)
	check(err)
	return value
}

func openWritable(path string) *mmio.Map {
	m, err := mmio.OpenFile(path, &mmio.Options{Mode: mmio.ModeRW})
	check(err)
	return m
}

type tally struct {
	sha256   hash.Hash
	newlines int
}

func newTally() *tally { return &tally{sha256: sha256.New()} }

func (t *tally) count(data []byte) {
	t.sha256.Write(data)
	t.newlines += bytes.Count(data, []byte{'\n'})
}

func (t *tally) String() string {
	return fmt.Sprintf("newlines=%d sha256=%x", t.newlines, t.sha256.Sum(nil))
}

func scanMap(words []string) string {
	m, err := mmio.Open(words[1])
	check(err)
	defer m.Close()
	sum := newTally()
	for chunk, err := range m.Walk(block) {
		check(err)
		sum.count(chunk)
	}
	return sum.String()
}

func scanRead(words []string) string {
	file, err := os.Open(words[1])
	check(err)
	defer file.Close()
	sum := newTally()
	buffer := make([]byte, block)
	for {
		n, err := file.Read(buffer)
		if err == io.EOF {
			return sum.String()
		}
		check(err)
		sum.count(buffer[:n])
	}
}

func add(words []string) string {
	m := openWritable(words[1])
	defer m.Close()
	gate, workers := m.Uint64(number(words[2])), uint64(number(words[3]))
	cell, times := m.Uint64(number(words[4])), number(words[5])
	_, err := gate.FetchAdd(1)
	for arrived := uint64(0); err == nil && arrived < workers; {
		arrived, err = gate.Load()
	}
	check(err)
	first, err := cell.FetchAdd(1)
	check(err)
	last := first
	for range times - 1 {
		last, err = cell.FetchAdd(1)
		check(err)
	}
	return fmt.Sprintf("first=%d last=%d", first, last)
}

func hold(words []string) string {
	var err error
	held = openWritable(words[1])
	heldView, err = held.View(number(words[2]), number(words[3]))
	check(err)
	return ""
}

func look(words []string) string {
	value, err := held.Uint64(number(words[1])).Load()
	check(err)
	sum := newTally()
	sum.count(heldView.Bytes())
	return fmt.Sprintf("address=%p cell=%d %v", unsafe.SliceData(heldView.Bytes()), value, sum)
}

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		words := strings.Fields(lines.Text())
		fmt.Println(commands[words[0]](words))
	}
}
