// SPDX-License-Identifier: Apache-2.0
//! Links the library as it is installed, through its shared object, as a user's program does.

fn main() {
    let prefix = std::env::var("MMIO_PREFIX").expect("MMIO_PREFIX: where libmmio is installed");
    println!("cargo:rustc-link-search=native={prefix}/lib");
    println!("cargo:rustc-link-lib=dylib=mmio");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{prefix}/lib");
    println!("cargo:rerun-if-env-changed=MMIO_PREFIX");
}
