//! Rebuilds when a file joins or leaves a folder that is embedded.

fn main() {
    for folder in ["pricing", "queries", "templates"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
