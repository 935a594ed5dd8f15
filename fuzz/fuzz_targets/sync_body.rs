//! cargo fuzz on `sync_body`: see ../targets.rs.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| jukung_fuzz::sync_body(data));
