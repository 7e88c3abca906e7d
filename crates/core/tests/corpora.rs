//! Every input that a fuzzer found worth keeping, run again: `corpora/<target>/`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and names the input"
)]

use std::path::Path;

mod targets;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpora").join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        run(&std::fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count > 0, "no inputs in {}", folder.display());
}

#[test]
fn formats_and_lines_of_any_kind_are_survived() {
    replay("format_compiler", targets::format_compiler);
}

#[test]
fn records_are_read_as_they_were_or_not_at_all() {
    replay("tolerant_path", targets::tolerant_path);
}

#[test]
fn streams_of_any_kind_are_handed_out_whole() {
    replay("framing", targets::framing);
}

#[test]
fn price_lists_of_any_kind_are_cards_or_errors() {
    replay("price_list", targets::price_list);
}
