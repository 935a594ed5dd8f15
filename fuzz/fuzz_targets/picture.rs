//! cargo fuzz on `picture`: see ../outside.rs.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| jukung_fuzz::outside::picture(data));
