// SPDX-License-Identifier: Apache-2.0
//! Walking over a map in chunks, one byte of each.

use std::hint::black_box;

use mmap_io::MemoryMappedFile;

use crate::files::{KIB, MIB};
use crate::measure::{repeat, Bench, Row, Sample};
use crate::mmio::Map;
use crate::raw::{plain_create, Raw};

const MAP_SIZE: u64 = 16 * MIB;
const CALLS: u32 = 50;

fn libmmio(bench: &Bench, chunk: u64) -> Sample {
    let map = Map::create(&bench.own("map"), MAP_SIZE);
    repeat(bench.calls(CALLS), move |_| {
        map.walk(chunk, |data| {
            black_box(unsafe { data.read_volatile() });
        });
    })
}

fn mmap_io(bench: &Bench, chunk: u64) -> Sample {
    let map = MemoryMappedFile::create_rw(bench.own("map"), MAP_SIZE).expect("create_rw");
    repeat(bench.calls(CALLS), move |_| {
        for slice in map.chunks(chunk as usize) {
            black_box(slice[0]);
        }
    })
}

fn memmap2(bench: &Bench, chunk: u64) -> Sample {
    let (map, _) = plain_create(&bench.own("map"), MAP_SIZE);
    repeat(bench.calls(CALLS), move |_| {
        for slice in map.chunks(chunk as usize) {
            black_box(slice[0]);
        }
    })
}

fn c(bench: &Bench, chunk: u64) -> Sample {
    let map = Raw::create(&bench.own("map"), MAP_SIZE);
    repeat(bench.calls(CALLS), move |_| {
        for offset in (0..MAP_SIZE).step_by(chunk as usize) {
            black_box(unsafe { map.at(offset).read_volatile() });
        }
    })
}

const BY_4_KIB: Row = Row {
    name: "walk_4_kib",
    libmmio: Some(|bench| libmmio(bench, 4 * KIB)),
    mmap_io: Some(|bench| mmap_io(bench, 4 * KIB)),
    memmap2: Some(|bench| memmap2(bench, 4 * KIB)),
    c: Some(|bench| c(bench, 4 * KIB)),
};

const BY_64_KIB: Row = Row {
    name: "walk_64_kib",
    libmmio: Some(|bench| libmmio(bench, 64 * KIB)),
    mmap_io: Some(|bench| mmap_io(bench, 64 * KIB)),
    memmap2: Some(|bench| memmap2(bench, 64 * KIB)),
    c: Some(|bench| c(bench, 64 * KIB)),
};

pub const ROWS: &[Row] = &[BY_4_KIB, BY_64_KIB];
