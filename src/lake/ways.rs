//! Lines that can be of several formats: a log group may hold those of several stages.
//!
//! A line is read in the one way that it fits. If it fits several and they differ in anything that is kept,
//! it is a reject: a wrong field would be worse than none. A line that is exactly as some formats print it
//! is of one of these; only else do formats count from which it deviates.

use std::sync::Arc;

use gwcost_core::log_format::{Path as ReadPath, ReadError, Reader, Scratch};

use super::row::{PendingRow, UnitContext};

/// One way to read the lines of a unit.
#[derive(Clone, Debug)]
pub struct Way {
    /// What holds for every line.
    pub context: UnitContext,
    /// The format.
    pub reader: Arc<Reader>,
    /// Lines that say another account, region, API or stage than the context are not read in this way.
    pub bound: bool,
}

/// A line as it was read.
pub(super) struct Fit<'line> {
    pub way: &'line Way,
    pub row: PendingRow<'line>,
    pub path: ReadPath,
}

/// Room for the values of a line, for each way.
#[derive(Debug, Default)]
pub(super) struct Scratches {
    printed: Vec<Scratch>,
    tolerant: Vec<Scratch>,
}

/// Reads a line in the one of several ways that it fits.
///
/// # Errors
/// Why it is a reject.
pub(super) fn one_of<'line>(
    ways: &'line [Way],
    line: &'line str,
    scratches: &'line mut Scratches,
) -> Result<Fit<'line>, String> {
    let Scratches { printed, tolerant } = scratches;
    for room in [&mut *printed, &mut *tolerant] {
        room.resize_with(room.len().max(ways.len()), Scratch::default);
    }
    let mut fits: Vec<Fit<'line>> = Vec::new();
    for (way, scratch) in ways.iter().zip(printed.iter_mut()) {
        let mut row = PendingRow::default();
        if way.reader.read_printed(line, scratch, &mut row) {
            fits.push(Fit { way, row, path: ReadPath::Fast });
        }
    }
    let mut why = None;
    if fits.is_empty() {
        for (way, scratch) in ways.iter().zip(tolerant.iter_mut()) {
            let mut row = PendingRow::default();
            match way.reader.read(line, scratch, &mut row) {
                Ok(path) => fits.push(Fit { way, row, path }),
                Err(error @ ReadError::NoMatch { .. }) => why = why.or(Some(error)),
                // It fits this format too, and nobody knows with what values.
                Err(error) => return Err(error.to_string()),
            }
        }
    }
    let fitted = !fits.is_empty();
    fits.retain(|fit| !fit.is_elsewhere());
    let mut fits = fits.into_iter();
    match fits.next() {
        Some(first) if fits.all(|other| first.is_the_same_as(&other)) => Ok(first),
        Some(_) => Err("can be read in more than one of its log group's formats".to_owned()),
        None if fitted => Err("is of a stage that none of its log group's formats is for".to_owned()),
        None => Err(match why {
            Some(error) if ways.len() == 1 => error.to_string(),
            _ => format!("matches none of the {} formats of its log group", ways.len()),
        }),
    }
}

impl Fit<'_> {
    /// Whether the line says that it is not of the stage that the way is bound to.
    fn is_elsewhere(&self) -> bool {
        let (said, origin) = (self.row.said(), &self.way.context.origin);
        let differs = |said: Option<&str>, own: &Option<String>| {
            said.is_some_and(|said| own.as_ref().is_some_and(|own| own != said))
        };
        self.way.bound
            && (differs(said.account, &origin.account)
                || differs(said.region, &origin.region)
                || differs(said.api, &origin.api)
                || differs(said.stage, &origin.stage))
    }

    /// Whether both make the same row.
    fn is_the_same_as(&self, other: &Fit<'_>) -> bool {
        let (own, others) = (&self.way.context, &other.way.context);
        self.row == other.row
            && self.row.said().or(&own.origin) == other.row.said().or(&others.origin)
            && own.kind == others.kind
            && own.response_type_logged == others.response_type_logged
            && own.route_logged == others.route_logged
            && own.event_logged == others.event_logged
            && own.keep_ip == others.keep_ip
    }
}

#[cfg(test)]
mod tests {
    use gwcost_core::log_format::Template;
    use gwcost_core::model::ApiKind;

    use super::super::row::Origin;
    use super::*;

    fn way(format: &str, stage: &str, bound: bool) -> Way {
        let template = Template::parse(format).unwrap();
        Way {
            context: UnitContext {
                number: 1,
                source: "logs:x".to_owned(),
                secret: false,
                origin: Origin { stage: Some(stage.to_owned()), ..Origin::default() },
                kind: ApiKind::Rest,
                response_type_logged: false,
                route_logged: true,
                event_logged: false,
                keep_ip: false,
                patterns: Arc::default(),
            },
            reader: Arc::new(Reader::of_variants([&template])),
            bound,
        }
    }

    fn stage_of(ways: &[Way], line: &str) -> Result<String, String> {
        let mut scratches = Scratches::default();
        one_of(ways, line, &mut scratches).map(|fit| fit.way.context.origin.stage.clone().unwrap())
    }

    const SHORT: &str = r#"{"id":"$context.extendedRequestId","status":"$context.status"}"#;
    const LONG: &str =
        r#"{"id":"$context.extendedRequestId","status":"$context.status","ms":"$context.responseLatency"}"#;

    #[test]
    fn a_line_is_of_the_format_that_prints_it() {
        let ways = [way(SHORT, "dev", false), way(LONG, "prod", false)];
        assert_eq!(stage_of(&ways, r#"{"id":"a=","status":"200"}"#).unwrap(), "dev");
        assert_eq!(stage_of(&ways, r#"{"id":"a=","status":"200","ms":"7"}"#).unwrap(), "prod");
        let error = stage_of(&ways, "no access log").unwrap_err();
        assert!(error.contains("none of the 2 formats"), "{error}");
    }

    #[test]
    fn two_readings_that_differ_are_none() {
        let other = SHORT.replace("context.status", "context.integration.status");
        let ways = [way(SHORT, "prod", false), way(&other, "prod", false)];
        let error = stage_of(&ways, r#"{"id":"a=","status":"200"}"#).unwrap_err();
        assert!(error.contains("more than one"), "{error}");
        // Not even the stage may differ.
        let ways = [way(SHORT, "dev", false), way(SHORT, "prod", false)];
        assert!(stage_of(&ways, r#"{"id":"a=","status":"200"}"#).is_err());
        let ways = [way(SHORT, "prod", false), way(SHORT, "prod", false)];
        assert_eq!(stage_of(&ways, r#"{"id":"a=","status":"200"}"#).unwrap(), "prod");
    }

    #[test]
    fn a_format_that_is_bound_to_a_stage_reads_no_other() {
        let format = r#"{"id":"$context.extendedRequestId","stage":"$context.stage"}"#;
        let ways = [way(format, "dev", true), way(format, "prod", true)];
        assert_eq!(stage_of(&ways, r#"{"id":"a=","stage":"prod"}"#).unwrap(), "prod");
        let error = stage_of(&ways, r#"{"id":"a=","stage":"old"}"#).unwrap_err();
        assert!(error.contains("none of its log group's formats is for"), "{error}");
        assert_eq!(stage_of(&ways[..1], r#"{"id":"a=","stage":"dev"}"#).unwrap(), "dev");
        assert!(stage_of(&ways[..1], r#"{"id":"a=","stage":"prod"}"#).is_err());
    }
}
