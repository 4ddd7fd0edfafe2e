//! Drives [`unhook_fuzz::model_file`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| unhook_fuzz::model_file::run(data));
