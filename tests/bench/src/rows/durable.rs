// SPDX-License-Identifier: Apache-2.0
//! Writes that are on the device before the next one begins.

use mmap_io::MemoryMappedFile;

use crate::files::{self, MIB};
use crate::measure::{repeat, Bench, Row, Sample};
use crate::mmio::{Io, Map, Mode, Policy};
use crate::raw::{Raw, READ_WRITE};
use crate::threads::repeat_by_many;

const SIZE: u64 = 64 * MIB;
const BYTES: [u8; 64] = [7; 64];
const WRITES: u64 = 64;

/// A file that the system keeps in large folios.
fn large_folios(bench: &Bench) -> std::path::PathBuf {
    let path = bench.own("map");
    files::write_in_large_folios(&path, bench.bytes(SIZE));
    path
}

/// Somewhere else for each number, in no order.
fn place(size: u64, number: u64) -> u64 {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    mixed % (size / 64) * 64
}

fn always(bench: &Bench) -> Map {
    let map = Map::open(&large_folios(bench), Mode::Rw);
    map.set_policy(Policy::Always, 0);
    map
}

fn open_rw(bench: &Bench) -> MemoryMappedFile {
    MemoryMappedFile::open_rw(large_folios(bench)).expect("open_rw")
}

fn store(map: &Raw, offset: u64) {
    unsafe { std::ptr::copy_nonoverlapping(BYTES.as_ptr(), map.at(offset), BYTES.len()) };
}

const WRITE: Row = Row {
    name: "durable_write",
    libmmio: Some(|bench| {
        let (map, size) = (always(bench), bench.bytes(SIZE));
        repeat(bench.calls(64), move |i| {
            map.write(place(size, u64::from(i)), &BYTES)
        })
    }),
    mmap_io: Some(|bench| {
        let (map, size) = (open_rw(bench), bench.bytes(SIZE));
        repeat(bench.calls(64), move |i| {
            let place = place(size, u64::from(i));
            map.update_region(place, &BYTES).expect("update_region");
            map.flush().expect("flush");
        })
    }),
    memmap2: None,
    c: Some(|bench| {
        let map = Raw::open(&large_folios(bench), READ_WRITE);
        let size = bench.bytes(SIZE);
        repeat(bench.calls(64), move |i| {
            store(&map, place(size, u64::from(i)));
            map.sync();
        })
    }),
};

const WRITE_64: Row = Row {
    name: "durable_64_writes",
    libmmio: Some(|bench| {
        let (map, size) = (always(bench), bench.bytes(SIZE));
        let mut bytes = BYTES;
        repeat(bench.calls(8), move |i| {
            let mut entries: Vec<Io> = (0..WRITES)
                .map(|entry| Io {
                    offset: place(size, u64::from(i) * WRITES + entry),
                    size: BYTES.len() as u64,
                    data: bytes.as_mut_ptr(),
                    status: 0,
                    reserved: 0,
                })
                .collect();
            map.write_batch(&mut entries);
        })
    }),
    mmap_io: Some(|bench| {
        let (map, size) = (open_rw(bench), bench.bytes(SIZE));
        repeat(bench.calls(8), move |i| {
            for entry in 0..WRITES {
                let place = place(size, u64::from(i) * WRITES + entry);
                map.update_region(place, &BYTES).expect("update_region");
            }
            map.flush().expect("flush");
        })
    }),
    memmap2: None,
    c: Some(|bench| {
        let map = Raw::open(&large_folios(bench), READ_WRITE);
        let size = bench.bytes(SIZE);
        repeat(bench.calls(8), move |i| {
            for entry in 0..WRITES {
                store(&map, place(size, u64::from(i) * WRITES + entry));
            }
            map.sync();
        })
    }),
};

fn place_of(size: u64, thread: u32, call: u32) -> u64 {
    place(size, u64::from(thread) << 32 | u64::from(call))
}

fn libmmio_by(bench: &Bench, threads: u32) -> Sample {
    let (map, size) = (always(bench), bench.bytes(SIZE));
    repeat_by_many(threads, bench.calls(32), move |thread, i| {
        map.write(place_of(size, thread, i), &BYTES)
    })
}

fn mmap_io_by(bench: &Bench, threads: u32) -> Sample {
    let (map, size) = (open_rw(bench), bench.bytes(SIZE));
    repeat_by_many(threads, bench.calls(32), move |thread, i| {
        let place = place_of(size, thread, i);
        map.update_region(place, &BYTES).expect("update_region");
        map.flush().expect("flush");
    })
}

const WRITE_4_THREADS: Row = Row {
    name: "durable_write_4_threads",
    libmmio: Some(|bench| libmmio_by(bench, 4)),
    mmap_io: Some(|bench| mmap_io_by(bench, 4)),
    memmap2: None,
    c: None,
};

const WRITE_8_THREADS: Row = Row {
    name: "durable_write_8_threads",
    libmmio: Some(|bench| libmmio_by(bench, 8)),
    mmap_io: Some(|bench| mmap_io_by(bench, 8)),
    memmap2: None,
    c: None,
};

pub const ROWS: &[Row] = &[WRITE, WRITE_64, WRITE_4_THREADS, WRITE_8_THREADS];
