//! The JSON interface, `gwcost/analyze/1`: documented, versioned, in this key order.
//!
//! Amounts and rates are decimal strings, because a JSON number becomes a float in most readers;
//! counts are integers; what is not known is `null`. Rows are written one by one.

use std::io::{self, Write};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::coverage_json::StageFigures;
use super::fields::{Field, Measure, full_fields};
use crate::analysis::{ByMetrics, CostAnalysis, CostRow, Dimension, FullParts, Quality};

/// The name and version of this shape. A change of meaning changes the number.
pub const SCHEMA: &str = "gwcost/analyze/1";

/// Writes an analysis as one JSON document and a newline.
///
/// # Errors
/// What the writer answers; a closed pipe keeps its kind.
pub fn write(analysis: &CostAnalysis, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer(&mut out, &Document::of(analysis))?;
    out.write_all(b"\n")?;
    out.flush()
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    window: Ends,
    filters: Filters<'a>,
    http_metering: &'a str,
    allocation: &'a str,
    currency: &'a str,
    rate_card: RateCard<'a>,
    total: Total<'a>,
    rows: Rows<'a>,
    unpriced: Vec<UnpricedUsage<'a>>,
    quality: QualityFigures<'a>,
    assumptions: &'a [String],
    by_metrics: Option<TwoTotals>,
}

#[derive(Serialize)]
struct Ends {
    from: String,
    to: String,
}

#[derive(Serialize)]
struct RateCard<'a> {
    rates_at: Option<&'a str>,
    rates: Vec<Rate<'a>>,
    overrides: &'a [String],
}

#[derive(Serialize)]
struct Rate<'a> {
    region: &'a str,
    meter: &'a str,
    effective: &'a str,
    confidence: &'a str,
    source: &'a str,
    card: &'a str,
    tiers: Vec<TierRate<'a>>,
}

#[derive(Serialize)]
struct TierRate<'a> {
    label: &'a str,
    rate: &'a str,
}

#[derive(Serialize)]
struct UnpricedUsage<'a> {
    account: &'a str,
    region: &'a str,
    meter: &'a str,
    month: &'a str,
    quantity: &'a str,
    unit: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct QualityFigures<'a> {
    lines: u64,
    rejects: u64,
    duplicates: u64,
    possible_duplicates: u64,
    coverage: Field<'static>,
    coverage_by_stage: Option<Vec<StageFigures<'a>>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct TwoTotals {
    applied: bool,
    requests_logged: u64,
    requests_counted: u64,
    cost_logged: Field<'static>,
    cost_counted: Field<'static>,
}

impl TwoTotals {
    fn of(totals: &ByMetrics) -> TwoTotals {
        TwoTotals {
            applied: totals.applied,
            requests_logged: totals.requests_logged,
            requests_counted: totals.requests_counted,
            cost_logged: totals.cost_logged.into(),
            cost_counted: totals.cost_counted.into(),
        }
    }
}

struct Filters<'a>(&'a [(Dimension, String)]);

impl Serialize for Filters<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(dimension, glob)| (dimension.name(), glob)))
    }
}

struct Total<'a>(&'a CostAnalysis);

struct Rows<'a>(&'a CostAnalysis);

struct Row<'a> {
    names: &'a [&'static str],
    row: &'a CostRow,
    full: Option<&'a FullParts>,
}

impl<'a> Document<'a> {
    fn of(analysis: &'a CostAnalysis) -> Document<'a> {
        let rate = |rate: &'a crate::analysis::RateUse| Rate {
            region: &rate.region,
            meter: &rate.meter,
            effective: &rate.effective,
            confidence: &rate.confidence,
            source: &rate.source,
            card: &rate.card,
            tiers: rate.tiers.iter().map(|(label, rate)| TierRate { label, rate }).collect(),
        };
        let unpriced = |usage: &'a crate::analysis::Unpriced| UnpricedUsage {
            account: &usage.account,
            region: &usage.region,
            meter: &usage.meter,
            month: &usage.month,
            quantity: &usage.quantity,
            unit: &usage.unit,
            reason: &usage.reason,
        };
        Document {
            schema: SCHEMA,
            window: Ends { from: analysis.window.from_rfc3339(), to: analysis.window.to_rfc3339() },
            filters: Filters(&analysis.filters),
            http_metering: &analysis.http_metering,
            allocation: &analysis.allocation,
            currency: &analysis.currency,
            rate_card: RateCard {
                rates_at: analysis.rates_at.as_deref(),
                rates: analysis.rates.iter().map(rate).collect(),
                overrides: &analysis.overrides,
            },
            total: Total(analysis),
            rows: Rows(analysis),
            unpriced: analysis.unpriced.iter().map(unpriced).collect(),
            quality: QualityFigures::of(&analysis.quality),
            assumptions: &analysis.assumptions,
            by_metrics: analysis.by_metrics.as_ref().map(TwoTotals::of),
        }
    }
}

