// SPDX-License-Identifier: Apache-2.0
//! Hearing of what another process writes.

use std::path::Path;
use std::ptr;

#[cfg(feature = "mmap-io-all")]
use mmap_io::MemoryMappedFile;

use crate::files::{self, KIB, MANY_COUNT};
use crate::measure::{repeat, Bench, Row, Sample, Setup};
use crate::mmio::Watcher;
use crate::raw::c_path;
use crate::threads::other_threads;

/// Another process that writes to a file when told to, and says when it did.
struct Writer {
    go: i32,
    when: i32,
}

fn monotonic_ns() -> u64 {
    let mut now = unsafe { std::mem::zeroed::<libc::timespec>() };
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

impl Writer {
    /// Must come before any thread of this process.
    fn start(path: &Path) -> Writer {
        let file = files::create(path);
        file.set_len(4 * KIB).expect("set_len");
        let path = c_path(path);
        let (mut go, mut when) = ([0; 2], [0; 2]);
        unsafe {
            assert_eq!(libc::pipe(go.as_mut_ptr()), 0, "pipe");
            assert_eq!(libc::pipe(when.as_mut_ptr()), 0, "pipe");
            if libc::fork() == 0 {
                libc::close(go[1]);
                let fd = libc::open(path.as_ptr(), libc::O_WRONLY);
                let mut byte = 0u8;
                while libc::read(go[0], ptr::addr_of_mut!(byte).cast(), 1) == 1 {
                    // The other side is asleep by then.
                    libc::usleep(500);
                    let now = monotonic_ns();
                    libc::pwrite(fd, ptr::addr_of!(byte).cast(), 1, 0);
                    libc::write(when[1], ptr::addr_of!(now).cast(), 8);
                }
                libc::_exit(0);
            }
            libc::close(go[0]);
        }
        Writer {
            go: go[1],
            when: when[0],
        }
    }

    /// Nanoseconds from the write until `wait` returns, which says when it saw the event.
    fn until(&self, wait: impl FnOnce() -> u64) -> f64 {
        let mut begin = 0u64;
        unsafe { libc::write(self.go, ptr::addr_of!(begin).cast(), 1) };
        let end = wait();
        unsafe { libc::read(self.when, ptr::addr_of_mut!(begin).cast(), 8) };
        end.saturating_sub(begin) as f64
    }
}

fn inotify_of(path: &Path) -> i32 {
    let path = c_path(path);
    unsafe {
        let fd = libc::inotify_init1(libc::IN_CLOEXEC);
        assert!(libc::inotify_add_watch(fd, path.as_ptr(), libc::IN_MODIFY) >= 0);
        fd
    }
}

#[cfg(not(feature = "mmap-io-all"))]
const WATCH_OF_MMAP_IO: [Option<Setup>; 5] = [None; 5];

/// Latency, first watch, one more watch, how many are refused, threads.
#[cfg(feature = "mmap-io-all")]
const WATCH_OF_MMAP_IO: [Option<Setup>; 5] = [
    Some(|bench| {
        let path = bench.own("map");
        let writer = Writer::start(&path);
        let map = MemoryMappedFile::open_rw(&path).expect("open_rw");
        let (saw, seen) = std::sync::mpsc::channel();
        let handle = map.watch(move |_| saw.send(monotonic_ns()).expect("the measuring thread"));
        let handle = handle.expect("watch");
        Box::new(move || {
            let _handle = (&map, &handle);
            while seen.try_recv().is_ok() {}
            writer.until(|| seen.recv().expect("an event"))
        })
    }),
    Some(|bench| watch_and_unwatch_by_mmap_io(bench)),
    Some(|bench| watch_and_unwatch_by_mmap_io(bench)),
    Some(|bench| with_watches_by_mmap_io(bench, MANY_COUNT, |refused| refused as f64)),
    Some(|bench| with_watches_by_mmap_io(bench, FEW_COUNT, |_| other_threads())),
];

/// All watches end with the sample: the instances they take belong to all sides.
#[cfg(feature = "mmap-io-all")]
fn with_watches_by_mmap_io(bench: &Bench, count: usize, tell: fn(usize) -> f64) -> Sample {
    let maps: Vec<_> = files::many(bench, bench.count(count))
        .map(|path| MemoryMappedFile::open_rw(path).expect("open_rw"))
        .collect();
    Box::new(move || {
        let watches: Vec<_> = maps
            .iter()
            .map_while(|map| map.watch(|_| ()).ok())
            .collect();
        tell(maps.len() - watches.len())
    })
}

/// Each watch has an instance and threads of its own: the first costs what all cost.
#[cfg(feature = "mmap-io-all")]
fn watch_and_unwatch_by_mmap_io(bench: &Bench) -> Sample {
    let map = MemoryMappedFile::create_rw(bench.own("map"), 4 * KIB).expect("create_rw");
    repeat(bench.calls(20), move |_| {
        drop(map.watch(|_| ()).expect("watch"))
    })
}

const WATCH_LATENCY: Row = Row {
    name: "watch_latency",
    libmmio: Some(|bench| {
        let path = bench.own("map");
        let writer = Writer::start(&path);
        let watcher = Watcher::open();
        watcher.add(&path);
        Box::new(move || {
            writer.until(|| {
                watcher.next(10_000);
                monotonic_ns()
            })
        })
    }),
    mmap_io: WATCH_OF_MMAP_IO[0],
    memmap2: None,
    c: Some(|bench| {
        let path = bench.own("map");
        let writer = Writer::start(&path);
        let fd = inotify_of(&path);
        let mut events = [0u8; 4096];
        Box::new(move || {
            writer.until(|| {
                let got = unsafe { libc::read(fd, events.as_mut_ptr().cast(), events.len()) };
                assert!(got > 0, "read");
                monotonic_ns()
            })
        })
    }),
};

const WATCH_FIRST: Row = Row {
    name: "watch_first",
    libmmio: Some(|bench| {
        let path = bench.own("map");
        files::create(&path);
        repeat(bench.calls(20), move |_| {
            Watcher::open().add(&path);
        })
    }),
    mmap_io: WATCH_OF_MMAP_IO[1],
    memmap2: None,
    c: None,
};

const WATCH_UNWATCH: Row = Row {
    name: "watch_unwatch",
    libmmio: Some(|bench| {
        let (path, other) = (bench.own("map"), bench.own("other"));
        files::create(&path);
        files::create(&other);
        let watcher = Watcher::open();
        watcher.add(&other);
        repeat(bench.calls(1_000), move |_| {
            watcher.remove(watcher.add(&path));
        })
    }),
    mmap_io: WATCH_OF_MMAP_IO[2],
    memmap2: None,
    c: Some(|bench| {
        let (path, other) = (bench.own("map"), bench.own("other"));
        files::create(&path);
        files::create(&other);
        let fd = inotify_of(&other);
        let path = c_path(&path);
        repeat(bench.calls(1_000), move |_| unsafe {
            let watch = libc::inotify_add_watch(fd, path.as_ptr(), libc::IN_MODIFY);
            assert_eq!(libc::inotify_rm_watch(fd, watch), 0, "inotify_rm_watch");
        })
    }),
};

/// What is so while many files are watched.
const FEW_COUNT: usize = 50;

fn with_watches(bench: &Bench, count: usize, tell: fn(usize) -> f64) -> Sample {
    let paths: Vec<_> = files::many(bench, bench.count(count)).collect();
    Box::new(move || {
        let watcher = Watcher::open();
        let watched = paths.iter().map_while(|path| watcher.try_add(path)).count();
        tell(paths.len() - watched)
    })
}

const WATCH_REFUSED: Row = Row {
    name: "watch_refused",
    libmmio: Some(|bench| with_watches(bench, MANY_COUNT, |refused| refused as f64)),
    mmap_io: WATCH_OF_MMAP_IO[3],
    memmap2: None,
    c: None,
};

const WATCH_THREADS: Row = Row {
    name: "watch_threads",
    libmmio: Some(|bench| with_watches(bench, FEW_COUNT, |_| other_threads())),
    mmap_io: WATCH_OF_MMAP_IO[4],
    memmap2: None,
    c: None,
};

pub const ROWS: &[Row] = &[
    WATCH_LATENCY,
    WATCH_FIRST,
    WATCH_UNWATCH,
    WATCH_REFUSED,
    WATCH_THREADS,
];
