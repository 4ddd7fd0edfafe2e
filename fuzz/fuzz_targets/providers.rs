//! Drives [`unhook_fuzz::providers`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::providers::run(data));
