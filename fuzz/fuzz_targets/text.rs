//! Drives [`unhook_fuzz::text`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::text::run(data));
