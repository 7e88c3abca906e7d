//! Any bytes, as a price list of AWS.

#![no_main]

#[allow(dead_code, reason = "the other targets")]
#[path = "../../crates/core/tests/targets/mod.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::price_list(data));
