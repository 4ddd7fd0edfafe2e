//! Drives [`unhook_fuzz::lookalike`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::lookalike::run(data));
