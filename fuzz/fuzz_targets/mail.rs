//! Drives [`unhook_fuzz::mail`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::mail::run(data));
