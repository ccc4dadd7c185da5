// SPDX-License-Identifier: Apache-2.0
//! Mapping a file by system calls alone, as a C program that knows its system would, and by memmap2.

use std::ffi::CString;
use std::fs::OpenOptions;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use crate::files;

/// A whole file, mapped.
pub struct Raw {
    pub base: *mut u8,
    length: usize,
    fd: i32,
}

// Bytes behind a pointer: what is done with them is the row's own affair.
unsafe impl Send for Raw {}
unsafe impl Sync for Raw {}

pub const READ: i32 = libc::PROT_READ;
pub const READ_WRITE: i32 = libc::PROT_READ | libc::PROT_WRITE;

pub fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("a path without NUL")
}

fn map(fd: i32, length: usize, protection: i32, sharing: i32) -> *mut u8 {
    let base = unsafe { libc::mmap(ptr::null_mut(), length, protection, sharing, fd, 0) };
    assert_ne!(base, libc::MAP_FAILED, "mmap");
    base.cast()
}

impl Raw {
    pub fn open_as(path: &CString, protection: i32, sharing: i32) -> Raw {
        Raw::open_with(path, protection, sharing, 0)
    }

    /// At least `least` bytes are mapped, whatever the file has.
    fn open_with(path: &CString, protection: i32, sharing: i32, least: usize) -> Raw {
        let flags = if protection == READ || sharing == libc::MAP_PRIVATE {
            libc::O_RDONLY
        } else {
            libc::O_RDWR
        };
        unsafe {
            let fd = libc::open(path.as_ptr(), flags | libc::O_CLOEXEC);
            assert!(fd >= 0, "open");
            let mut facts: libc::stat = std::mem::zeroed();
            assert_eq!(libc::fstat(fd, &mut facts), 0, "fstat");
            let size = facts.st_size as usize;
            let length = size.max(least);
            Raw {
                base: map(fd, length, protection, sharing),
                length,
                fd,
            }
        }
    }

    pub fn open(path: &Path, protection: i32) -> Raw {
        Raw::open_as(&c_path(path), protection, libc::MAP_SHARED)
    }

    /// Maps `length` bytes of a shorter file: the rest is for growth.
    pub fn open_in(path: &Path, length: usize) -> Raw {
        Raw::open_with(&c_path(path), READ_WRITE, libc::MAP_SHARED, length)
    }

    /// Maps `length` bytes of a file that is to be `size` bytes long: the rest is for growth.
    pub fn create_in(path: &CString, size: usize, length: usize) -> Raw {
        unsafe {
            let flags = libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC | libc::O_CLOEXEC;
            let fd = libc::open(path.as_ptr(), flags, 0o600);
            assert!(fd >= 0, "open");
            let mut raw = Raw {
                base: ptr::null_mut(),
                length,
                fd,
            };
            raw.resize(size);
            raw.base = map(fd, length, READ_WRITE, libc::MAP_SHARED);
            raw
        }
    }

    pub fn create(path: &Path, size: u64) -> Raw {
        Raw::create_in(&c_path(path), size as usize, size as usize)
    }

    /// Within the mapping, which may reach beyond the file.
    pub fn resize(&self, size: usize) {
        let code = unsafe { libc::ftruncate(self.fd, size as libc::off_t) };
        assert_eq!(code, 0, "ftruncate");
    }

    pub fn sync(&self) {
        assert_eq!(unsafe { libc::fdatasync(self.fd) }, 0, "fdatasync");
    }

    #[inline]
    pub fn at(&self, offset: u64) -> *mut u8 {
        unsafe { self.base.add(offset as usize) }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        unsafe {
            libc::munmap(self.base.cast(), self.length);
            libc::close(self.fd);
        }
    }
}

/// The same by memmap2, which knows no file: whoever resizes needs it too.
pub fn plain_create(path: &Path, size: u64) -> (memmap2::MmapMut, std::fs::File) {
    let file = files::create(path);
    file.set_len(size).expect("set_len");
    let map = unsafe { memmap2::MmapMut::map_mut(&file) }.expect("map_mut");
    (map, file)
}

pub fn plain_open(path: &Path) -> memmap2::Mmap {
    let file = std::fs::File::open(path).expect("open");
    unsafe { memmap2::Mmap::map(&file) }.expect("map")
}

pub fn plain_open_rw(path: &Path) -> (memmap2::MmapMut, std::fs::File) {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .expect("open");
    let map = unsafe { memmap2::MmapMut::map_mut(&file) }.expect("map_mut");
    (map, file)
}
