#![no_main]

use licwatch_fuzz::entries::exchange;

libfuzzer_sys::fuzz_target!(|data: &[u8]| exchange(data));
