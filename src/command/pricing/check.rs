//! `gwcost pricing check`: what has no rate, and what was seen long ago.

use gwcost_core::model::{DAY_MS, parse_duration, start_of_day_ms};
use gwcost_core::pricing::{Meter, RateCard};
use gwcost_core::text::grouped;
use serde::Serialize;

use super::super::CommandError;
use super::super::context::Context;
use super::super::output::{say, terminal};
use super::{check_region, print_json, print_text};
use crate::cli::{ListFormat, PricingCheckArgs};
use crate::exit::Exit;
use crate::report::{Listed, listing};

/// The list's shape for programs.
const SCHEMA: &str = "gwcost/pricing-check/1";

/// What an API's bill is made of: a region without one of these cannot be priced whole.
const OF_AN_API: [Meter; 5] = [
    Meter::RestRequests,
    Meter::HttpRequests,
    Meter::WebsocketMessages,
    Meter::WebsocketMinutes,
    Meter::InternetTransfer,
];

#[derive(Serialize)]
struct Findings {
    schema: &'static str,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    region: String,
    meter: &'static str,
    kind: &'static str,
    problem: String,
}

/// Runs `gwcost pricing check`.
pub fn run(context: &Context, arguments: &PricingCheckArgs) -> Result<Exit, CommandError> {
    let age = parse_duration(&arguments.older_than)
        .map_err(|error| CommandError::flag("--older-than")(error.to_string()))?;
    let (catalog, _) = context.catalog(None)?;
    for region in &arguments.region {
        check_region(&catalog, region)?;
    }
    let asked = |card: &RateCard| arguments.region.is_empty() || arguments.region.contains(&card.region);
    let findings: Vec<Finding> = catalog
        .cards()
        .filter(|(_, card)| asked(card))
        .flat_map(|(_, card)| findings(card, context.now_ms, age))
        .collect();
    let any = !findings.is_empty();
    match arguments.format {
        ListFormat::Json => print_json(&Findings { schema: SCHEMA, findings })?,
        ListFormat::Table if findings.is_empty() => print_text("every rate is known and recent\n")?,
        ListFormat::Table => print_text(&table(&findings))?,
    }
    if any && arguments.strict {
        say("error: some rates are missing or old, and --strict was given");
        return Ok(Exit::Unpriced);
    }
    Ok(Exit::Done)
}

fn findings(card: &RateCard, now_ms: i64, age_ms: i64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |meter: Meter, kind, problem| {
        findings.push(Finding { region: card.region.clone(), meter: meter.name(), kind, problem });
    };
    let of_a_region = !card.region.starts_with("cloudfront-");
    for meter in Meter::ALL {
        let latest = card.rates().iter().rfind(|rate| rate.meter == meter);
        let Some(rate) = latest else {
            if of_a_region && OF_AN_API.contains(&meter) {
                find(meter, "missing", "no rate is known".to_owned());
            }
            continue;
        };
        if let Some(up_to) = rate.tiers.steps().last().and_then(|tier| tier.up_to) {
            let bound = grouped(up_to);
            find(meter, "tier", format!("no rate above {bound} {} is known", meter.unit()));
        }
        let days = now_ms.saturating_sub(start_of_day_ms(rate.effective)).div_euclid(DAY_MS);
        if days.saturating_mul(DAY_MS) > age_ms {
            find(meter, "old", format!("the last rate is of {}, {days} days ago", rate.effective));
        }
    }
    findings
}

fn table(findings: &[Finding]) -> String {
    let cells = |title, keep, cell: &dyn Fn(&Finding) -> String| Listed {
        title,
        number: false,
        keep,
        cells: findings.iter().map(cell).collect(),
        total: String::new(),
    };
    let columns = vec![
        cells("region", None, &|finding| finding.region.clone()),
        cells("meter", None, &|finding| finding.meter.to_owned()),
        cells("problem", None, &|finding| finding.problem.clone()),
    ];
    listing(columns, 2, &terminal())
}
