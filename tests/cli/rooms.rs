//! Holds the sources to the directions of ARCHITECTURE.md: a room that names what it must not fails.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, and words that its sources must not hold.
const RULES: [(&str, &[&str]); 17] = [
    (
        "crates/core/src",
        &[
            "std::fs",
            "std::net::Tcp",
            "std::net::Udp",
            "ToSocketAddrs",
            "std::env",
            "SystemTime",
            "Instant::now",
            "Timestamp::now",
            "arrow::",
            "polars",
            "gwcost::",
        ],
    ),
    ("crates/core/src/model", &["crate::pricing", "crate::log_format"]),
    ("crates/core/src/framing", &["crate::pricing", "crate::log_format", "crate::model"]),
    ("crates/core/src/log_format", &["crate::pricing"]),
    ("crates/core/src/pricing", &["crate::log_format", "f64", "f32"]),
    ("crates/core/src/simulate", &["crate::pricing", "crate::log_format", "f64", "f32"]),
    ("src/cli", &["crate::lake", "crate::analysis", "crate::source", "crate::report", "polars"]),
    (
        "src/source",
        &["crate::lake", "crate::analysis", "crate::report", "crate::command", "pricing", "polars"],
    ),
    (
        "src/lake",
        &["crate::source", "crate::analysis", "crate::report", "crate::command", "crate::ingest", "pricing"],
    ),
    (
        "src/store",
        &["crate::lake", "crate::analysis", "crate::report", "crate::command", "crate::ingest", "pricing"],
    ),
    ("src/ingest", &["crate::analysis", "crate::report", "crate::command", "polars", "pricing"]),
    (
        "src/analysis",
        &["crate::report", "crate::command", "crate::source", "crate::ingest", "comfy_table", "tera::"],
    ),
    (
        "src/report",
        &["crate::lake", "crate::source", "crate::ingest", "crate::command", "polars", "f64", "f32"],
    ),
    (
        "src/geo",
        &[
            "crate::lake",
            "crate::analysis",
            "crate::source",
            "crate::report",
            "crate::command",
            "polars",
            "Decimal",
        ],
    ),
    (
        "src/export",
        &["crate::report", "crate::command", "crate::source", "crate::ingest", "polars", "f64", "f32"],
    ),
    ("src/demo", &["crate::", "f64", "f32"]),
    ("src/command", &["polars", "arrow::", "parquet::"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect()
}

/// The text without comments and without the tests at its end.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn rooms_keep_to_their_directions() {
    let mut broken = Vec::new();
    for (room, words) in RULES {
        let files = sources(&root().join(room));
        assert!(!files.is_empty(), "{room} is gone");
        for path in files {
            if path.file_name().is_some_and(|name| name == "fixture.rs" || name == "tests.rs") {
                continue;
            }
            let code = code(&path);
            broken.extend(
                words
                    .iter()
                    .filter(|word| code.contains(**word))
                    .map(|word| format!("{} names {word}", path.strip_prefix(root()).unwrap().display())),
            );
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_lake_and_analysis_say_polars() {
    for path in sources(&root().join("src")) {
        let at = path.strip_prefix(root()).unwrap();
        let may = at.starts_with("src/lake") || at.starts_with("src/analysis");
        assert!(may || !code(&path).contains("polars::"), "{} names polars", at.display());
    }
}

#[test]
fn only_source_and_store_name_the_aws_sdk() {
    for path in sources(&root().join("src")) {
        let at = path.strip_prefix(root()).unwrap();
        let may = at.starts_with("src/source/aws") || at.starts_with("src/store");
        assert!(may || !code(&path).contains("aws_sdk_"), "{} names the SDK", at.display());
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for folder in ["src", "crates/core/src", "tests/cli"] {
        for path in sources(&root().join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("//!"), "{} has no `//!`", path.display());
        }
    }
}
