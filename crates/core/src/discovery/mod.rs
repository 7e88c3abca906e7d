//! From settings to what there is to read: where each stage logs, and how its lines are to be understood.
//!
//! A stage says its log group or Firehose stream and its format, so nobody has to type either. Several stages may
//! share a group: each format that lines there can have is a [`Candidate`], with all that the settings know and
//! lines need not say. What cannot be told apart, and what a format lacks, is said and never guessed.

mod candidate;

pub use candidate::{Candidate, Fact, StageOrigin, lacks};

use std::collections::BTreeMap;

use crate::log_format::Template;
use crate::model::settings::{AccessLogSettings, LogDestination, RegionSettings, StageRef};

/// What there is to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// CloudWatch log groups.
    pub groups: Vec<LogSource>,
    /// Firehose streams. Where one delivers is not in API Gateway's settings: somebody has to name the bucket.
    pub streams: Vec<LogSource>,
    /// Stages that log nothing.
    pub silent: Vec<StageOrigin>,
    /// Stages whose access-log settings cannot be used, each with the reason.
    pub unusable: Vec<(StageOrigin, String)>,
    /// What could not be looked into, a sentence each: an API whose stages are not known.
    pub unknown: Vec<String>,
}

/// A place that access logs are written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSource {
    /// The account that it is in, twelve digits.
    pub account: String,
    /// The region that it is in.
    pub region: String,
    /// The log group's or the stream's name.
    pub name: String,
    /// Its ARN, as the stages have it, without `:*` at the end.
    pub arn: String,
    /// The formats that lines there can have.
    pub candidates: Vec<Candidate>,
}

impl LogSource {
    /// All stages that log there.
    pub fn stages(&self) -> impl Iterator<Item = &StageOrigin> {
        self.candidates.iter().flat_map(|candidate| &candidate.stages)
    }
}

/// Account, region and name: what makes a place one.
type Place = (String, String, String);

/// Places with their ARN and the formats that were found so far.
type Places = BTreeMap<Place, (String, Vec<(Candidate, Template)>)>;

/// What the stages of some accounts and regions log, and where.
pub fn discover<'a>(regions: impl IntoIterator<Item = &'a RegionSettings>) -> Discovery {
    let mut found = Discovery::default();
    let (mut groups, mut streams) = (Places::new(), Places::new());
    for settings in regions {
        found.unknown.extend(unknown(settings));
        for stage in settings.stages() {
            let origin = StageOrigin::of(settings, &stage);
            match usable(&stage) {
                Ok(None) => found.silent.push(origin),
                Ok(Some((destination, arn, template))) => {
                    let (places, place) = match destination {
                        LogDestination::LogGroup { account, region, name } => {
                            (&mut groups, (account, region, name))
                        }
                        LogDestination::Firehose { account, region, stream } => {
                            (&mut streams, (account, region, stream))
                        }
                    };
                    let place = (place.0.to_owned(), place.1.to_owned(), place.2.to_owned());
                    add(places, place, arn, origin, &template);
                }
                Err(reason) => found.unusable.push((origin, reason)),
            }
        }
    }
    found.groups = finished(groups);
    found.streams = finished(streams);
    found
}

/// Where a stage logs and in which format. `None` where it logs nothing; an error is a sentence.
fn usable<'a>(stage: &StageRef<'a>) -> Result<Option<(LogDestination<'a>, &'a str, Template)>, String> {
    let Some(access_log) = stage.access_log else { return Ok(None) };
    let AccessLogSettings { destination_arn: Some(arn), format } = access_log else {
        return Err("it has a log format and no destination".to_owned());
    };
    let destination = access_log
        .destination()
        .ok_or_else(|| format!("its destination is no log group and no Firehose stream: {arn}"))?;
    let format = format.as_deref().ok_or_else(|| format!("it logs to {arn} without a format"))?;
    let template = Template::parse(format).map_err(|error| error.to_string())?;
    Ok(Some((destination, arn.strip_suffix(":*").unwrap_or(arn), template)))
}

fn add(places: &mut Places, place: Place, arn: &str, origin: StageOrigin, template: &Template) {
    let (_, candidates) = places.entry(place).or_insert_with(|| (arn.to_owned(), Vec::new()));
    match candidates.iter_mut().find(|(candidate, _)| candidate.takes(&origin, template)) {
        Some((candidate, _)) => candidate.stages.push(origin),
        None => candidates.push((Candidate::new(origin, template), template.clone())),
    }
}

