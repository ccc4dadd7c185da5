// SPDX-License-Identifier: Apache-2.0
//! Growing and shrinking.

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use mmap_io::MemoryMappedFile;

use crate::files::{FOLIOS_SIZE, KIB, LARGE_FOLIOS, MIB, SMALL_FOLIOS};
use crate::measure::{each, once, repeat, Bench, Row, Sample};
use crate::mmio::{Map, Mode};
use crate::raw::{plain_create, plain_open_rw, Raw};
use crate::rows::touch::{read_each_page, Touch};

/// A side's map that grows.
pub trait Resize: Sized + 'static {
    fn create(path: &Path, size: u64) -> Self;
    fn open(path: &Path) -> Self;
    fn resize(&mut self, size: u64);
    fn write(&mut self, offset: u64, data: &[u8]);
}

impl Resize for Map {
    fn create(path: &Path, size: u64) -> Map {
        Map::create(path, size)
    }

    fn open(path: &Path) -> Map {
        Map::open(path, Mode::Rw)
    }

    fn resize(&mut self, size: u64) {
        Map::resize(self, size);
    }

    fn write(&mut self, offset: u64, data: &[u8]) {
        Map::write(self, offset, data);
    }
}

impl Resize for MemoryMappedFile {
    fn create(path: &Path, size: u64) -> MemoryMappedFile {
        MemoryMappedFile::create_rw(path, size).expect("create_rw")
    }

    fn open(path: &Path) -> MemoryMappedFile {
        MemoryMappedFile::open_rw(path).expect("open_rw")
    }

    fn resize(&mut self, size: u64) {
        MemoryMappedFile::resize(self, size).expect("resize");
    }

    fn write(&mut self, offset: u64, data: &[u8]) {
        self.update_region(offset, data).expect("update_region");
    }
}

pub struct Plain {
    map: memmap2::MmapMut,
    file: std::fs::File,
}

impl Resize for Plain {
    fn create(path: &Path, size: u64) -> Plain {
        let (map, file) = plain_create(path, size);
        Plain { map, file }
    }

    fn open(path: &Path) -> Plain {
        let (map, file) = plain_open_rw(path);
        Plain { map, file }
    }

    fn resize(&mut self, size: u64) {
        self.file.set_len(size).expect("set_len");
        let may_move = memmap2::RemapOptions::new().may_move(true);
        unsafe { self.map.remap(size as usize, may_move) }.expect("remap");
    }

    fn write(&mut self, offset: u64, data: &[u8]) {
        self.map[offset as usize..][..data.len()].copy_from_slice(data);
    }
}

impl Touch for Plain {
    fn touch(&mut self, size: u64) {
        read_each_page(self.map.as_ptr(), size);
    }
}

/// A file mapped beyond its end: growing is one system call.
const RESERVED: usize = 1 << 30;

impl Resize for Raw {
    fn create(path: &Path, size: u64) -> Raw {
        Raw::create_in(&crate::raw::c_path(path), size as usize, RESERVED)
    }

    fn open(path: &Path) -> Raw {
        Raw::open_in(path, RESERVED)
    }

    fn resize(&mut self, size: u64) {
        Raw::resize(self, size as usize);
    }

    fn write(&mut self, offset: u64, data: &[u8]) {
        let place = self.at(offset);
        unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), place, data.len()) };
    }
}

fn pair<M: Resize>(bench: &Bench) -> Sample {
    let mut map = M::create(&bench.own("map"), MIB);
    repeat(bench.calls(1_000), move |_| {
        map.resize(8 * MIB);
        map.resize(MIB);
    })
}

/// The same of a map in use. One that nobody ever touched has no page tables to be cleared.
fn pair_used<M: Resize>(bench: &Bench) -> Sample {
    let mut map = M::create(&bench.own("map"), MIB);
    repeat(bench.calls(1_000), move |_| {
        map.write(0, &[7; 64]);
        map.resize(8 * MIB);
        map.resize(MIB);
    })
}

const APPENDS: u32 = 1_024;
const STEP: u64 = 4 * KIB;

fn append<M: Resize>(bench: &Bench) -> Sample {
    let mut map = M::create(&bench.own("map"), STEP);
    let appends = bench.calls(APPENDS);
    Box::new(move || {
        map.resize(STEP);
        let time = once(|| {
            for i in 1..=u64::from(appends) {
                map.resize((i + 1) * STEP);
                map.write(i * STEP, &[7; 64]);
            }
        });
        time / f64::from(appends)
    })
}

const HOLD: Duration = Duration::from_millis(10);
const HELD_SIZE: u64 = 16 * MIB;

/// What the holder of a view does with it: says that it has it, and keeps it a while.
fn hold(held: &mpsc::Sender<()>) {
    held.send(()).expect("the growing thread");
    std::thread::sleep(HOLD);
}

/// Times one growth, begun while another thread holds a view of the map.
fn grow_beside(view: impl FnOnce(&mpsc::Sender<()>) + Send, grow: impl FnOnce()) -> f64 {
    let (held, is_held) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || view(&held));
        is_held.recv().expect("the holding thread");
        once(grow)
    })
}

/// memmap2 and system calls know no views: nothing there would wait.
const BESIDE_VIEW: Row = Row {
    name: "grow_beside_view",
    libmmio: Some(|bench| {
        let map = Map::create(&bench.own("map"), HELD_SIZE);
        Box::new(move || {
            map.resize(HELD_SIZE);
            grow_beside(
                |held| map.with_view(0, 64, |_| hold(held)),
                || map.resize(HELD_SIZE + MIB),
            )
        })
    }),
    mmap_io: Some(|bench| {
        let map = MemoryMappedFile::create_rw(bench.own("map"), HELD_SIZE).expect("create_rw");
        Box::new(move || {
            map.resize(HELD_SIZE).expect("resize");
            grow_beside(
                |held| {
                    let _view = map.as_slice(0, 64).expect("as_slice");
                    hold(held);
                },
                || map.resize(HELD_SIZE + MIB).expect("resize"),
            )
        })
    }),
    memmap2: None,
    c: None,
};

/// Grows a map whose pages are all there, and has them there again.
fn grow_and_touch<M: Resize + Touch>(bench: &Bench, name: &str) -> Sample {
    let size = bench.bytes(FOLIOS_SIZE);
    let mut map = M::open(&bench.shared(name));
    let mut sample = move || {
        map.touch(size);
        let time = once(|| {
            map.resize(size + MIB);
            map.touch(size);
        });
        map.resize(size);
        time
    };
    each(1, |_| {
        sample();
    });
    Box::new(sample)
}

fn grow_large<M: Resize + Touch>(bench: &Bench) -> Sample {
    grow_and_touch::<M>(bench, LARGE_FOLIOS)
}

fn grow_small<M: Resize + Touch>(bench: &Bench) -> Sample {
    grow_and_touch::<M>(bench, SMALL_FOLIOS)
}

macro_rules! row {
    ($name:literal, $of:ident) => {
        Row {
            name: $name,
            libmmio: Some($of::<Map>),
            mmap_io: Some($of::<MemoryMappedFile>),
            memmap2: Some($of::<Plain>),
            c: Some($of::<Raw>),
        }
    };
}

pub const ROWS: &[Row] = &[
    row!("resize_pair", pair),
    row!("resize_pair_used", pair_used),
    BESIDE_VIEW,
    row!("append_growing", append),
    row!("grow_touch_large_folios", grow_large),
    row!("grow_touch_small_folios", grow_small),
];
