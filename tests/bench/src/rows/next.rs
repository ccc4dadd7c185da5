// SPDX-License-Identifier: Apache-2.0
//! Rows that wait for functions of libmmio. Built with `--features next` once they are there.

use std::ffi::{c_char, c_void};
use std::hint::black_box;
use std::path::Path;
use std::ptr;
use std::time::{Duration, Instant};

use mmap_io::flush::FlushPolicy;
use mmap_io::MemoryMappedFile;

use crate::files::{self, pattern, GIB, KIB, MANY_COUNT, MIB};
use crate::measure::{once, repeat, Bench, Row, Sample, Setup};
use crate::mmio::{mmio_map, Map, Mode};
use crate::raw::{c_path, Raw, READ_WRITE};
use crate::rows::touch::Touch;

#[allow(non_camel_case_types)]
enum mmio_watcher {}

#[repr(C)]
struct WatchEvent {
    watch: u64,
    kind: u32,
    flags: u32,
    size: u64,
    time: u64,
    reserved: [u64; 4],
}

extern "C" {
    fn mmio_map_append(
        map: *mut mmio_map,
        data: *const u8,
        size: u64,
        out_offset: *mut u64,
        error: *mut c_void,
    ) -> i32;
    fn mmio_map_set_policy(map: *mut mmio_map, policy: u32, amount: u64, error: *mut c_void)
        -> i32;
    fn mmio_map_huge_pages(map: *mut mmio_map, out_state: *mut u32, error: *mut c_void) -> i32;
    fn mmio_watcher_open(out: *mut *mut mmio_watcher, error: *mut c_void) -> i32;
    fn mmio_watcher_close(watcher: *mut mmio_watcher);
    fn mmio_watcher_add_path(
        watcher: *mut mmio_watcher,
        path: *const c_char,
        out_watch: *mut u64,
        error: *mut c_void,
    ) -> i32;
    fn mmio_watcher_remove(watcher: *mut mmio_watcher, watch: u64, error: *mut c_void) -> i32;
    fn mmio_watcher_next(
        watcher: *mut mmio_watcher,
        timeout_ms: i64,
        out_event: *mut WatchEvent,
        error: *mut c_void,
    ) -> i32;
}

const POLICY_EVERY_BYTES: u32 = 2;
const POLICY_EVERY_MILLIS: u32 = 4;

fn check(status: i32, name: &str) {
    assert_eq!(status, 0, "{name}");
}

// Policies.

fn with_policy(path: &Path, size: u64, policy: u32, amount: u64) -> Map {
    let map = Map::create(path, size);
    let status = unsafe { mmio_map_set_policy(map.0, policy, amount, ptr::null_mut()) };
    check(status, "mmio_map_set_policy");
    map
}

fn with_flush_policy(path: &Path, size: u64, policy: FlushPolicy) -> MemoryMappedFile {
    let builder = MemoryMappedFile::builder(path).size(size);
    builder.flush_policy(policy).create().expect("create")
}

const PIECE: u64 = 64 * KIB;
const WRITTEN_SIZE: u64 = 4 * MIB;

fn write_pieces(bench: &Bench, write: impl Fn(u64, &[u8]) + 'static) -> Sample {
    let piece = pattern(PIECE);
    repeat(bench.calls(1), move |_| {
        for offset in (0..WRITTEN_SIZE).step_by(PIECE as usize) {
            write(offset, &piece);
        }
    })
}

const EVERY_BYTES: Row = Row {
    name: "write_4_mib_every_bytes",
    libmmio: Some(|bench| {
        let path = bench.own("map");
        let map = with_policy(&path, WRITTEN_SIZE, POLICY_EVERY_BYTES, PIECE);
        write_pieces(bench, move |offset, data| map.write(offset, data))
    }),
    mmap_io: Some(|bench| {
        let policy = FlushPolicy::EveryBytes(PIECE as usize);
        let map = with_flush_policy(&bench.own("map"), WRITTEN_SIZE, policy);
        write_pieces(bench, move |offset, data| {
            map.update_region(offset, data).expect("update_region");
        })
    }),
    memmap2: None,
    c: None,
};

