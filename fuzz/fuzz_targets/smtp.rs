//! Drives [`unhook_fuzz::smtp`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::smtp::run(data));
