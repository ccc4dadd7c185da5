// SPDX-License-Identifier: Apache-2.0
//! The functions of libmmio that the rows call, as a binding declares them.

use std::ffi::{c_char, c_void, CStr};
use std::mem::MaybeUninit;
use std::path::Path;
use std::ptr;

use crate::raw::c_path;

#[repr(C)]
#[derive(Default)]
struct OpenOptions {
    struct_size: u32,
    mode: u32,
    disposition: u32,
    flags: u32,
    size: u64,
    reserve: u64,
    permissions: u32,
    touch: u32,
    window_offset: u64,
    window_size: u64,
    policy: u32,
    on_fault: u32,
    policy_amount: u64,
}

#[repr(C)]
pub struct View {
    pub data: *mut u8,
    pub size: u64,
    pin: [u64; 2],
}

#[repr(C)]
struct Walk {
    view: View,
    chunk_size: u64,
    chunk_count: u64,
    next: u64,
    reserved: u64,
}

#[repr(C)]
pub struct Io {
    pub offset: u64,
    pub size: u64,
    pub data: *mut u8,
    pub status: i32,
    pub reserved: i32,
}

#[repr(C)]
struct Error {
    status: i32,
    os_code: i32,
    numbers: [u64; 5],
    message: [c_char; 464],
}

#[repr(C)]
#[derive(Default)]
pub struct Info {
    struct_size: u32,
    pub mode: u32,
    kind: u32,
    holders: u32,
    pub size: u64,
    numbers: [u64; 9],
    words: [u32; 4],
    faults: u64,
}

#[repr(C)]
struct WatchEvent {
    watch: u64,
    size: u64,
    time_ns: i64,
    kind: u32,
    reserved_32: u32,
    reserved: [u64; 4],
}

#[allow(non_camel_case_types)]
pub enum mmio_map {}

#[allow(non_camel_case_types)]
enum mmio_watcher {}

#[allow(non_camel_case_types)]
enum mmio_inventory {}

type Progress = Option<extern "C" fn(u64, u64, *mut c_void) -> i32>;