const MILLIS: u64 = 10;
const RANDOM_SIZE: u64 = 64 * MIB;

/// Times each of many writes at random places, and picks one of them by its rank.
fn latency(bench: &Bench, rank: fn(&[f64]) -> f64, write: impl Fn(u64) + 'static) -> Sample {
    let calls = bench.calls(1_000_000);
    let mut state = 1u64;
    Box::new(move || {
        let mut times: Vec<f64> = (0..calls)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let place = (state >> 33) % (RANDOM_SIZE / 64) * 64;
                once(|| write(place))
            })
            .collect();
        times.sort_by(f64::total_cmp);
        rank(&times)
    })
}

fn p999(sorted: &[f64]) -> f64 {
    sorted[sorted.len() * 999 / 1000]
}

fn worst(sorted: &[f64]) -> f64 {
    sorted[sorted.len() - 1]
}

fn latency_of_libmmio(bench: &Bench, rank: fn(&[f64]) -> f64) -> Sample {
    let map = with_policy(&bench.own("map"), RANDOM_SIZE, POLICY_EVERY_MILLIS, MILLIS);
    latency(bench, rank, move |place| map.write(place, &[7; 64]))
}

fn latency_of_mmap_io(bench: &Bench, rank: fn(&[f64]) -> f64) -> Sample {
    let policy = FlushPolicy::EveryMillis(MILLIS);
    let map = with_flush_policy(&bench.own("map"), RANDOM_SIZE, policy);
    latency(bench, rank, move |place| {
        map.update_region(place, &[7; 64]).expect("update_region");
    })
}

const EVERY_MILLIS_P999: Row = Row {
    name: "every_millis_p999",
    libmmio: Some(|bench| latency_of_libmmio(bench, p999)),
    mmap_io: Some(|bench| latency_of_mmap_io(bench, p999)),
    memmap2: None,
    c: None,
};

const EVERY_MILLIS_WORST: Row = Row {
    name: "every_millis_worst",
    libmmio: Some(|bench| latency_of_libmmio(bench, worst)),
    mmap_io: Some(|bench| latency_of_mmap_io(bench, worst)),
    memmap2: None,
    c: None,
};

fn cpu_time() -> Duration {
    let mut usage = unsafe { std::mem::zeroed::<libc::rusage>() };
    check(
        unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) },
        "getrusage",
    );
    let micros = |time: libc::timeval| time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64;
    Duration::from_micros(micros(usage.ru_utime) + micros(usage.ru_stime))
}

/// Percent of a core while all that is held does nothing.
fn idle<M: 'static>(bench: &Bench, make: impl Fn(&Path) -> M) -> Sample {
    let held: Vec<M> = (0..bench.count(1_000))
        .map(|i| make(&bench.own(&format!("idle-{i}"))))
        .collect();
    let pause = Duration::from_millis(u64::from(bench.calls(1_000)));
    Box::new(move || {
        let _held = &held;
        let (start, used) = (Instant::now(), cpu_time());
        std::thread::sleep(pause);
        (cpu_time() - used).as_secs_f64() / start.elapsed().as_secs_f64() * 100.0
    })
}

const IDLE: Row = Row {
    name: "every_millis_idle",
    libmmio: Some(|bench| {
        idle(bench, |path| {
            with_policy(path, 4 * KIB, POLICY_EVERY_MILLIS, MILLIS)
        })
    }),
    mmap_io: Some(|bench| {
        idle(bench, |path| {
            with_flush_policy(path, 4 * KIB, FlushPolicy::EveryMillis(MILLIS))
        })
    }),
    memmap2: None,
    c: None,
};

