// SPDX-License-Identifier: Apache-2.0
//! One side of one row, measured on demand: prints a sample for each line it reads.
//!
//! The sides of a row are processes of their own, which the driver (bench.py) asks in turn.

mod files;
mod measure;
mod mmio;
mod raw;
mod rows;
mod threads;

use std::io::BufRead;
use std::path::Path;

use measure::{Bench, Row, Side};

const USAGE: &str = "usage: bench list
       bench prepare SHARED full|quick
       bench sample SIDE ROW SHARED OWN full|quick";

fn list() {
    for row in rows::all() {
        let sides: Vec<&str> = Side::ALL
            .into_iter()
            .filter(|side| row.setup(*side).is_some())
            .map(Side::name)
            .collect();
        println!("{}\t{}", row.name, sides.join(" "));
    }
}

fn find(name: &str) -> Row {
    rows::all()
        .find(|row| row.name == name)
        .unwrap_or_else(|| panic!("no row {name}"))
}

/// Answers every line of the input with one sample.
fn serve(side: Side, row: &Row, bench: &Bench) {
    let setup = row.setup(side).expect("a side that the row has");
    let mut sample = setup(bench);
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        line.expect("a line from the driver");
        println!("{}", sample());
    }
    // Left to the end of the process: a side may need a minute to let go of a thousand threads.
    std::mem::forget(sample);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    files::raise_descriptor_limit();
    match arguments[..] {
        ["list"] => list(),
        ["prepare", shared, scale] => files::prepare(&Bench::new(shared, shared, scale)),
        ["sample", side, row, shared, own, scale] => {
            std::fs::create_dir_all(Path::new(own)).expect("a directory for this side");
            serve(Side::of(side), &find(row), &Bench::new(shared, own, scale));
        }
        _ => panic!("{USAGE}"),
    }
}
