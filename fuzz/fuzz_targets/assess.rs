//! Drives [`unhook_fuzz::assess`].
#![no_main]

// Building the knowledge takes long enough to be taken for a hang of the first input.
libfuzzer_sys::fuzz_target!(init: unhook_fuzz::assess::prepare(), |data: &[u8]| unhook_fuzz::assess::run(data));
