//! Drives [`unhook_fuzz::screenshot`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::screenshot::run(data));
