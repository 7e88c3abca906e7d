//! THE shapes of the star. To add a column, append a nullable one here and a value in `star.rs`; anything else
//! needs a new version. The snapshot in the tests fails on a change without one.

use super::column::Kind::{self, Date, Decimal, Integer, Text, Time};
use super::column::{Column, Table, nullable, required};

/// Dollars, or what the currency column says: ten decimals.
const MONEY: Kind = Decimal(10);

const ENDPOINT_ID: Column = required("endpoint_id", Text, "Key of endpoint.");
const CLIENT_ID: Column = required("client_id", Text, "Key of client.");
const RATE_ID: Column = nullable("rate_id", Text, "Key of rate; null where nothing has a price.");
const DAY: Column = required("day", Date, "UTC day.");
const ACCOUNT: Column = required("account", Text, "Twelve digits, the owner of the API.");
const REGION: Column = required("region", Text, "AWS region code.");
const API: Column = required("api", Text, "The API's id.");
const STAGE: Column = required("stage", Text, "The stage's name.");
const REQUESTS: Column = required("requests", Integer, "Requests in the log, refused ones included.");
const BILLABLE: Column = required("billable_requests", Integer, "Requests that AWS bills.");
const UNBILLED: Column = required("unbilled_requests", Integer, "Requests that AWS does not bill.");
const UNDETERMINED: Column =
    required("undetermined_requests", Integer, "Requests that may be billed; the cost counts them.");
const BYTES: Column =
    nullable("response_bytes", Integer, "Bytes of response bodies; null where no size was logged.");
const CURRENCY: Column = required("currency", Text, "ISO 4217 code of the amounts.");
const REQUEST_COST: Column =
    nullable("request_cost", MONEY, "For requests or messages; null where nothing has a price.");
const TRANSFER_COST: Column =
    nullable("transfer_cost", MONEY, "For transfer to the internet; null where no size or no rate is known.");
const COST: Column = nullable("cost", MONEY, "The sum of both. Costs of a month add up to its bill.");
const COST_LOW: Column = nullable("cost_low", MONEY, "The least that the log allows.");
const COST_HIGH: Column = nullable("cost_high", MONEY, "The most that the log allows.");

/// Cost by endpoint and day.
pub static ENDPOINT_COST_DAILY: Table = Table {
    name: "endpoint_cost_daily",
    version: 1,
    description: "What an endpoint cost on a UTC day.",
    columns: &[
        ENDPOINT_ID,
        DAY,
        REQUESTS,
        BILLABLE,
        UNBILLED,
        UNDETERMINED,
        BYTES,
        CURRENCY,
        REQUEST_COST,
        TRANSFER_COST,
        COST,
        COST_LOW,
        COST_HIGH,
        nullable("p50_ms", Integer, "Median latency of the day, exact; it does not add up."),
        nullable("p95_ms", Integer, "Its 95th percentile."),
        nullable("p99_ms", Integer, "Its 99th percentile."),
    ],
};

/// Usage by endpoint and hour.
pub static ENDPOINT_USAGE_HOURLY: Table = Table {
    name: "endpoint_usage_hourly",
    version: 1,
    description: "What an endpoint did in a UTC hour.",
    columns: &[
        ENDPOINT_ID,
        required("hour", Time, "When the hour began."),
        REQUESTS,
        BILLABLE,
        required("with_status", Integer, "Requests with a status."),
        required("errors", Integer, "Of these, those with status 400 and above."),
        BYTES,
        required("with_latency", Integer, "Requests with a latency: the sum of the buckets."),
    ],
};

/// Latencies by endpoint and hour.
pub static ENDPOINT_LATENCY_HOURLY: Table = Table {
    name: "endpoint_latency_hourly",
    version: 1,
    description: "How many requests of an endpoint in a UTC hour had a latency of a bucket. Sums over hours and \
                  endpoints are right; a bucket's width is at most 1/32 of its lower bound, and 1 ms up to 63 ms.",
    columns: &[
        ENDPOINT_ID,
        required("hour", Time, "When the hour began."),
        required("bucket_from_ms", Integer, "The smallest latency of the bucket."),
        required("bucket_below_ms", Integer, "The smallest latency above the bucket."),
        required("requests", Integer, "Requests with a latency in the bucket."),
    ],
};

/// Cost by client and day.
pub static CLIENT_COST_DAILY: Table = Table {
    name: "client_cost_daily",
    version: 1,
    description: "What a client cost at a stage on a UTC day.",
    columns: &[
        CLIENT_ID,
        API,
        STAGE,
        DAY,
        REQUESTS,
        BILLABLE,
        UNBILLED,
        UNDETERMINED,
        BYTES,
        CURRENCY,
        REQUEST_COST,
        TRANSFER_COST,
        COST,
        COST_LOW,
        COST_HIGH,
    ],
};

