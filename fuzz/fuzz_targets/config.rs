//! Drives [`unhook_fuzz::config`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::config::run(data));
