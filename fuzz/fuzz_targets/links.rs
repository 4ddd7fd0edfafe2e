//! Drives [`unhook_fuzz::links`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::links::run(data));
