// SPDX-License-Identifier: Apache-2.0
//! Copying bytes out and in.

use std::hint::black_box;
use std::ptr;

use mmap_io::MemoryMappedFile;

use crate::files::{pattern, KIB, LARGEST, LARGEST_SIZE, LARGE_FOLIOS, MIB};
use crate::measure::{repeat, Bench, Row, Sample};
use crate::mmio::{Io, Map, Mode};
use crate::raw::{plain_create, plain_open_rw, Raw, READ_WRITE};
use crate::threads::{repeat_beside, repeat_by_two};

const MAP_SIZE: u64 = 16 * MIB;
const SMALL: usize = 64;
const CALLS: u32 = 100_000;

/// A side's map, as these rows use it. Each copies in its own way; the rows are the same for all.
trait Copier: Send + Sync + Sized + 'static {
    fn create(bench: &Bench) -> Self;
    fn open(bench: &Bench, name: &str) -> Self;
    fn read(&self, offset: u64, buffer: &mut [u8]);
    fn write(&self, offset: u64, data: &[u8]);
}

impl Copier for Map {
    fn create(bench: &Bench) -> Map {
        Map::create(&bench.own("map"), MAP_SIZE)
    }

    fn open(bench: &Bench, name: &str) -> Map {
        Map::open(&bench.shared(name), Mode::Rw)
    }

    #[inline]
    fn read(&self, offset: u64, buffer: &mut [u8]) {
        Map::read(self, offset, buffer);
    }

    #[inline]
    fn write(&self, offset: u64, data: &[u8]) {
        Map::write(self, offset, data);
    }
}

impl Copier for MemoryMappedFile {
    fn create(bench: &Bench) -> MemoryMappedFile {
        MemoryMappedFile::create_rw(bench.own("map"), MAP_SIZE).expect("create_rw")
    }

    fn open(bench: &Bench, name: &str) -> MemoryMappedFile {
        MemoryMappedFile::open_rw(bench.shared(name)).expect("open_rw")
    }

    #[inline]
    fn read(&self, offset: u64, buffer: &mut [u8]) {
        self.read_into(offset, buffer).expect("read_into");
    }

    #[inline]
    fn write(&self, offset: u64, data: &[u8]) {
        self.update_region(offset, data).expect("update_region");
    }
}

/// memmap2 lends a slice; whoever shares it between threads finds exclusion elsewhere.
struct Plain {
    map: memmap2::MmapMut,
    base: *mut u8,
}

unsafe impl Sync for Plain {}
unsafe impl Send for Plain {}

impl Plain {
    fn of(mut map: memmap2::MmapMut) -> Plain {
        let base = map.as_mut_ptr();
        Plain { map, base }
    }
}

impl Copier for Plain {
    fn create(bench: &Bench) -> Plain {
        Plain::of(plain_create(&bench.own("map"), MAP_SIZE).0)
    }

    fn open(bench: &Bench, name: &str) -> Plain {
        Plain::of(plain_open_rw(&bench.shared(name)).0)
    }

    #[inline]
    fn read(&self, offset: u64, buffer: &mut [u8]) {
        buffer.copy_from_slice(&self.map[offset as usize..][..buffer.len()]);
    }

    #[inline]
    fn write(&self, offset: u64, data: &[u8]) {
        assert!(offset as usize + data.len() <= self.map.len());
        let place = unsafe { self.base.add(offset as usize) };
        unsafe { ptr::copy_nonoverlapping(data.as_ptr(), place, data.len()) };
    }
}

impl Copier for Raw {
    fn create(bench: &Bench) -> Raw {
        Raw::create(&bench.own("map"), MAP_SIZE)
    }

    fn open(bench: &Bench, name: &str) -> Raw {
        Raw::open(&bench.shared(name), READ_WRITE)
    }

    #[inline]
    fn read(&self, offset: u64, buffer: &mut [u8]) {
        unsafe { ptr::copy_nonoverlapping(self.at(offset), buffer.as_mut_ptr(), buffer.len()) };
    }

    #[inline]
    fn write(&self, offset: u64, data: &[u8]) {
        unsafe { ptr::copy_nonoverlapping(data.as_ptr(), self.at(offset), data.len()) };
    }
}

/// A map that has been written to, as an RW map is for.
fn written<M: Copier>(bench: &Bench) -> M {
    let map = M::create(bench);
    for offset in (0..MAP_SIZE).step_by(MIB as usize) {
        map.write(offset, &pattern(MIB));
    }
    map
}

#[inline]
fn hot(i: u32) -> u64 {
    black_box(u64::from(i % 64) * SMALL as u64)
}

/// A place in a MiB that is the thread's own.
#[inline]
fn hot_of(thread: u32, i: u32) -> u64 {
    u64::from(thread) * MIB + hot(i)
}

/// A place anywhere in the first MiB, in an order that no prefetcher knows.
#[inline]
fn anywhere(i: u32) -> u64 {
    u64::from(i.wrapping_mul(2_654_435_761) >> 18) * SMALL as u64
}

#[inline]
fn read_small<M: Copier>(map: &M, at: u64) {
    let mut buffer = [0u8; SMALL];
    map.read(at, black_box(&mut buffer));
    black_box(&buffer);
}

#[inline]
fn write_small<M: Copier>(map: &M, at: u64) {
    map.write(at, black_box(&[7u8; SMALL]));
}

fn read_hot<M: Copier>(bench: &Bench) -> Sample {
    let map: M = written(bench);
    repeat(bench.calls(CALLS), move |i| read_small(&map, hot(i)))
}

