//! Minutes of WebSocket connections, from the events that the lake holds of them.
//!
//! They are shown beside a bill and are not in its total: a total that is shared out to endpoints cannot hold
//! what belongs to connections, and a log without connection ids holds no minutes at all.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::TimestampMillisecondType;
use gwcost_core::model::{ApiKind, Month, Window, day_of_ms};
use gwcost_core::pricing::{ConnectionEvent, LONGEST_CONNECTION_MS, Meter, Pairing, Pool, Units};

use super::AnalysisError;
use super::catalog::Catalog;
use super::result::ConnectionMinutes;
use crate::lake::{Column, Lake, replay};

/// A connection, by account, region, API, stage and its id.
type ConnectionKey = [String; 5];

const COLUMNS: [Column; 9] = [
    Column::Time,
    Column::Account,
    Column::Region,
    Column::Api,
    Column::Stage,
    Column::ApiKind,
    Column::EventType,
    Column::ConnectionId,
    Column::ConnectedAt,
];

/// Connection minutes of a window by account, region and month, with what they cost.
///
/// # Errors
/// [`AnalysisError`] when a file cannot be read.
pub fn connection_minutes(
    lake: &Lake,
    catalog: &Catalog,
    window: Window,
    selects: impl Fn(&str, &str) -> bool,
) -> Result<Vec<ConnectionMinutes>, AnalysisError> {
    let month_start = Month::of_ms(window.from_ms).start_ms();
    let seen = Window { from_ms: month_start.saturating_sub(LONGEST_CONNECTION_MS), to_ms: window.to_ms };
    let pairing = pairing(lake, seen)?;
    let mut counted: BTreeMap<(String, String, Month), (Units, u64)> = BTreeMap::new();
    for (key, connection) in pairing.connections() {
        let [account, region, ..] = key;
        if !selects(account, region) {
            continue;
        }
        for month in window.months() {
            let whole = month.window();
            let from_ms = window.from_ms.max(whole.from_ms);
            let inside = connection.minutes(Window { from_ms, to_ms: window.to_ms.min(whole.to_ms) });
            let before = connection.minutes(Window { from_ms: whole.from_ms, to_ms: from_ms }).base;
            if inside.base + before > 0 {
                let key = (catalog.terms().family(account), region.clone(), month);
                let entry = counted.entry(key).or_default();
                entry.0.add(inside);
                entry.1 = entry.1.saturating_add(before);
            }
        }
    }
    counted.retain(|_, (inside, _)| inside.base > 0);
    counted.into_iter().map(|(key, (units, before))| priced(catalog, window, key, units, before)).collect()
}

fn priced(
    catalog: &Catalog,
    window: Window,
    (account, region, month): (String, String, Month),
    units: Units,
    before: u64,
) -> Result<ConnectionMinutes, AnalysisError> {
    let meter = Meter::WebsocketMinutes;
    let day = day_of_ms(window.from_ms).max(month.first_day());
    let (amount, reason) = match catalog.quote(&region, meter, day) {
        Err(reason) => (None, Some(reason)),
        Ok(quote) => {
            let before = before.saturating_add(catalog.terms().other_units(&region, meter));
            let bill = Pool { meter, before, leaves: &[units], groups: &[] }.price(&quote.tiers)?;
            match (bill.unpriced, bill.leaves.first()) {
                (0, Some(leaf)) => (Some(gwcost_core::pricing::rounded(leaf.amount.to_decimal())), None),
                _ => (None, Some(meter.beyond_last_tier())),
            }
        }
    };
    let (minutes, minutes_seen) = (units.base, units.low);
    Ok(ConnectionMinutes { account, region, month: month.to_string(), minutes, minutes_seen, amount, reason })
}

fn pairing(lake: &Lake, window: Window) -> Result<Pairing<ConnectionKey>, AnalysisError> {
    let mut pairing = Pairing::default();
    for batch in replay(lake, window, &COLUMNS)? {
        let batch = batch?;
        let [account, region, api, stage, kind, event, id] = [
            Column::Account,
            Column::Region,
            Column::Api,
            Column::Stage,
            Column::ApiKind,
            Column::EventType,
            Column::ConnectionId,
        ]
        .map(|column| texts(&batch, column));
        let times = |column: Column| {
            batch.column_by_name(column.name())?.as_primitive_opt::<TimestampMillisecondType>()
        };
        let (time, connected) = (times(Column::Time), times(Column::ConnectedAt));
        for row in 0..batch.num_rows() {
            if text(kind, row) != Some(ApiKind::WebSocket.name()) {
                continue;
            }
            let (Some(id), Some(time)) = (text(id, row), time.map(|time| time.value(row))) else { continue };
            let event = match text(event, row) {
                Some("CONNECT") => ConnectionEvent::Opened,
                Some("DISCONNECT") => ConnectionEvent::Closed,
                _ => ConnectionEvent::Message,
            };
            let connected = connected.filter(|times| times.is_valid(row)).map(|times| times.value(row));
            let part = |texts| text(texts, row).unwrap_or_default().to_owned();
            let key = [part(account), part(region), part(api), part(stage), id.to_owned()];
            pairing.event(key, event, time, connected);
        }
    }
    Ok(pairing)
}

fn texts(batch: &RecordBatch, column: Column) -> Option<&StringArray> {
    batch.column_by_name(column.name())?.as_string_opt::<i32>()
}

fn text(texts: Option<&StringArray>, row: usize) -> Option<&str> {
    texts.filter(|texts| texts.is_valid(row)).map(|texts| texts.value(row))
}
