// SPDX-License-Identifier: Apache-2.0
//! The rows of the table, a file per group. What each means stands in goals.toml.

mod atomic;
mod copy;
mod flush;
#[cfg(feature = "next")]
mod next;
mod open;
mod resize;
mod touch;
mod view;
mod walk;

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
        #[cfg(feature = "next")]
        next::ROWS,
    ];
    groups.concat().into_iter()
}