fn read_by_two<M: Copier>(bench: &Bench) -> Sample {
    let map: M = written(bench);
    repeat_by_two(bench.calls(CALLS), move |_, i| read_small(&map, hot(i)))
}

fn write_hot<M: Copier>(bench: &Bench) -> Sample {
    let map: M = written(bench);
    repeat(bench.calls(CALLS), move |i| write_small(&map, hot(i)))
}

fn write_by_two<M: Copier>(bench: &Bench) -> Sample {
    let map: M = written(bench);
    repeat_by_two(bench.calls(CALLS), move |thread, i| {
        write_small(&map, hot_of(thread, i));
    })
}

fn write_beside_reader<M: Copier>(bench: &Bench) -> Sample {
    let map = std::sync::Arc::new(written::<M>(bench));
    let read = map.clone();
    repeat_beside(
        bench.calls(CALLS),
        move |i| write_small(&*map, anywhere(i)),
        move |i| read_small(&*read, anywhere(i.wrapping_add(1 << 20))),
    )
}

fn read_beside_writer<M: Copier>(bench: &Bench) -> Sample {
    let map = std::sync::Arc::new(written::<M>(bench));
    let write = map.clone();
    repeat_beside(
        bench.calls(CALLS),
        move |i| read_small(&*map, anywhere(i)),
        move |i| write_small(&*write, anywhere(i.wrapping_add(1 << 20))),
    )
}

/// One copy of so many bytes from the beginning of a large file.
fn read_large<M: Copier>(bench: &Bench, size: u64) -> Sample {
    let map = M::open(bench, LARGE_FOLIOS);
    let size = bench.bytes(size);
    let mut buffer = pattern(size);
    let calls = (256 * MIB / size).clamp(1, 256) as u32;
    repeat(bench.calls(calls).min(calls), move |_| {
        map.read(0, black_box(&mut buffer));
    })
}

/// 4 KiB from anywhere in the first 16 MiB.
fn read_4_kib<M: Copier>(bench: &Bench) -> Sample {
    let map = M::open(bench, LARGE_FOLIOS);
    let pages = bench.bytes(MAP_SIZE) / (4 * KIB);
    let mut buffer = pattern(4 * KIB);
    repeat(bench.calls(20_000), move |i| {
        let page = u64::from(i.wrapping_mul(2_654_435_761) >> 8) % pages;
        map.read(page * 4 * KIB, black_box(&mut buffer));
    })
}

fn read_1_mib<M: Copier>(bench: &Bench) -> Sample {
    read_large::<M>(bench, MIB)
}

fn read_16_mib<M: Copier>(bench: &Bench) -> Sample {
    read_large::<M>(bench, 16 * MIB)
}

fn read_256_mib<M: Copier>(bench: &Bench) -> Sample {
    read_large::<M>(bench, 256 * MIB)
}

const BATCH: usize = 64;

/// Random places of a file that no cache holds, page tables filled.
fn random_places(bench: &Bench) -> Vec<u64> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let places = bench.bytes(LARGEST_SIZE) / SMALL as u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % places * SMALL as u64
    };
    (0..1 << 20).map(next).collect()
}

fn read_random<M: Copier>(bench: &Bench) -> Sample {
    let map = M::open(bench, LARGEST);
    fill_page_tables(bench, &map);
    let places = random_places(bench);
    let mut turn = 0usize;
    repeat(bench.calls(50_000), move |_| {
        turn = (turn + 1) % places.len();
        read_small(&map, places[turn]);
    })
}

fn fill_page_tables<M: Copier>(bench: &Bench, map: &M) {
    let mut byte = [0];
    for offset in (0..bench.bytes(LARGEST_SIZE)).step_by(4096) {
        map.read(offset, &mut byte);
    }
}

fn read_random_in_batches(bench: &Bench) -> Sample {
    let map = <Map as Copier>::open(bench, LARGEST);
    fill_page_tables(bench, &map);
    let places = random_places(bench);
    let mut buffers = vec![[0u8; SMALL]; BATCH];
    let mut turn = 0;
    let mut batches = repeat(bench.calls(20_000) / BATCH as u32 + 1, move |_| {
        turn = (turn + BATCH) % (places.len() - BATCH);
        let entry = |(buffer, place): (&mut [u8; SMALL], &u64)| Io {
            offset: *place,
            size: SMALL as u64,
            data: buffer.as_mut_ptr(),
            status: 0,
            reserved: 0,
        };
        let mut entries: Vec<Io> = buffers.iter_mut().zip(&places[turn..]).map(entry).collect();
        map.read_batch(&mut entries);
        black_box(&buffers);
    });
    Box::new(move || batches() / BATCH as f64)
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

/// Only libmmio copies many places in one call; the others are asked one by one.
const BATCHES: Row = Row {
    libmmio: Some(read_random_in_batches),
    ..row!("read_64_random_batches", read_random)
};

pub const ROWS: &[Row] = &[
    row!("read_64", read_hot),
    row!("read_64_2_threads", read_by_two),
    row!("write_64", write_hot),
    row!("write_64_2_threads", write_by_two),
    row!("write_64_beside_reader", write_beside_reader),
    row!("read_64_beside_writer", read_beside_writer),
    BATCHES,
    row!("read_4_kib", read_4_kib),
    row!("read_1_mib", read_1_mib),
    row!("read_16_mib", read_16_mib),
    row!("read_256_mib", read_256_mib),
];
