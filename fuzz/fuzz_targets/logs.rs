//! Drives [`unhook_fuzz::logs`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::logs::run(data));
