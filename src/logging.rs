//! What gwcost says of its own doings: on standard error, by `-v` or `GWCOST_LOG`.

use tracing_subscriber::EnvFilter;

/// Starts logging. `GWCOST_LOG` (as in `gwcost=debug`) wins over the count of `-v`.
pub fn start(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = std::env::var("GWCOST_LOG")
        .ok()
        .and_then(|text| EnvFilter::try_new(text).ok())
        .unwrap_or_else(|| EnvFilter::new(format!("error,gwcost={level}")));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .without_time()
        .with_ansi(false)
        .try_init();
    // Already started: only in tests that share a process.
    drop(started);
}