// Appending.

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
            let mut offset = 0;
            let time = once(|| {
                for _ in 0..appends {
                    let data = [7u8; 64].as_ptr();
                    let status =
                        unsafe { mmio_map_append(map.0, data, 64, &mut offset, ptr::null_mut()) };
                    check(status, "mmio_map_append");
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

// Watching.

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
            check(libc::pipe(go.as_mut_ptr()), "pipe");
            check(libc::pipe(when.as_mut_ptr()), "pipe");
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

fn open_watcher() -> *mut mmio_watcher {
    let mut watcher = ptr::null_mut();
    check(
        unsafe { mmio_watcher_open(&mut watcher, ptr::null_mut()) },
        "mmio_watcher_open",
    );
    watcher
}

fn add(watcher: *mut mmio_watcher, path: &Path) -> u64 {
    let mut watch = 0;
    let path = c_path(path);
    check(
        unsafe { mmio_watcher_add_path(watcher, path.as_ptr(), &mut watch, ptr::null_mut()) },
        "mmio_watcher_add_path",
    );
    watch
}

fn next_event(watcher: *mut mmio_watcher) -> u64 {
    let mut event = std::mem::MaybeUninit::<WatchEvent>::uninit();
    check(
        unsafe { mmio_watcher_next(watcher, 10_000, event.as_mut_ptr(), ptr::null_mut()) },
        "mmio_watcher_next",
    );
    monotonic_ns()
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
const WATCH_OF_MMAP_IO: [Option<Setup>; 3] = [None; 3];

/// Latency, first watch, one more watch.
#[cfg(feature = "mmap-io-all")]
const WATCH_OF_MMAP_IO: [Option<Setup>; 3] = [
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
];

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
        let watcher = open_watcher();
        add(watcher, &path);
        Box::new(move || writer.until(|| next_event(watcher)))
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
            let watcher = open_watcher();
            add(watcher, &path);
            unsafe { mmio_watcher_close(watcher) };
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
        let watcher = open_watcher();
        add(watcher, &other);
        repeat(bench.calls(1_000), move |_| {
            let watch = add(watcher, &path);
            let status = unsafe { mmio_watcher_remove(watcher, watch, ptr::null_mut()) };
            check(status, "mmio_watcher_remove");
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
            check(libc::inotify_rm_watch(fd, watch), "inotify_rm_watch");
        })
    }),
};

// Huge pages.

fn huge_pages(bench: &Bench, others: usize) -> Sample {
    let paths: Vec<_> = files::many(bench, bench.count(others)).collect();
    let held: Vec<Map> = paths.iter().map(|path| Map::open(path, Mode::Rw)).collect();
    let map = Map::open(&bench.shared(files::LARGE_FOLIOS), Mode::Ro);
    let mut state = 0;
    repeat(bench.calls(1_000), move |_| {
        let _held = &held;
        let status = unsafe { mmio_map_huge_pages(map.0, &mut state, ptr::null_mut()) };
        check(status, "mmio_map_huge_pages");
        black_box(state);
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

// Sparse files.

/// 4 MiB of data in the middle of holes.
fn sparse_file(bench: &Bench) -> (std::path::PathBuf, u64) {
    let path = bench.own("map");
    let size = bench.bytes(4 * GIB);
    let file = files::create(&path);
    file.set_len(size).expect("set_len");
    let data = pattern(4 * MIB.min(size / 4));
    std::os::unix::fs::FileExt::write_all_at(&file, &data, size / 2).expect("write");
    file.sync_all().expect("sync");
    (path, size)
}

fn sparse<M: Touch + 'static>(bench: &Bench, open: fn(&Path) -> M) -> Sample {
    let (path, size) = sparse_file(bench);
    Box::new(move || {
        let mut map = open(&path);
        once(|| map.touch(size))
    })
}

const SPARSE: Row = Row {
    name: "sparse_touch",
    libmmio: Some(|bench| sparse(bench, |path| Map::open(path, Mode::Rw))),
    mmap_io: Some(|bench| {
        sparse(bench, |path| {
            MemoryMappedFile::open_rw(path).expect("open_rw")
        })
    }),
    memmap2: None,
    c: Some(|bench| sparse(bench, |path| Raw::open(path, READ_WRITE))),
};

pub const ROWS: &[Row] = &[
    EVERY_BYTES,
    EVERY_MILLIS_P999,
    EVERY_MILLIS_WORST,
    IDLE,
    APPEND,
    WATCH_LATENCY,
    WATCH_FIRST,
    WATCH_UNWATCH,
    HUGE_PAGES,
    HUGE_PAGES_BESIDE,
    SPARSE,
];