fn finished(places: Places) -> Vec<LogSource> {
    let source = |((account, region, name), (arn, candidates)): (Place, (String, Vec<_>))| LogSource {
        account,
        region,
        name,
        arn,
        candidates: candidate::decided(candidates),
    };
    places.into_iter().map(source).collect()
}

/// A sentence for each list that was not read and that stages could be in.
fn unknown(settings: &RegionSettings) -> Vec<String> {
    let place = format!("account {} in {}", settings.account, settings.region);
    let mut said = Vec::new();
    for (kinds, known) in
        [("REST APIs", settings.rest_apis.is_some()), ("HTTP and WebSocket APIs", settings.v2_apis.is_some())]
    {
        if !known {
            said.push(format!("the {kinds} of {place} are not known"));
        }
    }
    let rest = settings.rest_apis.iter().flatten().map(|api| (&api.name, &api.id, api.stages.is_some()));
    let v2 = settings.v2_apis.iter().flatten().map(|api| (&api.name, &api.id, api.stages.is_some()));
    for (name, id, _) in rest.chain(v2).filter(|(.., known)| !known) {
        said.push(format!("the stages of API {name} ({id}) of {place} are not known"));
    }
    for api in settings.v2_apis.iter().flatten().filter(|api| api.kind().is_none()) {
        let (name, id) = (&api.name, &api.id);
        said.push(format!("API {name} ({id}) of {place} speaks a protocol that this version does not know"));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log_format::Level;
    use crate::model::ApiKind;
    use crate::model::settings::Snapshot;

    /// Kind, API, stage, and the destination's end with the format.
    type Stage<'a> = (&'a str, &'a str, &'a str, Option<(&'a str, &'a str)>);

    fn settings(stages: &[Stage<'_>]) -> RegionSettings {
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        let list = |wanted: &[&str]| {
            let apis = stages.iter().filter(|(kind, ..)| wanted.contains(kind)).map(|(kind, api, stage, log)| {
                let log = log.map_or_else(String::new, |(destination, format)| {
                    let arn = quoted(&format!("arn:aws:{destination}"));
                    format!(",\"access_log\":{{\"destination_arn\":{arn},\"format\":{}}}", quoted(format))
                });
                let protocol = match *kind {
                    "rest" => String::new(),
                    kind => format!("\"protocol\":\"{}\",", kind.to_uppercase()),
                };
                format!(
                    "{{\"id\":\"{api}\",{protocol}\"name\":\"n-{api}\",\"stages\":[{{\"name\":\"{stage}\"{log}}}]}}"
                )
            });
            apis.collect::<Vec<_>>().join(",")
        };
        let text = format!(
            "{{\"schema\":\"gwcost/settings/1\",\"taken_at\":\"2026-10-31T06:00:00Z\",\"regions\":[{{\
             \"account\":\"111122223333\",\"region\":\"eu-west-1\",\"rest_apis\":[{}],\"v2_apis\":[{}]}}]}}",
            list(&["rest"]),
            list(&["http", "websocket"])
        );
        Snapshot::from_json(&text).unwrap().regions.remove(0)
    }

    const GROUP: &str = "logs:eu-west-1:111122223333:log-group:/aws/orders";
    const FULL: &str = "$context.requestTimeEpoch $context.apiId $context.stage $context.status";
    const SHORT: &str = "$context.requestTimeEpoch $context.status";

    #[test]
    fn every_stage_goes_where_it_belongs() {
        let stream = "firehose:eu-west-1:111122223333:deliverystream/amazon-apigateway-x";
        let streams_too = format!("{GROUP}:*");
        let region = settings(&[
            ("rest", "r1", "prod", Some((GROUP, FULL))),
            ("rest", "r2", "prod", Some((streams_too.as_str(), SHORT))),
            ("http", "h1", "$default", Some((stream, FULL))),
            ("websocket", "w1", "live", None),
            ("http", "h2", "v1", Some(("s3:::bucket", FULL))),
            ("http", "h3", "v1", Some((GROUP, "no variable"))),
        ]);
        let found = discover([&region]);
        let group = &found.groups[0];
        assert_eq!((found.groups.len(), group.name.as_str(), group.candidates.len()), (1, "/aws/orders", 2));
        assert_eq!(group.arn, format!("arn:aws:{GROUP}"));
        assert_eq!((group.account.as_str(), group.region.as_str()), ("111122223333", "eu-west-1"));
        assert_eq!(found.streams[0].name, "amazon-apigateway-x");
        assert_eq!(found.streams[0].candidates[0].kind, ApiKind::Http);
        assert_eq!(found.silent[0].to_string(), "n-w1/live (websocket, w1)");
        let reasons: Vec<&str> = found.unusable.iter().map(|(_, reason)| reason.as_str()).collect();
        assert!(
            reasons[0].contains("no log group and no Firehose stream: arn:aws:s3:::bucket"),
            "{reasons:?}"
        );
        assert!(reasons[1].contains("holds no `$context.` variable"), "{reasons:?}");
        assert_eq!(found.unknown, Vec::<String>::new());
    }

    #[test]
    fn settings_say_what_lines_do_not() {
        let region = settings(&[("rest", "r1", "prod", Some((GROUP, SHORT)))]);
        let candidate = &discover([&region]).groups[0].candidates[0];
        assert_eq!((candidate.account.as_str(), candidate.region.as_str()), ("111122223333", "eu-west-1"));
        assert_eq!((candidate.api.as_deref(), candidate.stage.as_deref()), (Some("r1"), Some("prod")));
        assert_eq!((candidate.kind, candidate.format.as_str()), (ApiKind::Rest, SHORT));
        assert_eq!(candidate.unsaid, []);
        assert!(candidate.lacks.iter().any(|lack| lack.what.contains("no responseLength")));
        assert!(candidate.lacks.iter().all(|lack| lack.level != Level::Ok));
        // That lines do not say account, region, API and stage is no lack: the settings do.
        assert!(!candidate.lacks.iter().any(|lack| lack.what.contains("--")), "{:?}", candidate.lacks);
    }

    #[test]
    fn stages_that_share_a_format_are_told_apart_by_lines_or_not_at_all() {
        let log = |format| Some((GROUP, format));
        let region = settings(&[
            ("rest", "r1", "prod", log(SHORT)),
            ("rest", "r2", "prod", log(SHORT)),
            ("rest", "r3", "dev", log(FULL)),
            ("rest", "r4", "prod", log(FULL)),
        ]);
        let found = discover([&region]);
        let [short, full] = found.groups[0].candidates.as_slice() else { panic!("{found:?}") };
        assert_eq!((short.api.as_deref(), short.stage.as_deref()), (None, Some("prod")));
        assert_eq!(short.unsaid, [Fact::Api]);
        assert_eq!((full.api.as_deref(), full.stage.as_deref(), full.stages.len()), (None, None, 2));
        assert_eq!(full.unsaid, []);
    }

    #[test]
    fn one_format_for_two_kinds_needs_the_api() {
        let log = |format| Some((GROUP, format));
        let shared = |format| {
            let region =
                settings(&[("rest", "r1", "prod", log(format)), ("http", "h1", "prod", log(format))]);
            let candidates = discover([&region]).groups.remove(0).candidates;
            candidates.into_iter().map(|candidate| (candidate.kind, candidate.unsaid)).collect::<Vec<_>>()
        };
        let unsaid = vec![Fact::Kind];
        assert_eq!(shared(SHORT), [(ApiKind::Rest, unsaid.clone()), (ApiKind::Http, unsaid)]);
        assert_eq!(shared(FULL), [(ApiKind::Rest, Vec::new()), (ApiKind::Http, Vec::new())]);
    }

    #[test]
    fn what_was_not_read_is_said() {
        let mut region = settings(&[("rest", "r1", "prod", None)]);
        region.v2_apis = None;
        region.rest_apis.as_mut().unwrap()[0].stages = None;
        assert_eq!(
            discover([&region]).unknown,
            [
                "the HTTP and WebSocket APIs of account 111122223333 in eu-west-1 are not known",
                "the stages of API n-r1 (r1) of account 111122223333 in eu-west-1 are not known"
            ]
        );
    }
}
