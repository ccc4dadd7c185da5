// SPDX-License-Identifier: Apache-2.0
//! Opening and closing, alone and beside thousands of open maps.

use std::hint::black_box;

use mmap_io::MemoryMappedFile;

use crate::files::{self, MANY_COUNT, MIB, SMALL};
use crate::measure::{repeat, Bench, Row, Sample};
use crate::mmio::{Map, Mode};
use crate::raw::{c_path, plain_create, plain_open, plain_open_rw, Raw, READ, READ_WRITE};

const CALLS: u32 = 1_000;
const CREATED_SIZE: u64 = MIB;

const RO: Row = Row {
    name: "open_ro",
    libmmio: Some(|bench| {
        let path = c_path(&bench.shared(SMALL));
        repeat(bench.calls(CALLS), move |_| {
            drop(Map::open_c(&path, Mode::Ro));
        })
    }),
    mmap_io: Some(|bench| {
        let path = bench.shared(SMALL);
        repeat(bench.calls(CALLS), move |_| {
            drop(MemoryMappedFile::open_ro(&path).expect("open_ro"));
        })
    }),
    memmap2: Some(|bench| {
        let path = bench.shared(SMALL);
        repeat(bench.calls(CALLS), move |_| drop(plain_open(&path)))
    }),
    c: Some(|bench| {
        let path = c_path(&bench.shared(SMALL));
        repeat(bench.calls(CALLS), move |_| {
            drop(Raw::open_as(&path, READ, libc::MAP_SHARED));
        })
    }),
};

const COW: Row = Row {
    name: "open_cow",
    libmmio: Some(|bench| {
        let path = c_path(&bench.shared(SMALL));
        repeat(bench.calls(CALLS), move |_| {
            drop(Map::open_c(&path, Mode::Cow));
        })
    }),
    mmap_io: Some(|bench| {
        let path = bench.shared(SMALL);
        repeat(bench.calls(CALLS), move |_| {
            drop(MemoryMappedFile::open_cow(&path).expect("open_cow"));
        })
    }),
    memmap2: Some(|bench| {
        let path = bench.shared(SMALL);
        repeat(bench.calls(CALLS), move |_| {
            let file = std::fs::File::open(&path).expect("open");
            let map = unsafe { memmap2::MmapOptions::new().map_copy_read_only(&file) };
            drop(map.expect("map_copy_read_only"));
        })
    }),
    c: Some(|bench| {
        let path = c_path(&bench.shared(SMALL));
        repeat(bench.calls(CALLS), move |_| {
            drop(Raw::open_as(&path, READ, libc::MAP_PRIVATE));
        })
    }),
};

/// The file is there already and is cut to length 0 first.
const CREATE: Row = Row {
    name: "create_1_mib",
    libmmio: Some(|bench| {
        let path = c_path(&bench.own("map"));
        repeat(bench.calls(CALLS), move |_| {
            drop(Map::create_c(&path, CREATED_SIZE));
        })
    }),
    mmap_io: Some(|bench| {
        let path = bench.own("map");
        repeat(bench.calls(CALLS), move |_| {
            drop(MemoryMappedFile::create_rw(&path, CREATED_SIZE).expect("create_rw"));
        })
    }),
    memmap2: Some(|bench| {
        let path = bench.own("map");
        repeat(bench.calls(CALLS), move |_| {
            drop(plain_create(&path, CREATED_SIZE));
        })
    }),
    c: Some(|bench| {
        let path = c_path(&bench.own("map"));
        let size = CREATED_SIZE as usize;
        repeat(bench.calls(CALLS), move |_| {
            drop(Raw::create_in(&path, size, size));
        })
    }),
};

/// Keeps so many maps open, of a file each, then opens and closes one more.
fn beside<M: 'static>(bench: &Bench, count: usize, open: fn(&std::path::Path) -> M) -> Sample {
    let mut paths = files::many(bench, bench.count(count));
    let last = paths.next().expect("a file");
    let held: Vec<M> = paths.map(|path| open(&path)).collect();
    repeat(bench.calls(CALLS), move |_| {
        let _held = &held;
        drop(open(&last));
    })
}

macro_rules! beside {
    ($name:literal, $count:expr) => {
        Row {
            name: $name,
            libmmio: Some(|bench| beside(bench, $count, |path| Map::open(path, Mode::Rw))),
            mmap_io: Some(|bench| {
                beside(bench, $count, |path| {
                    MemoryMappedFile::open_rw(path).expect("open_rw")
                })
            }),
            memmap2: Some(|bench| beside(bench, $count, |path| plain_open_rw(path).0)),
            c: Some(|bench| beside(bench, $count, |path| Raw::open(path, READ_WRITE))),
        }
    };
}

const READ_SIZE: usize = 4 << 10;

/// What a program does that wants one block of a file.
const READ_CLOSE: Row = Row {
    name: "open_read_close",
    libmmio: Some(|bench| {
        let path = c_path(&bench.shared(SMALL));
        let mut buffer = [0; READ_SIZE];
        repeat(bench.calls(CALLS), move |_| {
            Map::open_deferred(&path).read(0, black_box(&mut buffer));
        })
    }),
    mmap_io: Some(|bench| {
        let path = bench.shared(SMALL);
        let mut buffer = [0; READ_SIZE];
        repeat(bench.calls(CALLS), move |_| {
            let map = MemoryMappedFile::open_ro(&path).expect("open_ro");
            map.read_into(0, black_box(&mut buffer)).expect("read_into");
        })
    }),
    memmap2: Some(|bench| {
        let path = bench.shared(SMALL);
        let mut buffer = [0; READ_SIZE];
        repeat(bench.calls(CALLS), move |_| {
            black_box(&mut buffer).copy_from_slice(&plain_open(&path)[..READ_SIZE]);
        })
    }),
    c: Some(|bench| {
        let path = bench.shared(SMALL);
        let mut buffer = [0; READ_SIZE];
        repeat(bench.calls(CALLS), move |_| {
            let file = std::fs::File::open(&path).expect("open");
            let read = std::os::unix::fs::FileExt::read_exact_at;
            read(&file, black_box(&mut buffer), 0).expect("read");
        })
    }),
};

pub const ROWS: &[Row] = &[
    RO,
    COW,
    CREATE,
    READ_CLOSE,
    beside!("open_rw_beside_0", 1),
    beside!("open_rw_beside_1000", 1_000),
    beside!("open_rw_beside_10000", MANY_COUNT),
];
