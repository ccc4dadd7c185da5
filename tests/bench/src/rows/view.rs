// SPDX-License-Identifier: Apache-2.0
//! Borrowing 64 bytes and reading one.

use std::hint::black_box;

use mmap_io::MemoryMappedFile;

use crate::files::{MIB, SMALL};
use crate::measure::{repeat, Bench, Row, Sample};
use crate::mmio::{Map, Mode};
use crate::raw::{plain_create, plain_open, Raw, READ};
use crate::threads::repeat_by_two;

const MAP_SIZE: u64 = 16 * MIB;
const VIEW_SIZE: u64 = 64;

/// A place of the 4 KiB that stay in the first-level cache; each thread has a page of its own.
#[inline]
fn hot(thread: u32, i: u32) -> u64 {
    u64::from(thread) * 4096 + u64::from(i % 64) * VIEW_SIZE
}

fn by_one(bench: &Bench, read: impl Fn(u64) -> u8 + 'static) -> Sample {
    repeat(bench.calls(100_000), move |i| {
        black_box(read(black_box(hot(0, i))));
    })
}

fn by_two(bench: &Bench, read: impl Fn(u64) -> u8 + Sync + 'static) -> Sample {
    repeat_by_two(bench.calls(100_000), move |thread, i| {
        black_box(read(black_box(hot(thread, i))));
    })
}

#[inline]
fn view(map: &Map, at: u64) -> u8 {
    map.with_view(at, VIEW_SIZE, |view| unsafe { view.data.read_volatile() })
}

#[inline]
fn slice(map: &MemoryMappedFile, at: u64) -> u8 {
    map.as_slice(at, VIEW_SIZE).expect("as_slice")[0]
}

#[inline]
fn part(bytes: &[u8], at: u64) -> u8 {
    bytes[at as usize..][..VIEW_SIZE as usize][0]
}

#[inline]
fn byte(raw: &Raw, at: u64) -> u8 {
    unsafe { raw.at(at).read_volatile() }
}

fn mmap_io(bench: &Bench) -> MemoryMappedFile {
    MemoryMappedFile::create_rw(bench.own("map"), MAP_SIZE).expect("create_rw")
}

const RW: Row = Row {
    name: "view_rw",
    libmmio: Some(|bench| {
        let map = Map::create(&bench.own("map"), MAP_SIZE);
        by_one(bench, move |at| view(&map, at))
    }),
    mmap_io: Some(|bench| {
        let map = mmap_io(bench);
        by_one(bench, move |at| slice(&map, at))
    }),
    memmap2: Some(|bench| {
        let (map, _) = plain_create(&bench.own("map"), MAP_SIZE);
        by_one(bench, move |at| part(&map, at))
    }),
    c: Some(|bench| {
        let map = Raw::create(&bench.own("map"), MAP_SIZE);
        by_one(bench, move |at| byte(&map, at))
    }),
};

const RW_BY_TWO: Row = Row {
    name: "view_rw_2_threads",
    libmmio: Some(|bench| {
        let map = Map::create(&bench.own("map"), MAP_SIZE);
        by_two(bench, move |at| view(&map, at))
    }),
    mmap_io: Some(|bench| {
        let map = mmap_io(bench);
        by_two(bench, move |at| slice(&map, at))
    }),
    memmap2: Some(|bench| {
        let (map, _) = plain_create(&bench.own("map"), MAP_SIZE);
        by_two(bench, move |at| part(&map, at))
    }),
    c: Some(|bench| {
        let map = Raw::create(&bench.own("map"), MAP_SIZE);
        by_two(bench, move |at| byte(&map, at))
    }),
};

const RO: Row = Row {
    name: "view_ro",
    libmmio: Some(|bench| {
        let map = Map::open(&bench.shared(SMALL), Mode::Ro);
        by_one(bench, move |at| view(&map, at))
    }),
    mmap_io: Some(|bench| {
        let map = MemoryMappedFile::open_ro(bench.shared(SMALL)).expect("open_ro");
        by_one(bench, move |at| slice(&map, at))
    }),
    memmap2: Some(|bench| {
        let map = plain_open(&bench.shared(SMALL));
        by_one(bench, move |at| part(&map, at))
    }),
    c: Some(|bench| {
        let map = Raw::open(&bench.shared(SMALL), READ);
        by_one(bench, move |at| byte(&map, at))
    }),
};

/// The pointer is asked for once; what is timed is the machine's load.
fn through(bench: &Bench, base: *const u8, keep: impl Sized + 'static) -> Sample {
    repeat(bench.calls(100_000), move |i| {
        let _map = &keep;
        let at = black_box(hot(0, i)) as usize;
        black_box(unsafe { base.add(at).read_volatile() });
    })
}

const POINTER: Row = Row {
    name: "pointer_ro",
    libmmio: Some(|bench| {
        let map = Map::open(&bench.shared(SMALL), Mode::Ro);
        through(bench, map.data(), map)
    }),
    mmap_io: Some(|bench| {
        let map = MemoryMappedFile::open_ro(bench.shared(SMALL)).expect("open_ro");
        through(bench, unsafe { map.as_ptr() }, map)
    }),
    memmap2: Some(|bench| {
        let map = plain_open(&bench.shared(SMALL));
        through(bench, map.as_ptr(), map)
    }),
    c: Some(|bench| {
        let map = Raw::open(&bench.shared(SMALL), READ);
        through(bench, map.base, map)
    }),
};

pub const ROWS: &[Row] = &[RW, RW_BY_TWO, RO, POINTER];
