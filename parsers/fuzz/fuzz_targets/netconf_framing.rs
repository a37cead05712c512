#![no_main]

use licwatch_fuzz::entries::netconf_framing;

libfuzzer_sys::fuzz_target!(|data: &[u8]| netconf_framing(data));
