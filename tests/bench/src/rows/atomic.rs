// SPDX-License-Identifier: Apache-2.0
//! One atomic addition, asked of the library.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "mmap-io-all")]
use mmap_io::MemoryMappedFile;

use crate::files::MIB;
use crate::measure::{repeat, Bench, Row, Sample};
use crate::mmio::Map;
use crate::raw::{plain_create, Raw};

const MAP_SIZE: u64 = MIB;
const CALLS: u32 = 50_000;

/// 64 cells, 64 bytes apart.
#[inline]
fn cell(i: u32) -> u64 {
    black_box(u64::from(i % 64) * 64)
}

fn through_pointer(bench: &Bench, base: *mut u8, keep: impl Sized + 'static) -> Sample {
    repeat(bench.calls(CALLS), move |i| {
        let _map = &keep;
        let cell = unsafe { AtomicU64::from_ptr(base.add(cell(i) as usize).cast()) };
        black_box(cell.fetch_add(1, Ordering::SeqCst));
    })
}

const ADD: Row = Row {
    name: "atomic_add",
    libmmio: Some(|bench| {
        let map = Map::create(&bench.own("map"), MAP_SIZE);
        repeat(bench.calls(CALLS), move |i| {
            black_box(map.add(cell(i), 1));
        })
    }),
    #[cfg(feature = "mmap-io-all")]
    mmap_io: Some(|bench| {
        let map = MemoryMappedFile::create_rw(bench.own("map"), MAP_SIZE).expect("create_rw");
        repeat(bench.calls(CALLS), move |i| {
            let view = map.atomic_u64(cell(i)).expect("atomic_u64");
            black_box(view.fetch_add(1, Ordering::SeqCst));
        })
    }),
    #[cfg(not(feature = "mmap-io-all"))]
    mmap_io: None,
    memmap2: Some(|bench| {
        let (mut map, _) = plain_create(&bench.own("map"), MAP_SIZE);
        through_pointer(bench, map.as_mut_ptr(), map)
    }),
    c: Some(|bench| {
        let map = Raw::create(&bench.own("map"), MAP_SIZE);
        through_pointer(bench, map.base, map)
    }),
};

pub const ROWS: &[Row] = &[ADD];
