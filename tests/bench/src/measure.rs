// SPDX-License-Identifier: Apache-2.0
//! Timing contenders side by side: round after round, each in turn, minimum and median.

use std::sync::Barrier;
use std::time::Instant;

const ROUNDS: usize = 31;

/// One way of doing a workload: does it so many times and returns the nanoseconds each took.
pub struct Contender<'a> {
    pub name: &'static str,
    pub run: Box<dyn FnMut() -> f64 + 'a>,
}

/// What everything else is compared with.
pub const REFERENCE: &str = "mmap-io 1.1.0";

/// Times `operations` calls on one thread.
pub fn each(operations: u32, mut operation: impl FnMut(u32)) -> f64 {
    let start = Instant::now();
    for i in 0..operations {
        operation(i);
    }
    start.elapsed().as_nanos() as f64 / f64::from(operations)
}

/// Times `operations` calls on each of two threads that start together: wall time by calls of one.
pub fn each_of_two(operations: u32, operation: impl Fn(u32) + Sync) -> f64 {
    let barrier = Barrier::new(2);
    let run = || {
        barrier.wait();
        each(operations, &operation)
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(run);
        let own = run();
        own.max(other.join().expect("the other thread"))
    })
}

fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

/// Runs all contenders of one workload and prints a row for each.
pub fn compare(workload: &str, mut contenders: Vec<Contender>) {
    let mut times = vec![Vec::with_capacity(ROUNDS); contenders.len()];
    for round in 0..=ROUNDS {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let time = (contender.run)();
            if round > 0 {
                times.push(time);
            }
        }
    }
    for times in &mut times {
        times.sort_by(f64::total_cmp);
    }
    let reference = contenders
        .iter()
        .position(|c| c.name == REFERENCE)
        .expect("a reference");
    let (base_min, base_median) = (times[reference][0], median(&times[reference]));
    for (contender, times) in contenders.iter().zip(&times) {
        println!(
            "{workload:42} {:14} {:>12.1} {:>12.1} {:>9.1}x {:>9.1}x",
            contender.name,
            times[0],
            median(times),
            base_min / times[0],
            base_median / median(times)
        );
    }
}

pub fn print_header() {
    println!(
        "{:42} {:14} {:>12} {:>12} {:>10} {:>10}",
        "workload", "contender", "min ns", "median ns", "min", "median"
    );
}
