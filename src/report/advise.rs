//! Advice as people and programs read it: a table, Markdown with every step, JSON, SARIF.

use std::collections::BTreeMap;
use std::io;

use serde_json::json;
use serde_sarif::sarif;

use super::document::{Document, Section, figures, words};
use super::fields::plain;
use super::markdown::{code, escape};
use super::number::{UNKNOWN, amount, decimals_for, money};
use super::period::period;
use super::recommendation::RecommendationJson;
use crate::analysis::advise::{Advice, Ranked};

/// The schema of the JSON.
const SCHEMA: &str = "gwcost/advise/1";

/// Recommendations that a table shows.
const TABLE_ROWS: usize = 25;

fn headline(advice: &Advice) -> String {
    let decimals = decimals_for(advice.saving.high);
    let said = |amount| money(amount, decimals, &advice.currency);
    format!(
        "{}: {} to {} a month could be saved",
        period(&advice.window),
        said(advice.saving.low),
        said(advice.saving.high)
    )
}

/// Headline, table and notes.
pub fn document(advice: &Advice) -> Document {
    let ranked: Vec<&Ranked> = advice.ranked.iter().take(TABLE_ROWS).collect();
    let decimals = decimals_for(advice.saving.high);
    let each = |cell: &dyn Fn(&Ranked) -> String| ranked.iter().map(|of| cell(of)).collect::<Vec<String>>();
    let dollars = |which: fn(&gwcost_core::model::Saving) -> rust_decimal::Decimal| {
        let shown = |of: &Ranked| {
            let saving = of.recommendation.saving.as_ref().map(which);
            saving.map_or(UNKNOWN.to_owned(), |saving| amount(saving, decimals))
        };
        each(&shown)
    };
    let section = Section {
        title: String::new(),
        columns: vec![
            words("what", None, each(&|of| super::inert(&of.recommendation.title))),
            figures("at least", None, dollars(|saving| saving.low), String::new()),
            figures("at most", None, dollars(|saving| saving.high), String::new()),
            words("effort", Some(8), each(&|of| of.recommendation.effort.name().to_owned())),
            words("risk", Some(7), each(&|of| of.recommendation.risk.name().to_owned())),
            words(
                "behind",
                Some(5),
                each(&|of| of.behind.clone().map_or(String::new(), |name| name.replace('_', " "))),
            ),
        ],
        names: 0,
        empty: "nothing was found".to_owned(),
        more: advice.ranked.len() - ranked.len(),
    };
    Document { headline: headline(advice), sections: vec![section], notes: notes(advice) }
}

fn notes(advice: &Advice) -> Vec<String> {
    let mut notes = vec![
        format!("at least and at most: {} a month; --format markdown says how to apply each", advice.currency),
        "ranked by what is certain, less a fifth or a half each for effort and risk; what stands behind another \
         saves the same dollars and is not counted"
            .to_owned(),
    ];
    notes.extend(advice.refuted.clone());
    notes.extend(advice.notes.clone());
    notes
}

/// As Markdown: every recommendation with evidence, assumptions, steps and checks.
pub fn markdown(advice: &Advice) -> String {
    let mut text = format!("**{}**\n", escape(&headline(advice)));
    for (at, Ranked { recommendation, behind }) in advice.ranked.iter().enumerate() {
        let decimals = decimals_for(advice.saving.high);
        let saving = recommendation.saving.map_or("not known".to_owned(), |saving| {
            let said = |amount| money(amount, decimals, &advice.currency);
            format!("{} to {} a month", said(saving.low), said(saving.high))
        });
        text += &format!("\n### {}. {}\n\n", at + 1, escape(&recommendation.title));
        text += &format!(
            "Saves {}; effort {}, risk {}.",
            escape(&saving),
            recommendation.effort.name(),
            recommendation.risk.name()
        );
        if let Some(better) = behind {
            text += &format!(" Saves the same dollars as {}, which is better.", code(better));
        }
        text.push('\n');
        for (title, sentences) in [
            ("Evidence", &recommendation.evidence),
            ("Taken for granted", &recommendation.assumptions),
            ("Check afterwards", &recommendation.check),
        ] {
            if !sentences.is_empty() {
                text += &format!("\n{title}:\n\n");
                text += &sentences.iter().map(|of| format!("- {}\n", code(of))).collect::<String>();
            }
        }
        for step in &recommendation.apply {
            text += &format!("\nApply: {}\n", code(&step.text));
        }
    }
    text.push('\n');
    text += &notes(advice).iter().map(|note| format!("- {}\n", escape(note))).collect::<String>();
    text
}

