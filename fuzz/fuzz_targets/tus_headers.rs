//! cargo fuzz on `tus_headers`: see ../targets.rs.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| jukung_fuzz::tus_headers(data));
