//! Drives [`unhook_fuzz::wire`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::wire::run(data));
