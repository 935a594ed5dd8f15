//! cargo fuzz on `segment`: see ../targets.rs.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| jukung_fuzz::segment(data));
