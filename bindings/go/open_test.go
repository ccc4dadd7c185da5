// SPDX-License-Identifier: Apache-2.0

//go:build cgo

package mmio_test

import (
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	mmio "github.com/libmmio/libmmio/bindings/go"
)

func TestOpenMapsAnExistingFileForReading(t *testing.T) {
	path := fileOf(t, "hello")
	m, err := mmio.Open(path)
	closing(t, m, err)
	wantEqual(t, "size", m.Size(), 5)
	wantEqual(t, "mode", m.Mode(), mmio.ModeRO)
	wantEqual(t, "path", m.Path(), path)
	_, err = m.WriteAt([]byte("x"), 0)
	wantErr(t, err, mmio.ErrMode)
}

func TestCreateMakesAZeroedPrivateFileAndCutsAnExistingOne(t *testing.T) {
	path := fileOf(t, "old content")
	m, err := mmio.Create(path, 4)
	closing(t, m, err)
	wantContent(t, path, "\x00\x00\x00\x00")

	path += ".new"
	m, err = mmio.Create(path, 4)
	closing(t, m, err)
	wantEqual(t, "mode", m.Mode(), mmio.ModeRW)
	wantEqual(t, "permissions", must(os.Stat(path)).Mode(), fs.FileMode(0o600))
}

func TestPermissionsOfACreatedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	m, err := mmio.OpenFile(path, &mmio.Options{
		Disposition: mmio.DispositionCreateNew, Size: 1, Permissions: 0o640,
	})
	closing(t, m, err)
	wantEqual(t, "permissions", must(os.Stat(path)).Mode(), fs.FileMode(0o640))
}

func TestCreateNewRefusesAnExistingFile(t *testing.T) {
	path := fileOf(t, "old")
	_, err := mmio.OpenFile(path, &mmio.Options{
		Disposition: mmio.DispositionCreateNew, Size: 9,
	})
	wantErr(t, err, mmio.ErrExists)
	wantErr(t, err, fs.ErrExist)
	wantContent(t, path, "old")
}

func TestOpenOrCreateKeepsWhatIsThereAndExtendsWhatIsEmpty(t *testing.T) {
	for content, size := range map[string]int64{"old": 3, "": 9} {
		m, err := mmio.OpenFile(fileOf(t, content), &mmio.Options{
			Disposition: mmio.DispositionOpenOrCreate, Size: 9,
		})
		closing(t, m, err)
		wantEqual(t, "size", m.Size(), size)
	}
}

func TestPathsOfAnyBytes(t *testing.T) {
	names := []string{"with space", "größe-数-🗺", "not utf-8 \xff\xfe", "tab\tand newline\n"}
	for _, name := range names {
		path := filepath.Join(t.TempDir(), name)
		m, err := mmio.Create(path, 1)
		closing(t, m, err)
		wantEqual(t, "path", m.Path(), path)
		wantContent(t, path, "\x00")
	}
}

func TestPathsThatCannotBeMapped(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		want error
	}{
		{"", mmio.ErrNotFound},
		{filepath.Join(dir, "missing"), mmio.ErrNotFound},
		{filepath.Join(dir, "missing"), fs.ErrNotExist},
		{filepath.Join(dir, "missing"), syscall.ENOENT},
		{filepath.Join(dir, "missing", "file"), mmio.ErrNotFound},
		{dir, mmio.ErrNotFile},
		{fifo, mmio.ErrNotFile},
		{"/dev/null", mmio.ErrNotFile},
		{"before\x00behind", mmio.ErrInvalid},
		{strings.Repeat("x", 5000), syscall.ENAMETOOLONG},
	} {
		_, err := mmio.Open(c.path)
		wantErr(t, err, c.want)
	}
}

// Root may read everything, so the test runs itself again without that right.
func TestUnreadableFile(t *testing.T) {
	if path := os.Getenv("MMIO_TEST_UNREADABLE"); path != "" {
		_, err := mmio.Open(path)
		wantErr(t, err, mmio.ErrAccess)
		wantErr(t, err, fs.ErrPermission)
		wantErr(t, err, syscall.EACCES)
		return
	}
	path := fileOf(t, "secret")
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	command := []string{os.Args[0], "-test.run=^TestUnreadableFile$"}
	if os.Geteuid() == 0 {
		const rights = "-dac_override,-dac_read_search"
		setpriv := []string{"setpriv", "--bounding-set=" + rights, "--inh-caps=" + rights}
		command = append(setpriv, command...)
	}
	child := exec.Command(command[0], command[1:]...)
	child.Env = append(os.Environ(), "MMIO_TEST_UNREADABLE="+path)
	if output, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

func TestEmptyFile(t *testing.T) {
	m := mapOf(t, "", mmio.ModeRO)
	wantEqual(t, "size", m.Size(), 0)
	for _, mode := range []mmio.Mode{mmio.ModeRW, mmio.ModeCOW, mmio.ModeCOWRW} {
		_, err := mmio.OpenFile(fileOf(t, ""), &mmio.Options{Mode: mode})
		wantErr(t, err, mmio.ErrInvalid)
	}
}

func TestSizesThatCannotBeCreated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for size, want := range map[int64]error{
		0:                  mmio.ErrInvalid,
		mmio.MaxSize() + 1: mmio.ErrTooLarge,
		math.MaxInt64:      mmio.ErrTooLarge,
		-1:                 mmio.ErrTooLarge,
	} {
		_, err := mmio.Create(path, size)
		wantErr(t, err, want)
		_, err = mmio.Anonymous(size, nil)
		wantErr(t, err, want)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file was touched: %v", err)
	}
}

