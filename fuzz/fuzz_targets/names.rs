//! Drives [`unhook_fuzz::names`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::names::run(data));