extern "C" {
    fn mmio_map_open(
        path: *const c_char,
        options: *const OpenOptions,
        out_map: *mut *mut mmio_map,
        error: *mut Error,
    ) -> i32;
    fn mmio_map_close(map: *mut mmio_map);
    fn mmio_map_data(map: *mut mmio_map, out_data: *mut *const u8, error: *mut Error) -> i32;
    fn mmio_map_resize(map: *mut mmio_map, size: u64, timeout_ms: i64, error: *mut Error) -> i32;
    fn mmio_map_touch(
        map: *mut mmio_map,
        offset: u64,
        size: u64,
        flags: u32,
        progress: Progress,
        user: *mut c_void,
        error: *mut Error,
    ) -> i32;
    fn mmio_map_flush(map: *mut mmio_map, level: u32, error: *mut Error) -> i32;
    fn mmio_map_read(
        map: *mut mmio_map,
        offset: u64,
        buffer: *mut u8,
        size: usize,
        error: *mut Error,
    ) -> i32;
    fn mmio_map_write(
        map: *mut mmio_map,
        offset: u64,
        data: *const u8,
        size: usize,
        error: *mut Error,
    ) -> i32;
    fn mmio_map_read_batch(
        map: *mut mmio_map,
        entries: *mut Io,
        count: usize,
        error: *mut Error,
    ) -> i32;
    fn mmio_map_write_batch(
        map: *mut mmio_map,
        entries: *mut Io,
        count: usize,
        error: *mut Error,
    ) -> i32;
    fn mmio_map_append(
        map: *mut mmio_map,
        data: *const u8,
        size: usize,
        out_offset: *mut u64,
        error: *mut Error,
    ) -> i32;
    fn mmio_map_set_policy(map: *mut mmio_map, policy: u32, amount: u64, error: *mut Error) -> i32;
    fn mmio_map_huge_pages(map: *mut mmio_map, out_state: *mut u32, error: *mut Error) -> i32;
    fn mmio_watcher_open(out_watcher: *mut *mut mmio_watcher, error: *mut Error) -> i32;
    fn mmio_watcher_close(watcher: *mut mmio_watcher);
    fn mmio_watcher_add_path(
        watcher: *mut mmio_watcher,
        path: *const c_char,
        out_watch: *mut u64,
        error: *mut Error,
    ) -> i32;
    fn mmio_watcher_remove(watcher: *mut mmio_watcher, watch: u64, error: *mut Error) -> i32;
    fn mmio_watcher_next(
        watcher: *mut mmio_watcher,
        timeout_ms: i64,
        out_event: *mut WatchEvent,
        error: *mut Error,
    ) -> i32;
    fn mmio_inventory_open(out_inventory: *mut *mut mmio_inventory, error: *mut Error) -> i32;
    fn mmio_inventory_close(inventory: *mut mmio_inventory);
    fn mmio_inventory_count(inventory: *const mmio_inventory) -> u64;
    fn mmio_inventory_get(
        inventory: *const mmio_inventory,
        index: u64,
        out_info: *mut Info,
        out_path: *mut *const c_char,
        error: *mut Error,
    ) -> i32;
    fn mmio_view_acquire(
        map: *mut mmio_map,
        offset: u64,
        size: u64,
        flags: u32,
        out_view: *mut View,
        error: *mut Error,
    ) -> i32;
    fn mmio_view_release(view: *mut View);
    fn mmio_walk_begin(
        map: *mut mmio_map,
        chunk_size: u64,
        flags: u32,
        out_walk: *mut Walk,
        error: *mut Error,
    ) -> i32;
    fn mmio_walk_next(walk: *mut Walk, out_data: *mut *mut u8, out_size: *mut u64) -> i32;
    fn mmio_walk_end(walk: *mut Walk);
    fn mmio_atomic_u64_add(
        map: *mut mmio_map,
        offset: u64,
        value: u64,
        out_before: *mut u64,
        error: *mut Error,
    ) -> i32;
}

#[derive(Clone, Copy)]
pub enum Mode {
    Ro = 1,
    Rw = 2,
    Cow = 3,
}

#[derive(Clone, Copy)]
pub enum Policy {
    Always = 1,
    EveryBytes = 2,
    EveryMillis = 4,
}

const DISPOSITION_CREATE: u32 = 1;
const OPEN_DEFER: u32 = 0x20;

/// Fails as a binding would: with the library's own words.
#[inline]
fn check(status: i32, error: &mut MaybeUninit<Error>) {
    #[cold]
    fn fail(error: &Error) -> ! {
        let message = unsafe { CStr::from_ptr(error.message.as_ptr()) };
        panic!("{}", message.to_string_lossy());
    }
    if status != 0 {
        fail(unsafe { error.assume_init_ref() });
    }
}

pub struct Map(pub *mut mmio_map);

// Any thread may call anything on a map.
unsafe impl Send for Map {}
unsafe impl Sync for Map {}

impl Map {
    fn open_with(path: &CStr, options: OpenOptions) -> Map {
        let mut map = ptr::null_mut();
        let mut error = MaybeUninit::uninit();
        let options = OpenOptions {
            struct_size: std::mem::size_of::<OpenOptions>() as u32,
            ..options
        };
        let status =
            unsafe { mmio_map_open(path.as_ptr(), &options, &mut map, error.as_mut_ptr()) };
        check(status, &mut error);
        Map(map)
    }

    pub fn open_c(path: &CStr, mode: Mode) -> Map {
        Map::open_with(
            path,
            OpenOptions {
                mode: mode as u32,
                ..OpenOptions::default()
            },
        )
    }

    pub fn open_deferred(path: &CStr) -> Map {
        Map::open_with(
            path,
            OpenOptions {
                mode: Mode::Ro as u32,
                flags: OPEN_DEFER,
                ..OpenOptions::default()
            },
        )
    }

