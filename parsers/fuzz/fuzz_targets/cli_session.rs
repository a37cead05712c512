#![no_main]

use licwatch_fuzz::session::cli_session;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cli_session(data));
