#![no_main]

use licwatch_fuzz::entries::netconf_data;

libfuzzer_sys::fuzz_target!(|data: &[u8]| netconf_data(data));
