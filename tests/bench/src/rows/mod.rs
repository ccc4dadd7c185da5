// SPDX-License-Identifier: Apache-2.0
//! The rows of the table, a file per group. What each means stands in goals.toml.

mod append;
mod atomic;
mod copy;
mod durable;
mod facts;
mod flush;
mod open;
mod policy;
mod resize;
mod touch;
mod view;
mod walk;
mod watch;

use crate::measure::Row;
pub use touch::read_each_page;

pub fn all() -> impl Iterator<Item = Row> {
    let groups: &[&[Row]] = &[
        view::ROWS,
        copy::ROWS,
        walk::ROWS,
        atomic::ROWS,
        open::ROWS,
        resize::ROWS,
        touch::ROWS,
        flush::ROWS,
        durable::ROWS,
        append::ROWS,
        policy::ROWS,
        watch::ROWS,
        facts::ROWS,
    ];
    groups.concat().into_iter()
}
