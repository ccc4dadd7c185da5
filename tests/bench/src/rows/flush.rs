// SPDX-License-Identifier: Apache-2.0
//! Making bytes durable, and writing them without that.

use mmap_io::MemoryMappedFile;

use crate::files::{self, pattern, KIB, MIB};
use crate::measure::{repeat, Bench, Row, Sample};
use crate::mmio::{Map, Mode};
use crate::raw::{plain_open_rw, Raw, READ_WRITE};
use crate::rows::resize::{Plain, Resize};

const CLEAN_SIZE: u64 = 64 * MIB;

/// A file of its own that has nothing left to write back.
fn clean_file(bench: &Bench) -> std::path::PathBuf {
    let path = bench.own("map");
    files::write_in_pieces(&files::create(&path), bench.bytes(CLEAN_SIZE));
    path
}

const CLEAN: Row = Row {
    name: "flush_clean",
    libmmio: Some(|bench| {
        let map = Map::open(&clean_file(bench), Mode::Rw);
        repeat(bench.calls(16), move |_| map.flush())
    }),
    mmap_io: Some(|bench| {
        let map = MemoryMappedFile::open_rw(clean_file(bench)).expect("open_rw");
        repeat(bench.calls(16), move |_| map.flush().expect("flush"))
    }),
    memmap2: Some(|bench| {
        let (map, _) = plain_open_rw(&clean_file(bench));
        repeat(bench.calls(16), move |_| map.flush().expect("flush"))
    }),
    c: Some(|bench| {
        let map = Raw::open(&clean_file(bench), READ_WRITE);
        repeat(bench.calls(16), move |_| map.sync())
    }),
};

const WRITTEN_SIZE: u64 = 4 * MIB;
const PIECE: u64 = 64 * KIB;

/// 4 MiB in pieces of 64 KiB, each copied in.
fn write_through<M: Resize>(bench: &Bench) -> Sample {
    let mut map = M::create(&bench.own("map"), WRITTEN_SIZE);
    let piece = pattern(PIECE);
    repeat(bench.calls(16), move |_| {
        for offset in (0..WRITTEN_SIZE).step_by(PIECE as usize) {
            map.write(offset, &piece);
        }
    })
}

const WRITE: Row = Row {
    name: "write_4_mib_manual",
    libmmio: Some(write_through::<Map>),
    mmap_io: Some(write_through::<MemoryMappedFile>),
    memmap2: Some(write_through::<Plain>),
    c: Some(write_through::<Raw>),
};

pub const ROWS: &[Row] = &[CLEAN, WRITE];