/// The bill.
pub static BILL_LINES: Table = Table {
    name: "bill_lines",
    version: 1,
    description: "A line of the month's bill: one meter in one tier. Amounts add up to the bill.",
    columns: &[
        required("line", Integer, "Its number in gwcost bill."),
        required("account", Text, "The account; those that are billed together with + between them."),
        REGION,
        required("meter", Text, "What was counted."),
        nullable("usage_type", Text, "As AWS's bill prints it; null where it is not known."),
        required("tier", Text, "The tier in words."),
        required("quantity", Decimal(16), "How much, in the unit, to 16 decimals."),
        required("unit", Text, "The meter's unit."),
        required("unit_price", Decimal(16), "What one unit costs."),
        CURRENCY,
        required("amount", MONEY, "Quantity times unit price, rounded so that lines add up."),
        RATE_ID,
    ],
};

/// What caches would do.
pub static CACHE_OPTIONS: Table = Table {
    name: "cache_options",
    version: 1,
    description: "What a cache of one TTL and size would have done at a stage, replayed over the month.",
    columns: &[
        ACCOUNT,
        REGION,
        API,
        STAGE,
        required("ttl_seconds", Integer, "The TTL."),
        nullable("size_gb", Decimal(1), "The size; null is a cache without a bound and without a price."),
        required("requests", Integer, "All requests of the stage."),
        required("cacheable_requests", Integer, "Those that a cache could have answered or kept."),
        required("hits", Integer, "Requests that it answers."),
        required("basis", Text, "exact, upper_bound, lru_estimate or sample."),
        nullable("hit_ratio", Decimal(6), "The part of the cacheable requests that it answers."),
        required("peak_live_bytes", Integer, "The most bytes of responses at once."),
        CURRENCY,
        nullable("cache_cost", MONEY, "For the cache."),
        nullable("backend_saved", MONEY, "What the backend is spared; null where its price is not known."),
        nullable("net", MONEY, "Saved less paid."),
        nullable(
            "break_even_cost_per_call",
            Decimal(10),
            "What a call of the backend has to cost for it to pay.",
        ),
        nullable("mean_age_ms", Integer, "The mean age of served answers."),
    ],
};

/// How far limits are.
pub static THROTTLE_HEADROOM: Table = Table {
    name: "throttle_headroom",
    version: 1,
    description: "How near the month's traffic came to a limit.",
    columns: &[
        required("scope", Text, "account, stage, method, ...: what the limit is for."),
        ACCOUNT,
        REGION,
        nullable("api", Text, "The API's id."),
        nullable("stage", Text, "The stage's name."),
        nullable("method", Text, "The method."),
        nullable("route", Text, "The route."),
        nullable("plan", Text, "The usage plan's id."),
        nullable("key", Text, "The API key's id."),
        nullable("rate", Decimal(6), "Requests a second; null where nobody knows it."),
        nullable("burst", Integer, "The bucket's size."),
        required("source", Text, "Whose word the limit is."),
        required("arrivals", Integer, "Requests that met it."),
        nullable("refused_low", Integer, "Requests that it refuses in the replay, at least."),
        nullable("refused_high", Integer, "The same, at most."),
        required("observed_throttled", Integer, "Requests that were really refused by some limit."),
        nullable("peak_1s", Integer, "Most arrivals in a second."),
        nullable("lowest_tokens", Decimal(6), "The bucket's lowest level."),
        nullable("growth_to_first_refusal", Decimal(6), "By which factor traffic may grow until it refuses."),
    ],
};

/// How far figures can be trusted.
pub static DATA_QUALITY: Table = Table {
    name: "data_quality",
    version: 1,
    description: "How much the month's figures can be relied on, a fact a row.",
    columns: &[
        required(
            "fact",
            Text,
            "lines, rejects, duplicates, possible_duplicates, coverage, unpriced or note.",
        ),
        nullable("account", Text, "Whose, where it is somebody's."),
        nullable("region", Text, "AWS region code."),
        nullable("api", Text, "The API's id."),
        nullable("stage", Text, "The stage's name."),
        nullable("day", Date, "UTC day of a coverage."),
        nullable("value", Integer, "Lines; requests in the log, for a coverage."),
        nullable("expected", Integer, "Requests that CloudWatch counted, for a coverage."),
        nullable("quantity", Decimal(16), "Usage without a price, in the meter's unit."),
        nullable("detail", Text, "The verdict, the meter and the reason, or a sentence."),
    ],
};

/// The endpoints.
pub static ENDPOINT: Table = Table {
    name: "endpoint",
    version: 1,
    description: "A dimension: an endpoint with requests in the month.",
    columns: &[
        ENDPOINT_ID,
        ACCOUNT,
        REGION,
        API,
        required("api_kind", Text, "rest, http or websocket."),
        STAGE,
        nullable("method", Text, "The HTTP method; null for WebSocket APIs."),
        nullable("route", Text, "The route; null where none matched."),
    ],
};

