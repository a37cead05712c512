#![no_main]

use licwatch_fuzz::entries::netconf_messages;

libfuzzer_sys::fuzz_target!(|data: &[u8]| netconf_messages(data));