    pub fn open(path: &Path, mode: Mode) -> Map {
        Map::open_c(&c_path(path), mode)
    }

    pub fn create_c(path: &CStr, size: u64) -> Map {
        Map::open_with(
            path,
            OpenOptions {
                disposition: DISPOSITION_CREATE,
                size,
                ..OpenOptions::default()
            },
        )
    }

    pub fn create(path: &Path, size: u64) -> Map {
        Map::create_c(&c_path(path), size)
    }

    pub fn data(&self) -> *const u8 {
        let mut data = ptr::null();
        let mut error = MaybeUninit::uninit();
        check(
            unsafe { mmio_map_data(self.0, &mut data, error.as_mut_ptr()) },
            &mut error,
        );
        data
    }

    /// Acquires a view, hands it to `body` where it lies, and releases it.
    #[inline]
    pub fn with_view<R>(&self, offset: u64, size: u64, body: impl FnOnce(&View) -> R) -> R {
        let mut view = MaybeUninit::<View>::uninit();
        let mut error = MaybeUninit::uninit();
        let status = unsafe {
            mmio_view_acquire(
                self.0,
                offset,
                size,
                0,
                view.as_mut_ptr(),
                error.as_mut_ptr(),
            )
        };
        check(status, &mut error);
        let result = body(unsafe { view.assume_init_ref() });
        unsafe { mmio_view_release(view.as_mut_ptr()) };
        result
    }

    #[inline]
    pub fn read(&self, offset: u64, buffer: &mut [u8]) {
        let mut error = MaybeUninit::uninit();
        let (data, size) = (buffer.as_mut_ptr(), buffer.len());
        check(
            unsafe { mmio_map_read(self.0, offset, data, size, error.as_mut_ptr()) },
            &mut error,
        );
    }

    #[inline]
    pub fn write(&self, offset: u64, data: &[u8]) {
        let mut error = MaybeUninit::uninit();
        check(
            unsafe {
                mmio_map_write(
                    self.0,
                    offset,
                    data.as_ptr(),
                    data.len(),
                    error.as_mut_ptr(),
                )
            },
            &mut error,
        );
    }

    pub fn read_batch(&self, entries: &mut [Io]) {
        let mut error = MaybeUninit::uninit();
        check(
            unsafe {
                mmio_map_read_batch(
                    self.0,
                    entries.as_mut_ptr(),
                    entries.len(),
                    error.as_mut_ptr(),
                )
            },
            &mut error,
        );
    }

    pub fn write_batch(&self, entries: &mut [Io]) {
        let mut error = MaybeUninit::uninit();
        let (first, count) = (entries.as_mut_ptr(), entries.len());
        check(
            unsafe { mmio_map_write_batch(self.0, first, count, error.as_mut_ptr()) },
            &mut error,
        );
    }

    #[inline]
    pub fn walk(&self, chunk_size: u64, mut body: impl FnMut(*const u8)) {
        let mut walk = MaybeUninit::<Walk>::uninit();
        let mut error = MaybeUninit::uninit();
        let (mut data, mut size) = (ptr::null_mut(), 0);
        unsafe {
            check(
                mmio_walk_begin(self.0, chunk_size, 0, walk.as_mut_ptr(), error.as_mut_ptr()),
                &mut error,
            );
            while mmio_walk_next(walk.as_mut_ptr(), &mut data, &mut size) != 0 {
                body(data);
            }
            mmio_walk_end(walk.as_mut_ptr());
        }
    }

    #[inline]
    pub fn add(&self, offset: u64, value: u64) -> u64 {
        let mut before = 0;
        let mut error = MaybeUninit::uninit();
        check(
            unsafe { mmio_atomic_u64_add(self.0, offset, value, &mut before, error.as_mut_ptr()) },
            &mut error,
        );
        before
    }

