//! Drives the binary as a user does: fresh folders, no network, no credentials, nobody's home.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod analyze;
mod assets;
mod aws;
mod bill;
mod browser;
mod cache;
mod changes;
mod check;
mod clients;
mod crash;
mod demo;
mod doctor;
mod estimate;
mod export;
mod framing;
mod full_cost;
mod independent;
mod ingest;
mod lake;
mod log_format;
mod placement;
mod planted;
mod pricing;
mod queries;
mod query;
mod report;
mod rooms;
mod routes;
mod support;
mod throttle;
mod venv;

/// Each file of `cases/` is a command line with its exact output: adding one needs no Rust.
#[test]
fn cases() {
    trycmd::TestCases::new()
        .case("tests/cli/cases/*.toml")
        .default_bin_path(support::BINARY)
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent");
}
