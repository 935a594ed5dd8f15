//! cargo fuzz on `segment`: see ../targets.rs.
#![no_main]
#[path = "../targets.rs"]
mod targets;
libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::segment(data));
