// SPDX-License-Identifier: Apache-2.0
//! Having all pages of a map there.

use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use mmap_io::MemoryMappedFile;

use crate::files::{self, pattern, FOLIOS_SIZE, GIB, LARGE_FOLIOS, MIB, SMALL_FOLIOS};
use crate::measure::{once, Bench, Row, Sample};
use crate::mmio::{Map, Mode};
use crate::raw::{plain_open, Raw, READ, READ_WRITE};

/// A side's way of having the first so many bytes in its page tables.
pub trait Touch {
    fn touch(&mut self, size: u64);
}

trait Open {
    fn open_ro(path: &Path) -> Self;
}

/// What there is to do without a function for it.
pub fn read_each_page(base: *const u8, size: u64) {
    for offset in (0..size as usize).step_by(4096) {
        black_box(unsafe { base.add(offset).read_volatile() });
    }
}

impl Touch for Map {
    fn touch(&mut self, size: u64) {
        Map::touch(self, size);
    }
}

impl Open for Map {
    fn open_ro(path: &Path) -> Map {
        Map::open(path, Mode::Ro)
    }
}

impl Touch for MemoryMappedFile {
    fn touch(&mut self, size: u64) {
        self.touch_pages_range(0, size).expect("touch_pages_range");
    }
}

impl Open for MemoryMappedFile {
    fn open_ro(path: &Path) -> MemoryMappedFile {
        MemoryMappedFile::open_ro(path).expect("open_ro")
    }
}

impl Touch for memmap2::Mmap {
    fn touch(&mut self, size: u64) {
        read_each_page(self.as_ptr(), size);
    }
}

impl Open for memmap2::Mmap {
    fn open_ro(path: &Path) -> memmap2::Mmap {
        plain_open(path)
    }
}

impl Touch for Raw {
    fn touch(&mut self, size: u64) {
        let code =
            unsafe { libc::madvise(self.base.cast(), size as usize, libc::MADV_POPULATE_READ) };
        assert_eq!(code, 0, "MADV_POPULATE_READ");
    }
}

impl Open for Raw {
    fn open_ro(path: &Path) -> Raw {
        Raw::open(path, READ)
    }
}

/// A new map each time: the file is in the cache, the page tables are empty.
fn cold<M: Open + Touch>(bench: &Bench, name: &str) -> Sample {
    let path = bench.shared(name);
    let size = bench.bytes(FOLIOS_SIZE);
    Box::new(move || {
        let mut map = M::open_ro(&path);
        once(|| map.touch(size))
    })
}

fn warm<M: Open + Touch + 'static>(bench: &Bench, name: &str) -> Sample {
    let size = bench.bytes(FOLIOS_SIZE);
    let mut map = M::open_ro(&bench.shared(name));
    Box::new(move || {
        map.touch(size);
        once(|| map.touch(size))
    })
}

macro_rules! row {
    ($name:literal, $of:ident, $file:ident) => {
        Row {
            name: $name,
            libmmio: Some(|bench| $of::<Map>(bench, $file)),
            mmap_io: Some(|bench| $of::<MemoryMappedFile>(bench, $file)),
            memmap2: Some(|bench| $of::<memmap2::Mmap>(bench, $file)),
            c: Some(|bench| $of::<Raw>(bench, $file)),
        }
    };
}

/// 4 MiB of data in the middle of holes.
fn sparse_file(bench: &Bench) -> (PathBuf, u64) {
    let path = bench.own("map");
    let size = bench.bytes(4 * GIB);
    let file = files::create(&path);
    file.set_len(size).expect("set_len");
    let data = pattern(4 * MIB.min(size / 4));
    file.write_all_at(&data, size / 2).expect("write");
    file.sync_all().expect("sync");
    (path, size)
}

fn sparse<M: Touch + 'static>(bench: &Bench, open: fn(&Path) -> M) -> Sample {
    let (path, size) = sparse_file(bench);
    Box::new(move || {
        let mut map = open(&path);
        once(|| map.touch(size))
    })
}

const SPARSE: Row = Row {
    name: "sparse_touch",
    libmmio: Some(|bench| sparse(bench, |path| Map::open(path, Mode::Rw))),
    mmap_io: Some(|bench| {
        sparse(bench, |path| {
            MemoryMappedFile::open_rw(path).expect("open_rw")
        })
    }),
    memmap2: None,
    c: Some(|bench| sparse(bench, |path| Raw::open(path, READ_WRITE))),
};

pub const ROWS: &[Row] = &[
    row!("touch_cold_large_folios", cold, LARGE_FOLIOS),
    row!("touch_cold_small_folios", cold, SMALL_FOLIOS),
    row!("touch_warm_large_folios", warm, LARGE_FOLIOS),
    row!("touch_warm_small_folios", warm, SMALL_FOLIOS),
    SPARSE,
];
