//! Drives [`unhook_fuzz::rpz`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::rpz::run(data));
