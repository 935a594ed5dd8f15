//! cargo fuzz on `sheet`: see ../outside.rs. What falls over in the reader of sheets is caught there, so that it is not the hook
//! of libfuzzer that ends it; what nobody catches still does.
#![no_main]
libfuzzer_sys::fuzz_target!(init: std::panic::set_hook(Box::new(|_| ())), |data: &[u8]| jukung_fuzz::outside::sheet(data));
