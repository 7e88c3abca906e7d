//! The lake: whether it is there, whole as far as its records tell, and can be written to.

use std::path::Path;

use gwcost_core::model::Window;

use super::finding::Finding;
use crate::command::context::Context;
use crate::lake::{Lake, LakeError, LakePlace};
use crate::report::counted;

const ABOUT: &str = "lake";

/// Looks at the lake, and hands it on where there is one. One in a bucket is not asked for with `offline`, and its
/// data files stay there.
pub fn lake(context: &Context, offline: bool, findings: &mut Vec<Finding>) -> Option<Lake> {
    let place = &context.lake;
    let shown = place.display();
    if offline && place.is_shared() {
        let how = "run it without --offline";
        findings.push(Finding::missing(ABOUT, format!("{shown}: not looked at, because it is in S3"), how));
        writable(place, findings);
        return None;
    }
    let lake = match Lake::open(place) {
        Ok(lake) => lake,
        Err(LakeError::Missing(_)) => {
            let how = "gwcost ingest access.log.gz --preset rest-json ..., or try gwcost demo";
            findings.push(Finding::missing(ABOUT, format!("no lake at {shown}"), how));
            writable(place, findings);
            return None;
        }
        Err(error @ LakeError::Store(_)) => {
            let how = "mend the credentials, the bucket's policy or the way to it, or name another lake with --lake";
            findings.push(Finding::wrong(ABOUT, error.to_string(), how));
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
            if let Err(error) = lake.check_sizes() {
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
    writable(place, findings);
    Some(lake)
}

/// Tries to write where the lake is or would be, or its copies: a file without a name, which nobody sees.
/// Whether a bucket can be written to is seen when something is written.
fn writable(place: &LakePlace, findings: &mut Vec<Finding>) {
    let (root, without, how) = match place {
        LakePlace::Folder(root) => {
            (root, "analyses work, ingest does not", "chmod u+w, or name another lake with --lake")
        }
        LakePlace::Bucket(_, cache) => (
            &cache.folder,
            "a lake in S3 is read through copies there",
            "name another folder with GWCOST_CACHE",
        ),
    };
    let there = root.ancestors().find(|folder| folder.is_dir());
    let folder = match there {
        Some(folder) => folder,
        // `gwcost-lake` has the empty path above it, and `.` is meant.
        None => Path::new("."),
    };
    match tempfile::tempfile_in(folder) {
        Ok(_) => findings.push(Finding::ok(ABOUT, format!("{} can be written", folder.display()))),
        Err(error) => {
            let what = format!("{} cannot be written: {error}: {without}", folder.display());
            findings.push(Finding::missing(ABOUT, what, how));
        }
    }
}
