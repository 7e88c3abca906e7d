//! Analyses that the tests of this room share: an ordinary one, an unpriced one, hostile ones.

use gwcost_core::model::{ApiKind, Window};
use rust_decimal::Decimal;

use crate::analysis::dimension::Dimension;
use crate::analysis::{
    CostAnalysis, CostRow, CoverageDay, DayCost, Measures, Percentiles, Quality, RateUse, StageCoverage,
    StageKey, Unpriced, Verdict,
};

/// A path that tries a terminal, a direction override, HTML, Markdown and a spreadsheet at once.
pub const HOSTILE: &str =
    "/\u{1b}[2J\u{202e}<script>alert('1')</script>\"|`*[x](javascript:0)\\\n@team{{ 7*7 }}\u{200b}";

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn row(values: &[Option<&str>], measures: Measures) -> CostRow {
    let cost = measures.cost;
    CostRow {
        values: values.iter().map(|value| value.map(str::to_owned)).collect(),
        share: cost.map(|_| Decimal::ZERO),
        cost_per_1000: cost.map(|cost| cost * Decimal::from(1000) / Decimal::from(measures.requests)),
        measures,
        error_rate: None,
        latency: Percentiles::default(),
        integration_latency: Percentiles::default(),
        unpriced: Vec::new(),
        templated: false,
    }
}

fn of(dimensions: Vec<Dimension>, mut rows: Vec<CostRow>) -> CostAnalysis {
    let mut total = Measures::default();
    let plus = |sum: &mut Option<Decimal>, part: Option<Decimal>| {
        *sum = part.map_or(*sum, |part| Some(sum.unwrap_or_default() + part));
    };
    for measures in rows.iter().map(|row| &row.measures) {
        total.requests += measures.requests;
        total.billable_requests += measures.billable_requests;
        total.unbilled_requests += measures.unbilled_requests;
        total.undetermined_requests += measures.undetermined_requests;
        if let Some(bytes) = measures.response_bytes {
            *total.response_bytes.get_or_insert(0) += bytes;
        }
        plus(&mut total.request_cost, measures.request_cost);
        plus(&mut total.transfer_cost, measures.transfer_cost);
        plus(&mut total.cost, measures.cost);
        plus(&mut total.cost_low, measures.cost_low);
        plus(&mut total.cost_high, measures.cost_high);
    }
    for row in &mut rows {
        let share = |cost: Decimal| (cost / total.cost.unwrap_or(Decimal::ONE)).round_dp(6);
        row.share = row.measures.cost.map(share);
    }
    CostAnalysis {
        window: Window { from_ms: 1_790_812_800_000, to_ms: 1_793_491_200_000 },
        dimensions,
        filters: Vec::new(),
        http_metering: "response".to_owned(),
        allocation: "average".to_owned(),
        by_metrics: None,
        full: None,
        currency: "USD".to_owned(),
        total,
        rows,
        days: Vec::new(),
        unpriced: Vec::new(),
        rates: Vec::new(),
        rates_at: None,
        quality: Quality { lines: 1000, ..Quality::default() },
        assumptions: vec!["transfer is priced at the internet rate of the region".to_owned()],
        overrides: Vec::new(),
    }
}

/// Two REST endpoints in October 2026 with everything that an analysis can say.
pub fn analysis() -> CostAnalysis {
    let measures = |requests: u64, cost: &str, transfer: &str, unsure: &str| {
        let (request, transfer) = (decimal(cost), decimal(transfer));
        Measures {
            requests,
            billable_requests: requests - requests / 40,
            unbilled_requests: requests * 6 / 400,
            undetermined_requests: requests * 4 / 400,
            response_bytes: Some(2_748_779_069),
            request_cost: Some(request),
            transfer_cost: Some(transfer),
            cost: Some(request + transfer),
            cost_low: Some(request + transfer - decimal(unsure)),
            cost_high: Some(request + transfer),
        }
    };
    let mut read = row(&[Some("GET"), Some("/orders/{id}")], measures(40_000_000, "137.9", "0.2304", "1.4"));
    read.error_rate = Some(decimal("0.0412"));
    read.latency = Percentiles { p50_ms: Some(12), p95_ms: Some(180), p99_ms: Some(1250) };
    let write = row(&[Some("POST"), Some("/orders")], measures(1_500_000, "4.62625", "0.2333975", "0.05"));
    let mut analysis = of(vec![Dimension::Method, Dimension::Route], vec![read, write]);
    analysis.days = (1..=31)
        .map(|day| DayCost {
            day: format!("2026-10-{day:02}"),
            requests: 1_300_000 + day,
            cost: (day != 7).then(|| Decimal::new(i64::try_from(300 + day * 11).unwrap(), 2)),
        })
        .filter(|day| day.day != "2026-10-20")
        .collect();
    analysis.unpriced = vec![unpriced_usage()];
    analysis.rates = vec![RateUse {
        region: "us-east-1".to_owned(),
        meter: "rest_requests".to_owned(),
        effective: "2019-01-01".to_owned(),
        confidence: "transcribed".to_owned(),
        source: "https://aws.amazon.com/api-gateway/pricing/".to_owned(),
        card: "us-east-1.toml".to_owned(),
        tiers: vec![
            ("first 333,000,000 requests".to_owned(), "0.0000035".to_owned()),
            ("next 667,000,000 requests".to_owned(), "0.0000028".to_owned()),
        ],
    }];
    analysis.quality.rejects = 12;
    analysis.quality.coverage = Some(decimal("0.998"));
    analysis.quality.notes = vec!["2026-10-20 has no logs".to_owned()];
    analysis
}

