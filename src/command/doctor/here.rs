//! The lake: whether it is there, whole as far as its records tell, and can be written to.

use std::path::Path;

use gwcost_core::model::Window;

use super::finding::Finding;
use crate::command::context::Context;
use crate::lake::{Lake, LakeError};
use crate::report::counted;

const ABOUT: &str = "lake";

/// Looks at the lake, and hands it on where there is one.
pub fn lake(context: &Context, findings: &mut Vec<Finding>) -> Option<Lake> {
    let root = &context.lake;
    let shown = root.display();
    let lake = match Lake::open(root) {
        Ok(lake) => lake,
        Err(LakeError::Missing(_)) => {
            let how = "gwcost ingest access.log.gz --preset rest-json ..., or try gwcost demo";
            findings.push(Finding::missing(ABOUT, format!("no lake at {shown}"), how));
            writable(root, findings);
            return None;
        }
        Err(error) => {
            findings.push(Finding::wrong(ABOUT, error.to_string(), "gwcost lake verify"));
            return None;
        }
    };
    let units = lake.units().count() as u64;
    match lake.covered() {
        Some((from_ms, last)) => {
            let window = Window { from_ms, to_ms: last };
            if let Err(error) = lake.check_files(Window { from_ms, to_ms: last + 1 }) {
                findings.push(Finding::wrong(ABOUT, error.to_string(), "gwcost lake verify"));
            } else {
                let rows: u64 = lake.units().map(|unit| unit.rows).sum();
                let (from, to) = (window.from_rfc3339(), window.to_rfc3339());
                let what = format!(
                    "{shown}: {} of {}, from {from} to {to}",
                    counted(rows, "request"),
                    counted(units, "unit")
                );
                findings.push(Finding::ok(ABOUT, what));
            }
        }
        None => {
            let how = "gwcost ingest access.log.gz --preset rest-json ...";
            findings.push(Finding::missing(ABOUT, format!("{shown}: no requests in it"), how));
        }
    }
    writable(root, findings);
    Some(lake)
}

/// Tries to write where the lake is or would be: a file without a name, which nobody sees.
fn writable(root: &Path, findings: &mut Vec<Finding>) {
    let there = root.ancestors().find(|folder| folder.is_dir());
    let folder = match there {
        Some(folder) => folder,
        // `gwcost-lake` has the empty path above it, and `.` is meant.
        None => Path::new("."),
    };
    match tempfile::tempfile_in(folder) {
        Ok(_) => findings.push(Finding::ok(ABOUT, format!("{} can be written", folder.display()))),
        Err(error) => {
            let what =
                format!("{} cannot be written: {error}: analyses work, ingest does not", folder.display());
            findings.push(Finding::missing(ABOUT, what, "chmod u+w, or name another lake with --lake"));
        }
    }
}
