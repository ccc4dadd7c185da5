// SPDX-License-Identifier: Apache-2.0
//! libmmio beside mmap-io 1.1.0 (all features) and memmap2, in one interleaved run.
//!
//! The last two columns say how many times as fast as mmap-io each one is.

mod measure;
mod mmio;

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use measure::{compare, each, each_of_two, Contender, REFERENCE};
use mmap_io::MemoryMappedFile;

const MAP_SIZE: u64 = 16 << 20;
const VIEW_SIZE: u64 = 64;
const CALLS: u32 = 20_000;
const HOLD: Duration = Duration::from_millis(10);

/// A place that stays in the first-level cache.
fn hot(i: u32) -> u64 {
    u64::from(i % 64) * VIEW_SIZE
}

fn views(ours: &mmio::Map, theirs: &MemoryMappedFile, plain: &memmap2::MmapMut) {
    let view_ours = |i| {
        std::hint::black_box(ours.with_view(hot(i), VIEW_SIZE, mmio::View::first));
    };
    let view_theirs = |i| {
        let view = theirs.as_slice(hot(i), VIEW_SIZE).expect("as_slice");
        std::hint::black_box(view[0]);
    };
    let view_plain = |i| {
        let start = hot(i) as usize;
        std::hint::black_box(plain[start..start + VIEW_SIZE as usize][0]);
    };
    compare(
        "view 64 B, read 1 byte, release; 1 thread",
        vec![
            Contender {
                name: "libmmio",
                run: Box::new(|| each(CALLS, view_ours)),
            },
            Contender {
                name: REFERENCE,
                run: Box::new(|| each(CALLS, view_theirs)),
            },
            Contender {
                name: "memmap2",
                run: Box::new(|| each(CALLS, view_plain)),
            },
        ],
    );
    compare(
        "view 64 B, read 1 byte, release; 2 threads",
        vec![
            Contender {
                name: "libmmio",
                run: Box::new(|| each_of_two(CALLS, view_ours)),
            },
            Contender {
                name: REFERENCE,
                run: Box::new(|| each_of_two(CALLS, view_theirs)),
            },
            Contender {
                name: "memmap2",
                run: Box::new(|| each_of_two(CALLS, view_plain)),
            },
        ],
    );
}

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
        let start = Instant::now();
        grow();
        start.elapsed().as_nanos() as f64
    })
}

fn growth(ours: &mmio::Map, theirs: &MemoryMappedFile) {
    let mut our_size = MAP_SIZE;
    let mut their_size = MAP_SIZE;
    compare(
        "grow by 1 MiB while a view is held 10 ms",
        vec![
            Contender {
                name: "libmmio",
                run: Box::new(move || {
                    our_size += 1 << 20;
                    grow_beside(
                        |held| ours.with_view(0, VIEW_SIZE, |_| hold(held)),
                        || ours.resize(our_size),
                    )
                }),
            },
            Contender {
                name: REFERENCE,
                run: Box::new(move || {
                    their_size += 1 << 20;
                    grow_beside(
                        |held| {
                            let _view = theirs.as_slice(0, VIEW_SIZE).expect("as_slice");
                            hold(held);
                        },
                        || theirs.resize(their_size).expect("resize"),
                    )
                }),
            },
        ],
    );
}

fn plain_map(path: &Path) -> memmap2::MmapMut {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .expect("open");
    file.set_len(MAP_SIZE).expect("set_len");
    unsafe { memmap2::MmapMut::map_mut(&file).expect("map_mut") }
}

fn main() {
    let directory = std::env::args()
        .nth(1)
        .expect("usage: mmio-bench DIRECTORY");
    let directory = Path::new(&directory);
    let ours = mmio::Map::create(&directory.join("libmmio"), MAP_SIZE);
    let theirs =
        MemoryMappedFile::create_rw(directory.join("mmap-io"), MAP_SIZE).expect("create_rw");
    let plain = plain_map(&directory.join("memmap2"));
    measure::print_header();
    views(&ours, &theirs, &plain);
    growth(&ours, &theirs);
}
