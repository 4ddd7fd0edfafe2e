//! Drives [`unhook_fuzz::sign_ins`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::sign_ins::run(data));
