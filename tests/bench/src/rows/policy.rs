// SPDX-License-Identifier: Apache-2.0
//! Maps that flush by themselves.

use std::path::Path;
use std::time::{Duration, Instant};

use mmap_io::flush::FlushPolicy;
use mmap_io::MemoryMappedFile;

use crate::files::{pattern, KIB, MIB};
use crate::measure::{once, repeat, Bench, Row, Sample};
use crate::mmio::{Map, Policy};
use crate::threads::other_threads;

fn with_policy(path: &Path, size: u64, policy: Policy, amount: u64) -> Map {
    let map = Map::create(path, size);
    map.set_policy(policy, amount);
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
        let map = with_policy(&path, WRITTEN_SIZE, Policy::EveryBytes, PIECE);
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
    let calls = bench.calls(200_000);
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
    let map = with_policy(&bench.own("map"), RANDOM_SIZE, Policy::EveryMillis, MILLIS);
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
    let code = unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    assert_eq!(code, 0, "getrusage");
    let micros = |time: libc::timeval| time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64;
    Duration::from_micros(micros(usage.ru_utime) + micros(usage.ru_stime))
}

const IDLE_COUNT: usize = 1_000;

fn many<M>(bench: &Bench, make: fn(&Path) -> M) -> Vec<M> {
    (0..bench.count(IDLE_COUNT))
        .map(|i| make(&bench.own(&format!("idle-{i}"))))
        .collect()
}

/// Percent of a core while all that is held does nothing.
fn idle<M: 'static>(bench: &Bench, make: fn(&Path) -> M) -> Sample {
    let held = many(bench, make);
    let pause = Duration::from_millis(u64::from(bench.calls(1_000)));
    Box::new(move || {
        let _held = &held;
        let (start, used) = (Instant::now(), cpu_time());
        std::thread::sleep(pause);
        (cpu_time() - used).as_secs_f64() / start.elapsed().as_secs_f64() * 100.0
    })
}

/// Threads besides the one that measures.
fn idle_threads<M: 'static>(bench: &Bench, make: fn(&Path) -> M) -> Sample {
    let held = many(bench, make);
    Box::new(move || {
        let _held = &held;
        other_threads()
    })
}

/// Written to once: from then on something is there to be flushed, until it was.
fn idle_of_libmmio(path: &Path) -> Map {
    let map = with_policy(path, 4 * KIB, Policy::EveryMillis, MILLIS);
    map.write(0, &[7; 64]);
    map
}

fn idle_of_mmap_io(path: &Path) -> MemoryMappedFile {
    let map = with_flush_policy(path, 4 * KIB, FlushPolicy::EveryMillis(MILLIS));
    map.update_region(0, &[7; 64]).expect("update_region");
    map
}

const IDLE: Row = Row {
    name: "every_millis_idle",
    libmmio: Some(|bench| idle(bench, idle_of_libmmio)),
    mmap_io: Some(|bench| idle(bench, idle_of_mmap_io)),
    memmap2: None,
    c: None,
};

const IDLE_THREADS: Row = Row {
    name: "every_millis_threads",
    libmmio: Some(|bench| idle_threads(bench, idle_of_libmmio)),
    mmap_io: Some(|bench| idle_threads(bench, idle_of_mmap_io)),
    memmap2: None,
    c: None,
};

pub const ROWS: &[Row] = &[
    EVERY_BYTES,
    EVERY_MILLIS_P999,
    EVERY_MILLIS_WORST,
    IDLE,
    IDLE_THREADS,
];
