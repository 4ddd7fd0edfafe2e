//! Drives [`unhook_fuzz::lists`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::lists::run(data));
