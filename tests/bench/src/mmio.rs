// SPDX-License-Identifier: Apache-2.0
//! The few functions of libmmio that the workloads call.

use std::ffi::{c_char, c_void, CString};
use std::mem::MaybeUninit;
use std::path::Path;
use std::ptr;

#[repr(C)]
struct OpenOptions {
    struct_size: u32,
    mode: u32,
    disposition: u32,
    flags: u32,
    size: u64,
    reserve: u64,
    permissions: u32,
    touch: u32,
    reserved: u64,
}

#[repr(C)]
#[allow(dead_code)]
pub struct View {
    data: *mut u8,
    size: u64,
    pin: [u64; 2],
}

#[allow(non_camel_case_types)]
enum mmio_map {}

extern "C" {
    fn mmio_map_open(
        path: *const c_char,
        options: *const OpenOptions,
        out_map: *mut *mut mmio_map,
        error: *mut c_void,
    ) -> i32;
    fn mmio_map_close(map: *mut mmio_map);
    fn mmio_map_resize(map: *mut mmio_map, size: u64, timeout_ms: i64, error: *mut c_void) -> i32;
    fn mmio_view_acquire(
        map: *mut mmio_map,
        offset: u64,
        size: u64,
        flags: u32,
        out_view: *mut View,
        error: *mut c_void,
    ) -> i32;
    fn mmio_view_release(view: *mut View);
}

const DISPOSITION_CREATE: u32 = 1;

pub struct Map(*mut mmio_map);

// Any thread may call anything on a map.
unsafe impl Send for Map {}
unsafe impl Sync for Map {}

impl Map {
    pub fn create(path: &Path, size: u64) -> Map {
        let path = CString::new(path.to_str().expect("a path in UTF-8")).expect("no NUL");
        let options = OpenOptions {
            struct_size: std::mem::size_of::<OpenOptions>() as u32,
            mode: 0,
            disposition: DISPOSITION_CREATE,
            flags: 0,
            size,
            reserve: 0,
            permissions: 0,
            touch: 0,
            reserved: 0,
        };
        let mut map = ptr::null_mut();
        let status = unsafe { mmio_map_open(path.as_ptr(), &options, &mut map, ptr::null_mut()) };
        assert_eq!(status, 0, "mmio_map_open");
        Map(map)
    }

    /// Acquires a view, hands it to `body` where it lies, and releases it.
    #[inline]
    pub fn with_view<R>(&self, offset: u64, size: u64, body: impl FnOnce(&View) -> R) -> R {
        let mut view = MaybeUninit::<View>::uninit();
        let status = unsafe {
            mmio_view_acquire(self.0, offset, size, 0, view.as_mut_ptr(), ptr::null_mut())
        };
        assert_eq!(status, 0, "mmio_view_acquire");
        let result = body(unsafe { view.assume_init_ref() });
        unsafe { mmio_view_release(view.as_mut_ptr()) };
        result
    }

    pub fn resize(&self, size: u64) {
        let status = unsafe { mmio_map_resize(self.0, size, -1, ptr::null_mut()) };
        assert_eq!(status, 0, "mmio_map_resize");
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        unsafe { mmio_map_close(self.0) }
    }
}

impl View {
    #[inline]
    pub fn first(&self) -> u8 {
        unsafe { self.data.read_volatile() }
    }
}
