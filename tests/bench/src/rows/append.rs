// SPDX-License-Identifier: Apache-2.0
//! Appending small pieces, by what each side has for it.

use mmap_io::MemoryMappedFile;

use crate::files::KIB;
use crate::measure::{once, Row};
use crate::mmio::Map;

const APPENDS: u32 = 1_024;
const STEP: u64 = 4 * KIB;

/// As the row append_growing, but that libmmio decides when to grow.
const APPEND: Row = Row {
    name: "append",
    libmmio: Some(|bench| {
        let path = bench.own("map");
        let appends = bench.calls(APPENDS);
        Box::new(move || {
            let map = Map::create(&path, STEP);
            let time = once(|| {
                for _ in 0..appends {
                    map.append(&[7; 64]);
                }
            });
            time / f64::from(appends)
        })
    }),
    mmap_io: Some(|bench| {
        let path = bench.own("map");
        let appends = bench.calls(APPENDS);
        Box::new(move || {
            let map = MemoryMappedFile::create_rw(&path, STEP).expect("create_rw");
            let time = once(|| {
                for i in 1..=u64::from(appends) {
                    map.resize((i + 1) * STEP).expect("resize");
                    map.update_region(i * STEP, &[7; 64])
                        .expect("update_region");
                }
            });
            time / f64::from(appends)
        })
    }),
    memmap2: None,
    c: None,
};

pub const ROWS: &[Row] = &[APPEND];