func TestOptionsOutOfRange(t *testing.T) {
	path := fileOf(t, "content")
	for _, o := range []mmio.Options{
		{Mode: 99}, {Disposition: 99}, {Flags: 1 << 31}, {Touch: 99}, {Permissions: fs.ModeDir},
		{Mode: mmio.ModeRO, Disposition: mmio.DispositionCreate, Size: 1},
	} {
		_, err := mmio.OpenFile(path, &o)
		wantErr(t, err, mmio.ErrInvalid)
	}
	_, err := mmio.Anonymous(1, &mmio.Options{Disposition: mmio.DispositionCreate})
	wantErr(t, err, mmio.ErrInvalid)
	wantContent(t, path, "content")
}

func TestNoFollowAndBeneath(t *testing.T) {
	path := fileOf(t, "content")
	link := path + ".link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	_, err := mmio.OpenFile(link, &mmio.Options{Flags: mmio.OpenNoFollow})
	wantErr(t, err, mmio.ErrAccess)
	_, err = mmio.OpenFile(path, &mmio.Options{Flags: mmio.OpenBeneath})
	wantErr(t, err, mmio.ErrAccess)
}

func TestAllocateReservesBlocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	m, err := mmio.OpenFile(path, &mmio.Options{
		Disposition: mmio.DispositionCreate, Size: 1 << 20, Flags: mmio.OpenAllocate,
		Touch: mmio.TouchEager,
	})
	closing(t, m, err)
	if blocks := must(os.Stat(path)).Sys().(*syscall.Stat_t).Blocks; blocks < 1<<20/512 {
		t.Errorf("%d blocks are reserved", blocks)
	}
}

func TestPrivateMapsNeverReachTheFile(t *testing.T) {
	path := fileOf(t, "before")
	m, err := mmio.OpenFile(path, &mmio.Options{Mode: mmio.ModeCOWRW})
	closing(t, m, err)
	must(m.WriteAt([]byte("after!"), 0))
	wantContent(t, path, "before")
	wantEqual(t, "pending", m.Pending(), 0)
}

func TestFromFileLeavesTheFileToItsOwner(t *testing.T) {
	path := fileOf(t, "hello")
	f := must(os.OpenFile(path, os.O_RDWR, 0))
	m, err := mmio.FromFile(f, &mmio.Options{Mode: mmio.ModeRW})
	closing(t, m, err)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	must(m.WriteAt([]byte("J"), 0))
	wantContent(t, path, "Jello")
	wantEqual(t, "label", m.Path(), path)
	if err := m.Close(); err != nil || isOpen(path) {
		t.Errorf("closed with %v, and still open: %v", err, isOpen(path))
	}
}

func TestFromFileFailures(t *testing.T) {
	path := fileOf(t, "hello")
	f := must(os.Open(path))
	_, err := mmio.FromFile(f, &mmio.Options{Mode: mmio.ModeRW})
	wantErr(t, err, mmio.ErrMode)
	_, err = mmio.FromFile(f, &mmio.Options{Disposition: mmio.DispositionCreate, Size: 1})
	wantErr(t, err, mmio.ErrInvalid)
	f.Close()
	if isOpen(path) {
		t.Error("a failed FromFile keeps a descriptor")
	}
	_, err = mmio.FromFile(f, nil)
	wantErr(t, err, fs.ErrClosed)
	_, err = mmio.FromFile(nil, nil)
	wantErr(t, err, fs.ErrInvalid)

	dir := must(os.Open(t.TempDir()))
	defer dir.Close()
	_, err = mmio.FromFile(dir, nil)
	wantErr(t, err, mmio.ErrNotFile)
	named := os.NewFile(uintptr(must(syscall.Dup(int(dir.Fd())))), "label\x00")
	defer named.Close()
	_, err = mmio.FromFile(named, nil)
	wantErr(t, err, mmio.ErrInvalid)
}

func TestIntoFileGivesTheFileBack(t *testing.T) {
	m := mapOf(t, "hello", mmio.ModeRW)
	path := m.Path()
	v := must(m.View(0, 5))
	_, err := m.IntoFile()
	wantErr(t, err, mmio.ErrBusy)
	v.Release()

	f := must(m.IntoFile())
	defer f.Close()
	must(f.WriteAt([]byte("J"), 0))
	wantContent(t, path, "Jello")
	wantEqual(t, "name", f.Name(), path)
	wantEqual(t, "size of the map", m.Size(), 0)
	_, err = m.View(0, 1)
	wantErr(t, err, mmio.ErrClosed)
	_, err = m.IntoFile()
	wantErr(t, err, mmio.ErrClosed)
}

func TestIntoFileOfAnAnonymousMap(t *testing.T) {
	_, err := anonymous(t, 1).IntoFile()
	wantErr(t, err, mmio.ErrMode)
}