fn unpriced_usage() -> Unpriced {
    Unpriced {
        account: "111122223333".to_owned(),
        region: "eu-south-2".to_owned(),
        meter: "rest_requests".to_owned(),
        month: "2026-10".to_owned(),
        quantity: "1000".to_owned(),
        unit: "requests".to_owned(),
        reason: "no rate card has a rate for this region".to_owned(),
    }
}

/// One endpoint of which nothing could be priced and little was logged.
pub fn unpriced() -> CostAnalysis {
    let measures = Measures { requests: 1000, billable_requests: 1000, ..Measures::default() };
    let mut row = row(&[None, Some("$connect")], measures);
    row.unpriced = vec!["rest_requests".to_owned()];
    let mut analysis = of(vec![Dimension::Method, Dimension::Route], vec![row]);
    analysis.unpriced = vec![unpriced_usage()];
    analysis
}

/// The ordinary analysis, held against metrics: a complete day, a partial one, one without metrics.
pub fn covered() -> CostAnalysis {
    let day = |day: &str, logged: u64, counted: Option<u64>, verdict| CoverageDay {
        day: day.to_owned(),
        hours: 24,
        logged,
        counted,
        messages: None,
        verdict,
    };
    let stage = StageKey {
        account: "111122223333".to_owned(),
        region: "us-east-1".to_owned(),
        api: "a1b2c3d4e5".to_owned(),
        stage: "prod".to_owned(),
    };
    let mut analysis = analysis();
    analysis.quality.coverage = Some(decimal("0.705"));
    analysis.quality.coverage_by_stage = Some(vec![StageCoverage {
        stage,
        kind: ApiKind::Rest,
        days: vec![
            day("2026-10-01", 1000, Some(1000), Verdict::Complete),
            day("2026-10-02", 410, Some(1000), Verdict::Partial),
            day("2026-10-03", 7, None, Verdict::NoMetrics),
        ],
        asked_as: Some("orders".to_owned()),
        shared_with: Vec::new(),
    }]);
    analysis
}

/// The ordinary analysis with a first route that attacks whoever reads it.
pub fn hostile() -> CostAnalysis {
    let mut analysis = analysis();
    analysis.rows[0].values[1] = Some(HOSTILE.to_owned());
    analysis
}

/// `rows` endpoints by six dimensions, with a route longer than any terminal.
pub fn wide(rows: usize) -> CostAnalysis {
    let one = |index: usize| {
        let route = format!("/v1/{}/{index}", "very-long-segment/".repeat(14).trim_end_matches('/'));
        let values =
            ["123456789012", "us-east-1", "a1b2c3d4e5", "prod", ["GET", "DELETE"][index % 2], &route];
        let base = analysis().rows.swap_remove(0);
        let measures = Measures {
            requests: 12_345_678,
            billable_requests: 12_000_000,
            unbilled_requests: 245_678,
            undetermined_requests: 100_000,
            ..base.measures.clone()
        };
        let percentiles = Percentiles { p50_ms: Some(9), p95_ms: Some(99_999), p99_ms: Some(123_456) };
        let values = values.iter().map(|value| Some((*value).to_owned())).collect();
        CostRow { values, measures, integration_latency: percentiles, ..base }
    };
    let dimensions = vec![
        Dimension::Account,
        Dimension::Region,
        Dimension::Api,
        Dimension::Stage,
        Dimension::Method,
        Dimension::Route,
    ];
    of(dimensions, (0..rows).map(one).collect())
}

/// `rows` endpoints whose amounts round badly.
pub fn many(rows: u64) -> CostAnalysis {
    let one = |index: u64| {
        let request = Decimal::new(i64::try_from(33_333_333_333 + index * 7_777_777).unwrap(), 10);
        let transfer = Decimal::new(i64::try_from(index * 1_234_567).unwrap(), 10);
        let cost = Some(request + transfer);
        let requests = 1_000_000 + index;
        let measures = Measures {
            requests,
            billable_requests: requests,
            request_cost: Some(request),
            transfer_cost: Some(transfer),
            cost,
            cost_low: cost,
            cost_high: cost,
            ..Measures::default()
        };
        row(&[Some(&format!("/route/{index}"))], measures)
    };
    of(vec![Dimension::Route], (0..rows).map(one).collect())
}