/// As JSON.
///
/// # Errors
/// The writer's.
pub fn json(advice: &Advice, out: &mut dyn io::Write) -> io::Result<()> {
    let ranked = advice.ranked.iter().map(|of| -> io::Result<serde_json::Value> {
        let mut value = serde_json::to_value(RecommendationJson::of(&of.recommendation))?;
        if let Some(object) = value.as_object_mut() {
            object.insert("behind".to_owned(), json!(of.behind));
        }
        Ok(value)
    });
    let document = json!({
        "schema": SCHEMA,
        "window": { "from": advice.window.from_rfc3339(), "to": advice.window.to_rfc3339() },
        "currency": advice.currency,
        "cost": advice.cost.map(plain),
        "saving_per_month_low": plain(advice.saving.low),
        "saving_per_month_high": plain(advice.saving.high),
        "recommendations": ranked.collect::<io::Result<Vec<_>>>()?,
        "refuted": advice.refuted,
        "notes": advice.notes,
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// As SARIF 2.1.0: a rule for each kind of recommendation, a result for each of them.
///
/// # Errors
/// The writer's.
pub fn sarif(advice: &Advice, out: &mut dyn io::Write) -> io::Result<()> {
    let mut rules: BTreeMap<&str, i64> = BTreeMap::new();
    for ranked in &advice.ranked {
        let next = i64::try_from(rules.len()).unwrap_or(i64::MAX);
        rules.entry(&ranked.recommendation.name).or_insert(next);
    }
    let mut descriptors: Vec<(&str, i64)> = rules.iter().map(|(name, at)| (*name, *at)).collect();
    descriptors.sort_by_key(|(_, at)| *at);
    let descriptors: Vec<sarif::ReportingDescriptor> = descriptors
        .into_iter()
        .map(|(name, _)| sarif::ReportingDescriptor::builder().id(name).build())
        .collect();
    let results: Vec<sarif::Result> = advice
        .ranked
        .iter()
        .map(|Ranked { recommendation, behind }| {
            let place = &recommendation.place;
            let parts = [
                Some(&place.account),
                Some(&place.region),
                place.api.as_ref(),
                place.stage.as_ref(),
                place.method.as_ref(),
                place.route.as_ref(),
            ];
            let parts: Vec<&str> =
                parts.into_iter().flatten().map(String::as_str).filter(|part| !part.is_empty()).collect();
            let logical = sarif::LogicalLocation::builder()
                .fully_qualified_name(parts.join("/"))
                .kind("resource")
                .build();
            let location = sarif::Location::builder().logical_locations(vec![logical]).build();
            let saving = recommendation.saving.map_or("saving not known".to_owned(), |saving| {
                format!("saves {} to {} {} a month", plain(saving.low), plain(saving.high), advice.currency)
            });
            let text = format!("{}; {saving}. {}", recommendation.title, recommendation.evidence.join("; "));
            let level = if behind.is_some() { sarif::ResultLevel::None } else { sarif::ResultLevel::Note };
            sarif::Result::builder()
                .rule_id(recommendation.name.clone())
                .rule_index(rules.get(recommendation.name.as_str()).copied().unwrap_or(-1))
                .message(sarif::Message::builder().text(super::inert(&text)).build())
                .locations(vec![location])
                .level(level)
                .build()
        })
        .collect();
    let driver = sarif::ToolComponent::builder()
        .name("gwcost")
        .version(env!("CARGO_PKG_VERSION"))
        .rules(descriptors)
        .build();
    let tool = sarif::Tool::builder().driver(driver).build();
    let run = sarif::Run::builder().tool(tool).results(results).build();
    let log = sarif::Sarif::builder()
        .schema("https://json.schemastore.org/sarif-2.1.0.json")
        .version(sarif::Version::V2_1_0.to_string())
        .runs(vec![run])
        .build();
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}
