//! cargo fuzz on `stick`: see ../stick.rs.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| jukung_fuzz::stick::stick(data));
