// SPDX-License-Identifier: Apache-2.0
//! What maps tell of themselves.

use std::hint::black_box;
#[cfg(feature = "mmap-io-all")]
use std::path::Path;

#[cfg(feature = "mmap-io-all")]
use mmap_io::MemoryMappedFile;

use crate::files::{self, MANY_COUNT};
#[cfg(feature = "mmap-io-all")]
use crate::measure::once;
use crate::measure::{repeat, Bench, Row, Sample, Setup};
use crate::mmio::{inventory, Map, Mode};

fn huge_pages(bench: &Bench, others: usize) -> Sample {
    let paths: Vec<_> = files::many(bench, bench.count(others)).collect();
    let held: Vec<Map> = paths.iter().map(|path| Map::open(path, Mode::Rw)).collect();
    let map = Map::open(&bench.shared(files::LARGE_FOLIOS), Mode::Ro);
    repeat(bench.calls(1_000), move |_| {
        let _held = &held;
        black_box(map.huge_pages());
    })
}

#[cfg(not(feature = "mmap-io-all"))]
const HUGE_PAGES_OF_MMAP_IO: [Option<Setup>; 2] = [None; 2];

#[cfg(feature = "mmap-io-all")]
const HUGE_PAGES_OF_MMAP_IO: [Option<Setup>; 2] = [
    Some(|bench| huge_pages_by_mmap_io(bench, 0)),
    Some(|bench| huge_pages_by_mmap_io(bench, MANY_COUNT)),
];

#[cfg(feature = "mmap-io-all")]
fn huge_pages_by_mmap_io(bench: &Bench, others: usize) -> Sample {
    let open = |path: &Path| MemoryMappedFile::open_rw(path).expect("open_rw");
    let paths: Vec<_> = files::many(bench, bench.count(others)).collect();
    let held: Vec<_> = paths.iter().map(|path| open(path)).collect();
    let map = open(&bench.shared(files::LARGE_FOLIOS));
    Box::new(move || {
        let _held = &held;
        once(|| {
            black_box(map.is_hugepage_backed());
        })
    })
}

const HUGE_PAGES: Row = Row {
    name: "huge_pages_beside_0",
    libmmio: Some(|bench| huge_pages(bench, 0)),
    mmap_io: HUGE_PAGES_OF_MMAP_IO[0],
    memmap2: None,
    c: None,
};

const HUGE_PAGES_BESIDE: Row = Row {
    name: "huge_pages_beside_10000",
    libmmio: Some(|bench| huge_pages(bench, MANY_COUNT)),
    mmap_io: HUGE_PAGES_OF_MMAP_IO[1],
    memmap2: None,
    c: None,
};

/// The list is made, each of its entries is looked at, and it is freed.
const INVENTORY: Row = Row {
    name: "inventory",
    libmmio: Some(|bench| {
        let paths = files::many(bench, bench.count(MANY_COUNT));
        let held: Vec<Map> = paths.map(|path| Map::open(&path, Mode::Rw)).collect();
        repeat(bench.calls(8), move |_| {
            let mut bytes = 0;
            let count = inventory(|info| bytes += info.size);
            assert_eq!(count, held.len() as u64, "an entry for each map");
            black_box(bytes);
        })
    }),
    mmap_io: None,
    memmap2: None,
    c: None,
};

pub const ROWS: &[Row] = &[HUGE_PAGES, HUGE_PAGES_BESIDE, INVENTORY];
