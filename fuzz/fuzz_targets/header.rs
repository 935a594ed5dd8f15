//! cargo fuzz on `header`: see ../targets.rs.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| jukung_fuzz::header(data));
