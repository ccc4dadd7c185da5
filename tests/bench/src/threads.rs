// SPDX-License-Identifier: Apache-2.0
//! Two threads, each pinned to a core, that begin together; more of them; and counting threads.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use crate::measure::{each, Sample};

/// How many threads this process has besides the calling one.
pub fn other_threads() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("/proc/self/task");
    (tasks.count() - 1) as f64
}

fn pin_to_core(core: usize) {
    unsafe {
        let mut cores: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(core, &mut cores);
        // With one core there is nowhere else to go: then both threads share it.
        libc::sched_setaffinity(0, std::mem::size_of_val(&cores), &cores);
    }
}

/// A barrier that nobody sleeps at.
struct Start(AtomicU32);

impl Start {
    fn wait(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
        let mut looks = 0u32;
        while self.0.load(Ordering::SeqCst) < 2 {
            looks += 1;
            if looks > 10_000 {
                std::thread::yield_now();
            }
        }
    }
}

/// Runs both, one on each core, and returns the first one's result and the second one's.
pub fn together<A: Send, B: Send>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    let start = Start(AtomicU32::new(0));
    std::thread::scope(|scope| {
        let second = scope.spawn(|| {
            pin_to_core(1);
            start.wait();
            second()
        });
        let first = scope.spawn(|| {
            pin_to_core(0);
            start.wait();
            first()
        });
        (
            first.join().expect("the first thread"),
            second.join().expect("the second thread"),
        )
    })
}

/// Two threads do the same at once; `operation` learns which of them it is. The slower one counts.
pub fn repeat_by_two(calls: u32, operation: impl Fn(u32, u32) + Sync + 'static) -> Sample {
    Box::new(move || {
        let (a, b) = together(
            || each(calls, |i| operation(0, i)),
            || each(calls, |i| operation(1, i)),
        );
        a.max(b)
    })
}

/// So many threads do the same at once, wherever the system puts them: the time of one of all their
/// calls.
pub fn repeat_by_many(
    threads: u32,
    calls: u32,
    operation: impl Fn(u32, u32) + Sync + 'static,
) -> Sample {
    Box::new(move || {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let operation = &operation;
                scope.spawn(move || (0..calls).for_each(|i| operation(thread, i)));
            }
        });
        start.elapsed().as_nanos() as f64 / f64::from(threads * calls)
    })
}

/// One thread is timed while the other one keeps on doing something else.
pub fn repeat_beside(
    calls: u32,
    operation: impl Fn(u32) + Sync + 'static,
    other: impl Fn(u32) + Sync + 'static,
) -> Sample {
    Box::new(move || {
        let is_over = AtomicBool::new(false);
        let timed = || {
            let time = each(calls, &operation);
            is_over.store(true, Ordering::Relaxed);
            time
        };
        let beside = || {
            let mut i = 0u32;
            while !is_over.load(Ordering::Relaxed) {
                other(i);
                i = i.wrapping_add(1);
            }
        };
        together(timed, beside).0
    })
}
