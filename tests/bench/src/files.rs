// SPDX-License-Identifier: Apache-2.0
//! Files that rows begin with.

use std::fs::{self, File, OpenOptions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::measure::Bench;
use crate::raw::plain_open;
use crate::rows::read_each_page;

pub const KIB: u64 = 1 << 10;
pub const MIB: u64 = 1 << 20;
pub const GIB: u64 = 1 << 30;

/// Kept by the system in large folios: written in large pieces.
pub const LARGE_FOLIOS: &str = "large-folios";
/// Kept in folios of 4 KiB each: written in alternating pages.
pub const SMALL_FOLIOS: &str = "small-folios";
/// What random reads go to.
pub const LARGEST: &str = "largest";
/// 4 MiB, for opening.
pub const SMALL: &str = "small";
/// A folder of many small files.
const MANY: &str = "many";

pub const FOLIOS_SIZE: u64 = 256 * MIB;
pub const LARGEST_SIZE: u64 = GIB;
pub const SMALL_SIZE: u64 = 4 * MIB;
pub const MANY_COUNT: usize = 10_000;

const TRIES: u32 = 4;
const PIECE: u64 = 4 * MIB;
const PAGE: u64 = 4 * KIB;

pub fn create(path: &Path) -> File {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Bytes that are not all alike.
pub fn pattern(size: u64) -> Vec<u8> {
    (0..size).map(|i| (i >> 12) as u8 ^ i as u8 | 1).collect()
}

pub fn write_in_pieces(file: &File, size: u64) {
    let piece = pattern(PIECE);
    let mut done = 0;
    while done < size {
        let next = PIECE.min(size - done);
        file.write_all_at(&piece[..next as usize], done)
            .expect("write");
        done += next;
    }
    file.sync_all().expect("sync");
}

fn write_alternating_pages(file: &File, size: u64) {
    // Read ahead, pages would come in large folios again.
    let code = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_RANDOM) };
    assert_eq!(code, 0, "posix_fadvise");
    let page = pattern(PAGE);
    for first in [0, PAGE] {
        for offset in (first..size).step_by(2 * PAGE as usize) {
            file.write_all_at(&page, offset).expect("write");
        }
    }
    file.sync_all().expect("sync");
}

/// The many files' paths.
pub fn many(bench: &Bench, count: usize) -> impl Iterator<Item = PathBuf> + '_ {
    (0..count).map(|i| bench.shared(MANY).join(i.to_string()))
}

/// Bytes of a file that the system would map by huge pages: all of them, if its folios are large.
fn bytes_in_huge_pages(path: &Path) -> u64 {
    let map = plain_open(path);
    read_each_page(map.as_ptr(), map.len() as u64);
    let smaps = fs::read_to_string("/proc/self/smaps").expect("smaps");
    let name = path.file_name().expect("a file").to_string_lossy();
    let kib = smaps
        .lines()
        .skip_while(|line| !line.ends_with(&format!("/{name}")))
        .find_map(|line| line.strip_prefix("FilePmdMapped:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) * KIB
}

/// The system makes folios as large as the memory it finds: it is asked more than once.
pub fn write_in_large_folios(path: &Path, size: u64) {
    for _ in 0..TRIES {
        write_in_pieces(&create(path), size);
        if bytes_in_huge_pages(path) >= size / 100 * 95 {
            return;
        }
        fs::remove_file(path).expect("remove");
    }
    write_in_pieces(&create(path), size);
    let found = bytes_in_huge_pages(path) / MIB;
    eprintln!("bench: large folios: only {found} of {} MiB", size / MIB);
}

/// Makes the files that sides share.
pub fn prepare(bench: &Bench) {
    fs::create_dir_all(bench.shared(MANY)).expect("a directory for files");
    let folios = bench.bytes(FOLIOS_SIZE);
    write_in_large_folios(&bench.shared(LARGE_FOLIOS), folios);
    write_alternating_pages(&create(&bench.shared(SMALL_FOLIOS)), folios);
    write_in_pieces(&create(&bench.shared(LARGEST)), bench.bytes(LARGEST_SIZE));
    write_in_pieces(&create(&bench.shared(SMALL)), SMALL_SIZE);
    for path in many(bench, bench.count(MANY_COUNT)) {
        create(&path).set_len(PAGE).expect("set_len");
    }
}

/// As many descriptors as the system lets us have.
pub fn raise_descriptor_limit() {
    unsafe {
        let mut limit: libc::rlimit = std::mem::zeroed();
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit), 0);
        limit.rlim_cur = limit.rlim_max;
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &limit), 0);
    }
}
