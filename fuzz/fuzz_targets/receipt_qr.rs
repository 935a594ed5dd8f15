//! cargo fuzz on `receipt_qr`: see ../outside.rs.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| jukung_fuzz::outside::receipt_qr(data));
