//! Drives [`unhook_fuzz::webhook`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::webhook::run(data));