impl<'a> QualityFigures<'a> {
    fn of(quality: &'a Quality) -> QualityFigures<'a> {
        QualityFigures {
            lines: quality.lines,
            rejects: quality.rejects,
            duplicates: quality.duplicates,
            possible_duplicates: quality.possible_duplicates,
            coverage: quality.coverage.into(),
            coverage_by_stage: quality.coverage_by_stage.as_deref().map(StageFigures::of_all),
            notes: &quality.notes,
        }
    }
}

impl Serialize for Total<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for measure in Measure::TOTAL {
            map.serialize_entry(measure.name(), &measure.of(&self.0.total))?;
        }
        if let Some(full) = &self.0.full {
            for (name, value) in full_fields(&full.total) {
                map.serialize_entry(name, &value)?;
            }
        }
        map.end()
    }
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names: Vec<&'static str> = self.0.dimensions.iter().map(|dimension| dimension.name()).collect();
        let full = |at: usize| self.0.full.as_ref().and_then(|full| full.rows.get(at));
        let rows = self.0.rows.iter().enumerate();
        serializer.collect_seq(rows.map(|(at, row)| Row { names: &names, row, full: full(at) }))
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.names.iter().zip(&self.row.values) {
            map.serialize_entry(name, value)?;
        }
        for measure in Measure::of_a_row() {
            map.serialize_entry(measure.name(), &measure.of_row(self.row))?;
        }
        if let Some(parts) = self.full {
            for (name, value) in full_fields(parts) {
                map.serialize_entry(name, &value)?;
            }
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn written(analysis: &CostAnalysis) -> String {
        let mut bytes = Vec::new();
        write(analysis, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn keys_and_their_order_are_the_interface() {
        let text = written(&fixture::analysis());
        assert!(text.starts_with(
            "{\"schema\":\"gwcost/analyze/1\",\
             \"window\":{\"from\":\"2026-10-01T00:00:00Z\",\"to\":\"2026-11-01T00:00:00Z\"},\
             \"filters\":{},\"http_metering\":\"response\",\"allocation\":\"average\",\"currency\":\"USD\",\"rate_card\":{\"rates_at\":null,\"rates\":[{\"region\":\"us-east-1\",\
             \"meter\":\"rest_requests\",\"effective\":"
        ));
        assert!(text.contains(
            "\"rows\":[{\"method\":\"GET\",\"route\":\"/orders/{id}\",\"requests\":40000000,\
             \"billable_requests\":39000000,\"unbilled_requests\":600000,\"undetermined_requests\":400000,\
             \"response_bytes\":2748779069,\"request_cost\":\"137.9\",\"transfer_cost\":\"0.2304\",\
             \"cost\":\"138.1304\",\"cost_low\":\"136.7304\",\"cost_high\":\"138.1304\",\
             \"share\":\"0.966014\",\"cost_per_1000\":\"0.00345326\",\"error_rate\":\"0.0412\",\
             \"p50_ms\":12,\"p95_ms\":180,\"p99_ms\":1250,\"integration_p50_ms\":null,\
             \"integration_p95_ms\":null,\"integration_p99_ms\":null,\"templated\":false,\"unpriced\":[]},"
        ));
        assert!(text.contains(
            "\"overrides\":[]},\"total\":{\"requests\":41500000,\"billable_requests\":40462500,\
             \"unbilled_requests\":622500,\"undetermined_requests\":415000,\"response_bytes\":5497558138,\
             \"request_cost\":\"142.52625\",\"transfer_cost\":\"0.4637975\",\"cost\":\"142.9900475\",\
             \"cost_low\":\"141.5400475\",\"cost_high\":\"142.9900475\"},\"rows\":["
        ));
        assert!(text.ends_with(
            "],\"unpriced\":[{\"account\":\"111122223333\",\"region\":\"eu-south-2\",\"meter\":\"rest_requests\",\"month\":\"2026-10\",\
             \"quantity\":\"1000\",\"unit\":\"requests\",\
             \"reason\":\"no rate card has a rate for this region\"}],\
             \"quality\":{\"lines\":1000,\"rejects\":12,\"duplicates\":0,\"possible_duplicates\":0,\
             \"coverage\":\"0.998\",\"coverage_by_stage\":null,\"notes\":[\"2026-10-20 has no logs\"]},\
             \"assumptions\":[\"transfer is priced at the internet rate of the region\"],\"by_metrics\":null}\n"
        ));
    }

    #[test]
    fn coverage_is_stated_by_stage_and_day() {
        let text = written(&fixture::covered());
        assert!(text.contains(
            "\"coverage\":\"0.705\",\"coverage_by_stage\":[{\"account\":\"111122223333\",\"region\":\"us-east-1\",\
             \"api\":\"a1b2c3d4e5\",\"api_kind\":\"rest\",\"stage\":\"prod\",\"counts\":\"requests\",\"logged\":1410,\
             \"counted\":2000,\"share\":\"0.705\",\"verdict\":\"partial\",\"shared_with\":[],\"days\":[\
             {\"day\":\"2026-10-01\",\"hours\":24,\"logged\":1000,\"counted\":1000,\"share\":\"1\",\
             \"messages_logged\":null,\"messages_counted\":null,\"verdict\":\"complete\"},"
        ));
        assert!(text.contains(
            "{\"day\":\"2026-10-03\",\"hours\":24,\"logged\":7,\"counted\":null,\"share\":null,\
             \"messages_logged\":null,\"messages_counted\":null,\"verdict\":\"no_metrics\"}]}]"
        ));
    }

    #[test]
    fn what_is_not_known_is_null_and_never_zero() {
        let value: serde_json::Value = serde_json::from_str(&written(&fixture::unpriced())).unwrap();
        assert!(value["total"]["cost"].is_null());
        assert!(value["rows"][0]["cost"].is_null());
        assert!(value["rows"][0]["share"].is_null());
        assert_eq!(value["rows"][0]["requests"], 1000);
        assert_eq!(value["rows"][0]["unpriced"][0], "rest_requests");
        assert!(value["rows"][0]["method"].is_null());
    }

    #[test]
    fn hostile_text_is_data() {
        let value: serde_json::Value = serde_json::from_str(&written(&fixture::hostile())).unwrap();
        assert_eq!(value["rows"][0]["route"], fixture::HOSTILE);
    }
}
