//! Quality of service as people and programs read it.

use std::io;

use rust_decimal::Decimal;
use serde_json::json;

use super::csv::neutral;
use super::document::{Document, Section, figures, words};
use super::fields::plain;
use super::listing::Listed;
use super::notes::counted;
use super::number::{UNKNOWN, amount, count, decimals_for, percent};
use super::period::period;
use crate::analysis::service::{Breach, Service, ServiceRow};

/// The schema of the JSON.
const SCHEMA: &str = "gwcost/service/1";

/// Rows that a table shows.
const TABLE_ROWS: usize = 40;

/// Headline, table and notes.
pub fn document(service: &Service) -> Document {
    let breached = service.rows.iter().filter(|row| !row.breaches.is_empty()).count();
    let headline = format!(
        "{}: {} of {} beyond a bound",
        period(&service.window),
        count(breached as u64),
        counted(service.rows.len() as u64, "group")
    );
    let rows: Vec<&ServiceRow> = service.rows.iter().take(TABLE_ROWS).collect();
    let largest = service.rows.iter().filter_map(|row| row.cost).max().unwrap_or_default();
    let decimals = decimals_for(largest);
    let each =
        |cell: &dyn Fn(&ServiceRow) -> String| rows.iter().map(|row| cell(row)).collect::<Vec<String>>();
    let part = |part: Option<Decimal>| part.map_or(UNKNOWN.to_owned(), percent);
    let millis = |millis: Option<i64>| millis.map_or(UNKNOWN.to_owned(), super::number::signed);
    let mut columns: Vec<Listed> = service
        .by
        .iter()
        .enumerate()
        .map(|(at, dimension)| {
            let keep = (at + 1 < service.by.len()).then(|| u8::try_from(at).unwrap_or(9));
            words(dimension.name(), keep, each(&|row| super::inert::value(row.values[at].as_deref())))
        })
        .collect();
    let figure = |title, keep, cells| figures(title, keep, cells, String::new());
    let cost = |row: &ServiceRow| row.cost.map_or(UNKNOWN.to_owned(), |cost| amount(cost, decimals));
    let names = |row: &ServiceRow| {
        let names: Vec<&str> = row.breaches.iter().map(|breach| short(*breach)).collect();
        names.join(", ")
    };
    columns.extend([
        figure("requests", Some(12), each(&|row| count(row.requests))),
        figure("cost", Some(13), each(&cost)),
        figure("4xx", Some(15), each(&|row| part(row.client_error_rate()))),
        figure("5xx", Some(16), each(&|row| part(row.server_error_rate()))),
        figure("available", Some(10), each(&|row| part(row.availability()))),
        figure("p50 ms", Some(9), each(&|row| millis(row.latency.p50_ms))),
        figure("p95 ms", Some(10), each(&|row| millis(row.latency.p95_ms))),
        figure("p99 ms", Some(14), each(&|row| millis(row.latency.p99_ms))),
        figure("backend p99", Some(11), each(&|row| millis(row.integration_latency.p99_ms))),
        figure("backend share", Some(8), each(&|row| part(row.integration_share))),
        words("beyond", Some(14), each(&names)),
    ]);
    let section = Section {
        title: String::new(),
        columns,
        names: 0,
        empty: "no requests".to_owned(),
        more: service.rows.len() - rows.len(),
    };
    Document { headline, sections: vec![section], notes: notes(service) }
}

const fn short(breach: Breach) -> &'static str {
    match breach {
        Breach::ClientErrors => "4xx",
        Breach::ServerErrors => "5xx",
        Breach::Latency => "p99",
        Breach::IntegrationLatency => "backend",
    }
}

fn notes(service: &Service) -> Vec<String> {
    let bounds = &service.thresholds;
    vec![
        format!(
            "bounds: 4xx {}, 5xx {}, p99 {} ms, p99 of the backend {} ms",
            percent(bounds.client_errors),
            percent(bounds.server_errors),
            bounds.p99_ms,
            bounds.integration_p99_ms
        ),
        "available: requests without a 5xx; backend share: its part of all time that callers waited"
            .to_owned(),
    ]
}

/// As JSON.
///
/// # Errors
/// The writer's.
pub fn json(service: &Service, out: &mut dyn io::Write) -> io::Result<()> {
    let row = |row: &ServiceRow| {
        let mut value = json!({
            "requests": row.requests,
            "cost": row.cost.map(plain),
            "client_error_rate": row.client_error_rate().map(plain),
            "server_error_rate": row.server_error_rate().map(plain),
            "availability": row.availability().map(plain),
            "p50_ms": row.latency.p50_ms, "p95_ms": row.latency.p95_ms, "p99_ms": row.latency.p99_ms,
            "integration_p50_ms": row.integration_latency.p50_ms,
            "integration_p95_ms": row.integration_latency.p95_ms,
            "integration_p99_ms": row.integration_latency.p99_ms,
            "integration_share": row.integration_share.map(plain),
            "breaches": row.breaches.iter().map(|breach| breach.name()).collect::<Vec<_>>(),
        });
        if let Some(object) = value.as_object_mut() {
            for (dimension, text) in service.by.iter().zip(&row.values) {
                object.insert(dimension.name().to_owned(), json!(text));
            }
        }
        value
    };
    let bounds = &service.thresholds;
    let document = json!({
        "schema": SCHEMA,
        "window": { "from": service.window.from_rfc3339(), "to": service.window.to_rfc3339() },
        "currency": service.currency,
        "thresholds": {
            "client_errors": plain(bounds.client_errors), "server_errors": plain(bounds.server_errors),
            "p99_ms": bounds.p99_ms, "integration_p99_ms": bounds.integration_p99_ms,
        },
        "rows": service.rows.iter().map(row).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// As CSV, a line for each row.
///
/// # Errors
/// The writer's.
pub fn csv(service: &Service, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let by = service.by.iter().map(|dimension| dimension.name());
    writer.write_record(by.chain([
        "requests",
        "cost",
        "client_error_rate",
        "server_error_rate",
        "availability",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "integration_p99_ms",
        "integration_share",
        "breaches",
    ]))?;
    for row in &service.rows {
        for value in &row.values {
            writer.write_field(neutral(value.as_deref().unwrap_or_default()).as_ref())?;
        }
        let part = |part: Option<Decimal>| part.map(plain).unwrap_or_default();
        let millis = |millis: Option<i64>| millis.map(|millis| millis.to_string()).unwrap_or_default();
        writer.write_field(row.requests.to_string())?;
        for figure in [row.cost, row.client_error_rate(), row.server_error_rate(), row.availability()] {
            writer.write_field(part(figure))?;
        }
        for figure in
            [row.latency.p50_ms, row.latency.p95_ms, row.latency.p99_ms, row.integration_latency.p99_ms]
        {
            writer.write_field(millis(figure))?;
        }
        writer.write_field(part(row.integration_share))?;
        let breaches: Vec<&str> = row.breaches.iter().map(|breach| breach.name()).collect();
        writer.write_field(breaches.join("; "))?;
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}
