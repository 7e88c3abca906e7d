//! A record of a random format, read as it was or not at all.

#![no_main]

#[allow(dead_code, reason = "the other targets")]
#[path = "../../crates/core/tests/targets/mod.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::tolerant_path(data));