/// The clients.
pub static CLIENT: Table = Table {
    name: "client",
    version: 1,
    description: "A dimension: who called, by API key; calls without a key are one client of the account and region.",
    columns: &[
        CLIENT_ID,
        ACCOUNT,
        REGION,
        nullable("key", Text, "The id of the API key, never its value; null for calls without one."),
    ],
};

/// The rates.
pub static RATE: Table = Table {
    name: "rate",
    version: 1,
    description: "A dimension: a rate that the month was priced with, and where it was read.",
    columns: &[
        required("rate_id", Text, "Its key."),
        REGION,
        required("meter", Text, "What it prices."),
        required("effective", Text, "The first day on which it is known to hold."),
        required("confidence", Text, "published, transcribed, secondary or private."),
        required("source", Text, "Where it was read."),
        required("card", Text, "The rate card's file."),
        required("tiers", Text, "The tiers in words, each with its unit price."),
    ],
};

/// Every table of the star.
pub static STAR: [&Table; 11] = [
    &ENDPOINT_COST_DAILY,
    &ENDPOINT_USAGE_HOURLY,
    &ENDPOINT_LATENCY_HOURLY,
    &CLIENT_COST_DAILY,
    &BILL_LINES,
    &CACHE_OPTIONS,
    &THROTTLE_HEADROOM,
    &DATA_QUALITY,
    &ENDPOINT,
    &CLIENT,
    &RATE,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A change here without a new version breaks dashboards that exist.
    #[test]
    fn shapes_are_those_of_their_versions() {
        let shape = |table: &Table| {
            let columns: Vec<String> = table
                .columns
                .iter()
                .map(|column| {
                    let null = if column.required { "" } else { "?" };
                    format!("{}:{:?}{null}", column.name, column.kind)
                })
                .collect();
            format!("{} {}: {}", table.name, table.version, columns.join(" "))
        };
        let shapes: Vec<String> = STAR.iter().map(|table| shape(table)).collect();
        assert_eq!(shapes, SHAPES, "a changed shape needs a new version");
    }

    const SHAPES: [&str; 11] = [
        "endpoint_cost_daily 1: endpoint_id:Text day:Date requests:Integer billable_requests:Integer unbilled_requests:Integer undetermined_requests:Integer response_bytes:Integer? currency:Text request_cost:Decimal(10)? transfer_cost:Decimal(10)? cost:Decimal(10)? cost_low:Decimal(10)? cost_high:Decimal(10)? p50_ms:Integer? p95_ms:Integer? p99_ms:Integer?",
        "endpoint_usage_hourly 1: endpoint_id:Text hour:Time requests:Integer billable_requests:Integer with_status:Integer errors:Integer response_bytes:Integer? with_latency:Integer",
        "endpoint_latency_hourly 1: endpoint_id:Text hour:Time bucket_from_ms:Integer bucket_below_ms:Integer requests:Integer",
        "client_cost_daily 1: client_id:Text api:Text stage:Text day:Date requests:Integer billable_requests:Integer unbilled_requests:Integer undetermined_requests:Integer response_bytes:Integer? currency:Text request_cost:Decimal(10)? transfer_cost:Decimal(10)? cost:Decimal(10)? cost_low:Decimal(10)? cost_high:Decimal(10)?",
        "bill_lines 1: line:Integer account:Text region:Text meter:Text usage_type:Text? tier:Text quantity:Decimal(16) unit:Text unit_price:Decimal(16) currency:Text amount:Decimal(10) rate_id:Text?",
        "cache_options 1: account:Text region:Text api:Text stage:Text ttl_seconds:Integer size_gb:Decimal(1)? requests:Integer cacheable_requests:Integer hits:Integer basis:Text hit_ratio:Decimal(6)? peak_live_bytes:Integer currency:Text cache_cost:Decimal(10)? backend_saved:Decimal(10)? net:Decimal(10)? break_even_cost_per_call:Decimal(10)? mean_age_ms:Integer?",
        "throttle_headroom 1: scope:Text account:Text region:Text api:Text? stage:Text? method:Text? route:Text? plan:Text? key:Text? rate:Decimal(6)? burst:Integer? source:Text arrivals:Integer refused_low:Integer? refused_high:Integer? observed_throttled:Integer peak_1s:Integer? lowest_tokens:Decimal(6)? growth_to_first_refusal:Decimal(6)?",
        "data_quality 1: fact:Text account:Text? region:Text? api:Text? stage:Text? day:Date? value:Integer? expected:Integer? quantity:Decimal(16)? detail:Text?",
        "endpoint 1: endpoint_id:Text account:Text region:Text api:Text api_kind:Text stage:Text method:Text? route:Text?",
        "client 1: client_id:Text account:Text region:Text key:Text?",
        "rate 1: rate_id:Text region:Text meter:Text effective:Text confidence:Text source:Text card:Text tiers:Text",
    ];
}
