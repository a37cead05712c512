#![no_main]

use licwatch_fuzz::entries::text;
use licwatch_parsers::record::Platform;

libfuzzer_sys::fuzz_target!(|data: &[u8]| text(Platform::IosXe, data));
