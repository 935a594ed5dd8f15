//! cargo fuzz on `tus_headers`: see ../targets.rs.
#![no_main]
#[path = "../targets.rs"]
mod targets;
libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::tus_headers(data));
