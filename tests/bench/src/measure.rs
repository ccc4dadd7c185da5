// SPDX-License-Identifier: Apache-2.0
//! What a row is, and how calls are timed.

use std::path::PathBuf;
use std::time::Instant;

/// Who does the work of a row.
#[derive(Clone, Copy)]
pub enum Side {
    Libmmio,
    MmapIo,
    Memmap2,
    /// System calls and plain pointers.
    C,
}

impl Side {
    pub const ALL: [Side; 4] = [Side::Libmmio, Side::MmapIo, Side::Memmap2, Side::C];

    pub fn name(self) -> &'static str {
        match self {
            Side::Libmmio => "libmmio",
            Side::MmapIo => "mmap-io",
            Side::Memmap2 => "memmap2",
            Side::C => "c",
        }
    }

    pub fn of(name: &str) -> Side {
        Side::ALL
            .into_iter()
            .find(|side| side.name() == name)
            .unwrap_or_else(|| panic!("no side {name}"))
    }
}

/// Takes one sample: the nanoseconds of one operation, or what else the row counts.
pub type Sample = Box<dyn FnMut() -> f64>;

/// Makes what a side needs, and warms it up.
pub type Setup = fn(&Bench) -> Sample;

/// One row of the table. A side that cannot do it is a hole.
#[derive(Clone, Copy)]
pub struct Row {
    pub name: &'static str,
    pub libmmio: Option<Setup>,
    pub mmap_io: Option<Setup>,
    pub memmap2: Option<Setup>,
    pub c: Option<Setup>,
}

impl Row {
    pub fn setup(&self, side: Side) -> Option<Setup> {
        match side {
            Side::Libmmio => self.libmmio,
            Side::MmapIo => self.mmap_io,
            Side::Memmap2 => self.memmap2,
            Side::C => self.c,
        }
    }
}

/// Where a row finds files, and how much it does.
pub struct Bench {
    shared: PathBuf,
    own: PathBuf,
    is_quick: bool,
}

impl Bench {
    pub fn new(shared: &str, own: &str, scale: &str) -> Bench {
        Bench {
            shared: shared.into(),
            own: own.into(),
            is_quick: scale == "quick",
        }
    }

    /// A file that only this side uses.
    pub fn own(&self, name: &str) -> PathBuf {
        self.own.join(name)
    }

    /// A file that all sides use, one after the other.
    pub fn shared(&self, name: &str) -> PathBuf {
        self.shared.join(name)
    }

    /// How many calls make a sample.
    pub fn calls(&self, full: u32) -> u32 {
        if self.is_quick {
            (full / 1000).clamp(2, 100)
        } else {
            full
        }
    }

    /// How large a file is.
    pub fn bytes(&self, full: u64) -> u64 {
        if self.is_quick {
            full.min(4 << 20)
        } else {
            full
        }
    }

    /// How many files there are.
    pub fn count(&self, full: usize) -> usize {
        if self.is_quick {
            full.min(100)
        } else {
            full
        }
    }
}

/// Nanoseconds of one call.
pub fn once(operation: impl FnOnce()) -> f64 {
    let start = Instant::now();
    operation();
    start.elapsed().as_nanos() as f64
}

/// Nanoseconds of each of so many calls. The first few are not timed: the process was asleep.
pub fn each(calls: u32, mut operation: impl FnMut(u32)) -> f64 {
    for i in 0..calls / 8 {
        operation(i);
    }
    let start = Instant::now();
    for i in 0..calls {
        operation(i);
    }
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}

/// The samples of a row whose calls are alike.
pub fn repeat(calls: u32, mut operation: impl FnMut(u32) + 'static) -> Sample {
    Box::new(move || each(calls, &mut operation))
}