    pub fn resize(&self, size: u64) {
        let mut error = MaybeUninit::uninit();
        check(
            unsafe { mmio_map_resize(self.0, size, -1, error.as_mut_ptr()) },
            &mut error,
        );
    }

    pub fn touch(&self, size: u64) {
        let mut error = MaybeUninit::uninit();
        check(
            unsafe {
                mmio_map_touch(
                    self.0,
                    0,
                    size,
                    0,
                    None,
                    ptr::null_mut(),
                    error.as_mut_ptr(),
                )
            },
            &mut error,
        );
    }

    pub fn flush(&self) {
        let mut error = MaybeUninit::uninit();
        check(
            unsafe { mmio_map_flush(self.0, 0, error.as_mut_ptr()) },
            &mut error,
        );
    }

    #[inline]
    pub fn append(&self, data: &[u8]) {
        let mut error = MaybeUninit::uninit();
        let (size, mut offset) = (data.len(), 0);
        check(
            unsafe {
                mmio_map_append(self.0, data.as_ptr(), size, &mut offset, error.as_mut_ptr())
            },
            &mut error,
        );
    }

    pub fn set_policy(&self, policy: Policy, amount: u64) {
        let mut error = MaybeUninit::uninit();
        check(
            unsafe { mmio_map_set_policy(self.0, policy as u32, amount, error.as_mut_ptr()) },
            &mut error,
        );
    }

    pub fn huge_pages(&self) -> u32 {
        let mut state = 0;
        let mut error = MaybeUninit::uninit();
        check(
            unsafe { mmio_map_huge_pages(self.0, &mut state, error.as_mut_ptr()) },
            &mut error,
        );
        state
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        unsafe { mmio_map_close(self.0) }
    }
}

pub struct Watcher(*mut mmio_watcher);

impl Watcher {
    pub fn open() -> Watcher {
        let mut watcher = ptr::null_mut();
        let mut error = MaybeUninit::uninit();
        check(
            unsafe { mmio_watcher_open(&mut watcher, error.as_mut_ptr()) },
            &mut error,
        );
        Watcher(watcher)
    }

    /// None if no more files can be watched.
    pub fn try_add(&self, path: &Path) -> Option<u64> {
        let (path, mut watch) = (c_path(path), 0);
        let status =
            unsafe { mmio_watcher_add_path(self.0, path.as_ptr(), &mut watch, ptr::null_mut()) };
        (status == 0).then_some(watch)
    }

    pub fn add(&self, path: &Path) -> u64 {
        self.try_add(path).expect("mmio_watcher_add_path")
    }

    pub fn remove(&self, watch: u64) {
        let mut error = MaybeUninit::uninit();
        check(
            unsafe { mmio_watcher_remove(self.0, watch, error.as_mut_ptr()) },
            &mut error,
        );
    }

    pub fn next(&self, timeout_ms: i64) {
        let mut event = MaybeUninit::uninit();
        let mut error = MaybeUninit::uninit();
        check(
            unsafe {
                mmio_watcher_next(self.0, timeout_ms, event.as_mut_ptr(), error.as_mut_ptr())
            },
            &mut error,
        );
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        unsafe { mmio_watcher_close(self.0) }
    }
}

/// Shows `look` every map of the process, and returns how many there are.
pub fn inventory(mut look: impl FnMut(&Info)) -> u64 {
    let mut inventory = ptr::null_mut();
    let mut error = MaybeUninit::uninit();
    let mut path = ptr::null();
    let mut info = Info {
        struct_size: std::mem::size_of::<Info>() as u32,
        ..Info::default()
    };
    unsafe {
        check(
            mmio_inventory_open(&mut inventory, error.as_mut_ptr()),
            &mut error,
        );
        let count = mmio_inventory_count(inventory);
        for index in 0..count {
            check(
                mmio_inventory_get(inventory, index, &mut info, &mut path, error.as_mut_ptr()),
                &mut error,
            );
            look(&info);
        }
        mmio_inventory_close(inventory);
        count
    }
}
