#!/usr/bin/env python3
"""Recompute `gwcost analyze --by endpoint --format json`, and `gwcost bill`, from the raw log lines.

This program shares no code and no data with gwcost: DuckDB counts over the
lines of the log itself, Python's fractions price the counts with rates written
down here. It compares every endpoint and the total, prints each difference and
exits with 1 if there is any.

    check.py --log access.log.gz --format-keys keys.json --analyze analyze.json \\
             --from 2026-10-17T00:00:00Z --to 2026-10-21T00:00:00Z --kind rest

What is expected of the two halves of the comparison:

* The analysis covers one kind of API in one region, with every endpoint listed.
* Lines of the same month before the window are read too: they decide in which
  tier the window starts.
* The error rate is the share of all requests whose status is 400 or more, null
  where no request has a status.
* Where no response has a size, the transfer cost may be null or zero.
* Money is compared after rounding the exact value to 10 decimals, half away
  from zero.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa

# --- Rates ------------------------------------------------------------------

# A tier is (upper bound in units or None, rate per `PER` units as text).
Tier = tuple[int | None, str]

MILLION = 1_000_000
GIB = 2**30

REQUEST_TIERS: dict[tuple[str, str], list[Tier]] = {
    ("us-east-1", "rest"): [
        (333 * MILLION, "3.50"),
        (1_000 * MILLION, "2.80"),
        (20_000 * MILLION, "2.38"),
        (None, "1.51"),
    ],
    ("us-east-1", "http"): [(300 * MILLION, "1.00"), (None, "0.90")],
    ("us-east-1", "websocket"): [(1_000 * MILLION, "1.00"), (None, "0.80")],
    ("eu-west-1", "rest"): [
        (333 * MILLION, "3.50"),
        (1_000 * MILLION, "3.19"),
        (20_000 * MILLION, "2.71"),
        (None, "1.72"),
    ],
    ("eu-west-1", "http"): [(300 * MILLION, "1.11"), (None, "1.00")],
}

TRANSFER_TIERS: list[Tier] = [
    (10_240 * GIB, "0.09"),
    (51_200 * GIB, "0.085"),
    (153_600 * GIB, "0.07"),
    (None, "0.05"),
]

REGIONS = ("us-east-1", "eu-west-1")
KINDS = ("rest", "http", "websocket")

# One unit of the last decimal that the analysis prints.
LAST_DECIMAL = Fraction(1, 10**10)


@dataclass(frozen=True)
class Slice:
    """The bill for a run of units that starts after `before` others."""

    cost: Fraction
    tiers_touched: int
    highest_rate: Fraction


def price_slice(tiers: list[Tier], per: int, before: int, units: int) -> Slice:
    """Price `units` units that follow `before` units of the same month."""
    cost = Fraction(0)
    touched = 0
    highest = Fraction(0)
    lower = 0
    end = before + units
    for bound, rate_text in tiers:
        upper = end if bound is None else min(bound, end)
        inside = upper - max(lower, before)
        if inside > 0:
            rate = Fraction(rate_text) / per
            cost += inside * rate
            touched += 1
            highest = max(highest, rate)
        if bound is not None:
            lower = bound
    return Slice(cost, touched, highest)


def rounded(value: Fraction, places: int) -> Fraction:
    """Round half away from zero to so many decimals."""
    scale = 10**places
    magnitude = int(abs(value) * scale + Fraction(1, 2))
    return Fraction(magnitude if value >= 0 else -magnitude, scale)


# --- Reading the log --------------------------------------------------------

# The names that a key map may give, in the order in which they are extracted.
FIELDS = (
    "time_epoch",
    "time",
    "account",
    "api",
    "stage",
    "method",
    "route",
    "route_key",
    "status",
    "bytes",
    "latency",
    "integration_latency",
    "integration_status",
    "response_type",
    "event_type",
    "id",
)

LINES_PER_BATCH = 20_000


def open_log(path: Path) -> BinaryIO:
    """Open a plain or gzipped log; a gzip file may have many members."""
    if path.suffix == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return path.open("rb")


def line_batches(paths: list[Path]) -> Iterator[pa.RecordBatch]:
    """Yield the lines of all files, numbered from 0, in batches.

    A line that is not UTF-8 gets null text, and counts as invalid later.
    """
    numbers: list[int] = []
    texts: list[str | None] = []
    number = 0
    for path in paths:
        with open_log(path) as log:
            for raw in log:
                raw = raw.strip()
                if not raw:
                    continue
                try:
                    text = raw.decode("utf-8")
                except UnicodeDecodeError:
                    text = None
                numbers.append(number)
                texts.append(text)
                number += 1
                if len(numbers) == LINES_PER_BATCH:
                    yield to_batch(numbers, texts)
                    numbers, texts = [], []
    yield to_batch(numbers, texts)


LINE_SCHEMA = pa.schema([("n", pa.int64()), ("line", pa.string())])


def to_batch(numbers: list[int], texts: list[str | None]) -> pa.RecordBatch:
    """One Arrow batch of numbered lines."""
    columns = [pa.array(numbers, pa.int64()), pa.array(texts, pa.string())]
    return pa.record_batch(columns, schema=LINE_SCHEMA)


def sql_text(value: str) -> str:
    """A SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def json_path(key: str) -> str:
    """The path of one top-level key, whatever characters it holds."""
    return '$."' + key.replace('"', '\\"') + '"'


def load_requests(con: duckdb.DuckDBPyConnection, args: argparse.Namespace, keys: dict[str, str]) -> None:
    """Build the table `requests`: one row per distinct request, typed and judged."""
    present = [name for name in FIELDS if name in keys]
    paths = ", ".join(sql_text(json_path(keys[name])) for name in present)
    extracted = ",\n  ".join(
        f"nullif(nullif(v[{present.index(name) + 1}], '-'), '') AS {name}"
        if name in present
        else f"NULL::VARCHAR AS {name}"
        for name in FIELDS
    )

    reader = pa.RecordBatchReader.from_batches(LINE_SCHEMA, line_batches(args.log))
    con.register("raw_lines", reader)
    con.execute(
        f"""
        CREATE TABLE lines AS
        SELECT n, v IS NOT NULL AS is_json,
          {extracted}
        FROM (
          SELECT n,
            CASE WHEN json_valid(line) THEN json_extract_string(line, [{paths}]) END AS v
          FROM raw_lines
        )
        """
    )
    con.unregister("raw_lines")

    con.execute(
        """
        CREATE MACRO whole_number(t) AS
          CASE WHEN regexp_full_match(t, '[0-9]{1,18}') THEN CAST(t AS BIGINT) END
        """
    )
    con.execute(
        f"""
        CREATE TABLE typed AS
        SELECT
          n,
          id,
          coalesce(
            whole_number(time_epoch),
            epoch_ms(try_strptime(time, '%d/%b/%Y:%H:%M:%S %z'))
          ) AS ms,
          coalesce(account, {optional_text(args.account)}) AS account,
          coalesce(api, {optional_text(args.api)}) AS api,
          coalesce(stage, {optional_text(args.stage)}) AS stage,
          {method_and_route(args.kind)},
          whole_number(status) AS status,
          whole_number(bytes) AS bytes,
          whole_number(latency) AS latency,
          whole_number(integration_latency) AS integration_latency,
          event_type,
          {verdict("response_type" in keys)} AS verdict
        FROM lines
        WHERE is_json
        """
    )
    con.execute(
        f"""
        CREATE TABLE requests AS
        SELECT *, {units(args.kind)}
        FROM typed
        WHERE ms IS NOT NULL
        QUALIFY id IS NULL OR row_number() OVER (PARTITION BY id, ms ORDER BY n) = 1
        """
    )


def optional_text(value: str | None) -> str:
    """A SQL literal for a value that may not have been given."""
    return "NULL" if value is None else sql_text(value)


def method_and_route(kind: str) -> str:
    """The SQL for the two columns that name an endpoint within a stage."""
    if kind == "rest":
        return "method AS method, route AS route"
    if kind == "websocket":
        return "NULL::VARCHAR AS method, route_key AS route"
    return """
          CASE WHEN contains(route_key, ' ') THEN split_part(route_key, ' ', 1)
               ELSE method END AS method,
          CASE WHEN contains(route_key, ' ') THEN substr(route_key, strpos(route_key, ' ') + 1)
               ELSE route_key END AS route"""


def verdict(response_type_logged: bool) -> str:
    """The SQL that says whether a request is billed."""
    if not response_type_logged:
        return """
          CASE
            WHEN integration_status IS NOT NULL THEN 'billable'
            WHEN whole_number(status) IN (401, 403, 429) THEN 'undetermined'
            ELSE 'billable'
          END"""
    return """
          CASE
            WHEN response_type IN (
              'UNAUTHORIZED', 'ACCESS_DENIED', 'EXPIRED_TOKEN', 'INVALID_SIGNATURE',
              'INVALID_API_KEY', 'THROTTLED', 'QUOTA_EXCEEDED'
            ) THEN 'unbilled'
            WHEN response_type IS NULL THEN 'billable'
            WHEN integration_status IS NOT NULL THEN 'billable'
            WHEN response_type IN (
              'MISSING_AUTHENTICATION_TOKEN', 'WAF_FILTERED',
              'AUTHORIZER_FAILURE', 'AUTHORIZER_CONFIGURATION_ERROR'
            ) THEN 'undetermined'
            WHEN response_type IN (
              'API_CONFIGURATION_ERROR', 'BAD_REQUEST_PARAMETERS', 'BAD_REQUEST_BODY',
              'INTEGRATION_FAILURE', 'INTEGRATION_TIMEOUT', 'REQUEST_TOO_LARGE',
              'RESOURCE_NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE'
            ) THEN 'billable'
            ELSE 'undetermined'
          END"""


def units(kind: str) -> str:
    """The SQL for what one request meters, as counted and at the most."""
    if kind == "rest":
        each, most = "1", "1"
    elif kind == "http":
        metered = "greatest(1, (bytes + 524287) // 524288)"
        each = f"CASE WHEN bytes IS NULL THEN 1 ELSE {metered} END"
        most = f"CASE WHEN bytes IS NULL THEN 20 ELSE {metered} END"
    else:
        each = "CASE WHEN event_type = 'MESSAGE' THEN 1 ELSE 0 END"
        most = "CASE WHEN event_type = 'MESSAGE' THEN 4 ELSE 0 END"
    return f"""
          CASE WHEN verdict = 'unbilled' THEN 0 ELSE {each} END AS units,
          CASE WHEN verdict = 'billable' THEN {each} ELSE 0 END AS units_low,
          CASE WHEN verdict = 'unbilled' THEN 0 ELSE {most} END AS units_high,
          coalesce(bytes, 0) AS transfer,
          CASE WHEN verdict = 'billable' THEN coalesce(bytes, 0) ELSE 0 END AS transfer_low"""


# --- Counting ---------------------------------------------------------------

Key = tuple[str | None, ...]  # account, api, stage, method, route
KEY_COLUMNS = ("account", "api", "stage", "method", "route")

COUNTS = ("requests", "billable_requests", "unbilled_requests", "undetermined_requests", "response_bytes")
PERCENTILES = (
    "p50_ms",
    "p95_ms",
    "p99_ms",
    "integration_p50_ms",
    "integration_p95_ms",
    "integration_p99_ms",
)
METERS = ("units", "units_low", "units_high", "transfer", "transfer_low")


def nearest_rank(column: str, percent: int, name: str) -> str:
    """The SQL for the value at rank ceil(percent / 100 * n), counted from 1."""
    ordered = f"list({column} ORDER BY {column}) FILTER (WHERE {column} IS NOT NULL)"
    return f"({ordered})[({percent} * count({column}) + 99) // 100] AS {name}"


def count(con: duckdb.DuckDBPyConnection, what: str) -> int:
    """How many rows there are of something."""
    return int(con.execute(f"SELECT count(*) FROM {what}").fetchall()[0][0])


def count_endpoints(con: duckdb.DuckDBPyConnection, start: int, end: int) -> dict[Key, dict[str, Any]]:
    """Everything about the endpoints of the window that is not money."""
    measures = f"""
        count(*) AS requests,
        count(*) FILTER (WHERE verdict = 'billable') AS billable_requests,
        count(*) FILTER (WHERE verdict = 'unbilled') AS unbilled_requests,
        count(*) FILTER (WHERE verdict = 'undetermined') AS undetermined_requests,
        sum(bytes) AS response_bytes,
        count(status) AS with_status,
        count(*) FILTER (WHERE status >= 400) AS errors,
        {nearest_rank("latency", 50, "p50_ms")},
        {nearest_rank("latency", 95, "p95_ms")},
        {nearest_rank("latency", 99, "p99_ms")},
        {nearest_rank("integration_latency", 50, "integration_p50_ms")},
        {nearest_rank("integration_latency", 95, "integration_p95_ms")},
        {nearest_rank("integration_latency", 99, "integration_p99_ms")}"""
    result = con.execute(
        f"""
        SELECT {", ".join(KEY_COLUMNS)}, {measures}
        FROM requests
        WHERE ms >= ? AND ms < ?
        GROUP BY {", ".join(KEY_COLUMNS)}
        """,
        [start, end],
    )
    names = [column[0] for column in result.description or []]
    endpoints: dict[Key, dict[str, Any]] = {}
    for values in result.fetchall():
        row = dict(zip(names, values))
        if row["with_status"] == 0:
            row["error_rate"] = None
        else:
            row["error_rate"] = rounded(Fraction(row["errors"], row["requests"]), 6)
        endpoints[tuple(row[name] for name in KEY_COLUMNS)] = row
    return endpoints


@dataclass
class MonthOfAccount:
    """What one account metered in one month, before and inside the window."""

    before: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    inside: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    endpoints: dict[Key, dict[str, int]] = field(default_factory=dict)


Pools = dict[tuple[str | None, str], MonthOfAccount]


def count_meters(con: duckdb.DuckDBPyConnection, month_start: int, start: int, end: int) -> Pools:
    """The metered units of every account and month that the window touches."""
    sums = ", ".join(f"sum({meter})" for meter in METERS)
    rows = con.execute(
        f"""
        SELECT {", ".join(KEY_COLUMNS)}, strftime(epoch_ms(ms), '%Y-%m') AS month, ms < ? AS is_before, {sums}
        FROM (SELECT * FROM requests WHERE ms >= ? AND ms < ?)
        GROUP BY ALL
        """,
        [start, month_start, end],
    ).fetchall()
    pools: Pools = defaultdict(MonthOfAccount)
    for row in rows:
        key, month, is_before = tuple(row[:5]), row[5], row[6]
        meters = dict(zip(METERS, row[7:]))
        pool = pools[(key[0], month)]
        part = pool.before if is_before else pool.inside
        for meter, amount in meters.items():
            part[meter] += amount
        if not is_before:
            pool.endpoints[key] = meters
    return pools


# --- Pricing ----------------------------------------------------------------


@dataclass
class Share:
    """What an endpoint should be charged, and how far rounding may move it."""

    amount: Fraction = Fraction(0)
    tolerance: Fraction = Fraction(0)
    one_tier: bool = True

    def plus(self, other: Share) -> Share:
        """Two shares of the same endpoint as one."""
        return Share(
            self.amount + other.amount,
            self.tolerance + other.tolerance,
            self.one_tier and other.one_tier,
        )


@dataclass
class Bill:
    """The exact money of the window; None where no rate is known."""

    request_cost: Fraction | None
    transfer_cost: Fraction
    cost_low: Fraction | None
    cost_high: Fraction | None
    request_shares: dict[Key, Share]
    transfer_shares: dict[Key, Share]
    low_shares: dict[Key, Share]
    high_shares: dict[Key, Share]


def charge(pools: Pools, meter: str, tiers: list[Tier], per: int) -> tuple[Fraction, dict[Key, Share]]:
    """The bill for one meter, and each endpoint's share of it by units.

    Where one tier holds the whole window, a share is exact but for the rounding
    of the last decimal. Across tiers whole units are dealt out tier by tier, so
    a share may be off by one unit for each tier.
    """
    total = Fraction(0)
    shares: dict[Key, Share] = defaultdict(Share)
    for pool in pools.values():
        bill = price_slice(tiers, per, pool.before[meter], pool.inside[meter])
        total += bill.cost
        slack = LAST_DECIMAL
        if bill.tiers_touched > 1:
            slack += bill.tiers_touched * bill.highest_rate
        for key, meters in pool.endpoints.items():
            share = shares[key]
            share.tolerance += slack
            share.one_tier = share.one_tier and bill.tiers_touched <= 1
            if pool.inside[meter]:
                share.amount += bill.cost * Fraction(meters[meter], pool.inside[meter])
    return total, shares


def price(pools: Pools, region: str, kind: str) -> Bill:
    """Price the window."""
    transfer, transfer_shares = charge(pools, "transfer", TRANSFER_TIERS, GIB)
    transfer_low, transfer_low_shares = charge(pools, "transfer_low", TRANSFER_TIERS, GIB)
    tiers = REQUEST_TIERS.get((region, kind))
    if tiers is None:
        return Bill(None, transfer, None, None, {}, transfer_shares, {}, {})
    requests, request_shares = charge(pools, "units", tiers, MILLION)
    low, low_shares = charge(pools, "units_low", tiers, MILLION)
    high, high_shares = charge(pools, "units_high", tiers, MILLION)
    return Bill(
        request_cost=requests,
        transfer_cost=transfer,
        cost_low=low + transfer_low,
        cost_high=high + transfer,
        request_shares=request_shares,
        transfer_shares=transfer_shares,
        low_shares={key: share.plus(transfer_low_shares[key]) for key, share in low_shares.items()},
        high_shares={key: share.plus(transfer_shares[key]) for key, share in high_shares.items()},
    )


# --- Comparing --------------------------------------------------------------


def number(value: Any) -> Fraction | None:
    """A number of the analysis, which may be a string, a number or null."""
    return None if value is None else Fraction(Decimal(str(value)))


def shown(value: Any) -> str:
    """A value as it is printed in a difference."""
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return str(value.numerator)
        return f"{value.numerator / Decimal(value.denominator):.16f}".rstrip("0")
    return "null" if value is None else str(value)


class Comparison:
    """Collects differences and counts how many figures were compared."""

    def __init__(self) -> None:
        self.compared = 0
        self.differences: list[str] = []

    def equal(self, where: str, what: str, expected: Any, found: Any) -> None:
        """The two must be the same."""
        self.compared += 1
        if expected != found:
            self.differences.append(f"{where}: {what}: expected {shown(expected)}, found {shown(found)}")

    def near(self, where: str, what: str, expected: Share, found: Fraction | None) -> None:
        """The found amount must be an endpoint's share, up to rounding."""
        self.compared += 1
        if found is None or abs(found - expected.amount) > expected.tolerance:
            self.differences.append(
                f"{where}: {what}: expected {shown(expected.amount)} "
                f"(give or take {shown(expected.tolerance)}), found {shown(found)}"
            )

    def in_order(
        self, where: str, low: Fraction | None, cost: Fraction | None, high: Fraction | None
    ) -> None:
        """Low, cost and high must not decrease, where they are known."""
        self.compared += 1
        known = [value for value in (low, cost, high) if value is not None]
        if known != sorted(known):
            self.differences.append(
                f"{where}: cost_low {shown(low)}, cost {shown(cost)}, cost_high {shown(high)} are out of order"
            )


# The meter of a line on the bill, by kind of API, and of transfer.
BILL_METERS = {"rest": "rest_requests", "http": "http_requests", "websocket": "websocket_messages"}


def bill_lines(pools: Pools, meter: str, tiers: list[Tier], per: int) -> dict[tuple[str, str, int], Fraction]:
    """The units of each (account, month, tier) inside the window."""
    lines: dict[tuple[str, str, int], Fraction] = {}
    for (account, month), pool in pools.items():
        lower, end = 0, pool.before[meter] + pool.inside[meter]
        for index, (bound, _) in enumerate(tiers):
            upper = end if bound is None else min(bound, end)
            inside = upper - max(lower, pool.before[meter])
            if inside > 0:
                lines[(account, month, index)] = Fraction(inside) / (per if per == GIB else 1)
            lower = end if bound is None else bound
    return lines


def compare_bill(comparison: Comparison, pools: Pools, args: argparse.Namespace, found: dict[str, Any]) -> None:
    """The invoice: every line's quantity and rate, and amounts that add up to the exact bill."""
    for name, meter, tiers, per in (
        (BILL_METERS[args.kind], "units", REQUEST_TIERS[(args.region, args.kind)], MILLION),
        ("internet_transfer", "transfer", TRANSFER_TIERS, GIB),
    ):
        expected = bill_lines(pools, meter, tiers, per)
        lines = [line for line in found["lines"] if line["meter"] == name]
        comparison.equal("bill", f"lines of {name}", len(expected), len(lines))
        exact = Fraction(0)
        for line in lines:
            rate = Fraction(Decimal(line["rate"]))
            of_tier = [i for i, (_, text) in enumerate(tiers) if Fraction(text) / (1 if per == GIB else per) == rate]
            key = (line["account"], line["month"], of_tier[0] if of_tier else -1)
            where = f"bill {name} of {key}"
            quantity = expected.get(key)
            comparison.equal(where, "quantity", quantity and rounded(quantity, 20), rounded(number(line["quantity"]), 20))
            amount = (quantity or Fraction(0)) * rate
            exact += amount
            comparison.near(where, "amount", Share(amount, LAST_DECIMAL), number(line["amount"]))
        added = sum((number(line["amount"]) for line in lines), Fraction(0))
        comparison.equal("bill", f"sum of {name}", rounded(exact, 10), added)


def row_key(row: dict[str, Any]) -> Key:
    """The endpoint that a row of the analysis is about."""
    return tuple(row.get(name) for name in KEY_COLUMNS)


def describe(region: str | None, key: Key) -> str:
    """An endpoint in words."""
    account, api, stage, method, route = (part if part is not None else "-" for part in key)
    return f"{account} {region} {api}/{stage} {method} {route}"


def compare_measures(
    comparison: Comparison, where: str, expected: dict[str, Any], found: dict[str, Any]
) -> None:
    """Counts, percentiles and the error rate of one endpoint."""
    for name in COUNTS + PERCENTILES:
        comparison.equal(where, name, expected[name], found.get(name))
    comparison.equal(where, "error_rate", expected["error_rate"], number(found.get("error_rate")))


def compare_money_of_row(
    comparison: Comparison, where: str, key: Key, bill: Bill, row: dict[str, Any], has_bytes: bool
) -> None:
    """The dollars of one endpoint."""
    request = number(row.get("request_cost"))
    transfer = number(row.get("transfer_cost"))
    cost = number(row.get("cost"))
    if bill.request_cost is None:
        comparison.equal(where, "request_cost", None, request)
    else:
        comparison.near(where, "request_cost", bill.request_shares[key], request)
        comparison.equal(where, "cost", (request or 0) + (transfer or 0), cost)
        for name, share in (("cost_low", bill.low_shares[key]), ("cost_high", bill.high_shares[key])):
            if share.one_tier:
                comparison.near(where, name, share, number(row.get(name)))
    if has_bytes or transfer is not None:
        comparison.near(where, "transfer_cost", bill.transfer_shares[key], transfer)
    comparison.in_order(where, number(row.get("cost_low")), cost, number(row.get("cost_high")))


def compare_total(
    comparison: Comparison, bill: Bill, endpoints: dict[Key, dict[str, Any]], analysis: dict[str, Any]
) -> None:
    """The total: counts, exact money, and that the rows add up to it."""
    total = analysis["total"]
    rows = analysis["rows"]
    for name in COUNTS:
        values = [row[name] for row in endpoints.values() if row[name] is not None]
        unknown = name == "response_bytes" and not values
        comparison.equal("total", name, None if unknown else sum(values), total.get(name))

    found = {
        name: number(total.get(name))
        for name in ("request_cost", "transfer_cost", "cost", "cost_low", "cost_high")
    }
    if bill.request_cost is None:
        comparison.equal("total", "request_cost", None, found["request_cost"])
        comparison.equal("total", "unpriced is listed", True, bool(analysis.get("unpriced")))
    else:
        comparison.equal("total", "request_cost", rounded(bill.request_cost, 10), found["request_cost"])
        comparison.equal("total", "cost_low", rounded_or_none(bill.cost_low), found["cost_low"])
        comparison.equal("total", "cost_high", rounded_or_none(bill.cost_high), found["cost_high"])
        comparison.equal(
            "total", "cost", (found["request_cost"] or 0) + (found["transfer_cost"] or 0), found["cost"]
        )
    has_bytes = any(row["response_bytes"] is not None for row in endpoints.values())
    if has_bytes or found["transfer_cost"] is not None:
        comparison.equal("total", "transfer_cost", rounded(bill.transfer_cost, 10), found["transfer_cost"])
    comparison.in_order("total", found["cost_low"], found["cost"], found["cost_high"])

    for name in ("request_cost", "transfer_cost", "cost"):
        added = sum((number(row.get(name)) or Fraction(0) for row in rows), Fraction(0))
        comparison.equal("total", f"sum of the rows' {name}", added, found[name] or Fraction(0))


def rounded_or_none(value: Fraction | None) -> Fraction | None:
    """Round to the decimals of the analysis what is known."""
    return None if value is None else rounded(value, 10)


def compare(
    bill: Bill, endpoints: dict[Key, dict[str, Any]], analysis: dict[str, Any], args: argparse.Namespace
) -> Comparison:
    """Compare the whole analysis."""
    comparison = Comparison()
    window = analysis["window"]
    comparison.equal("window", "from", args.start, instant(window["from"]))
    comparison.equal("window", "to", args.end, instant(window["to"]))

    seen: set[Key] = set()
    for row in analysis["rows"]:
        key = row_key(row)
        where = describe(row.get("region"), key)
        comparison.equal(where, "region", args.region, row.get("region"))
        if key in seen:
            comparison.differences.append(f"{where}: listed twice")
        elif key not in endpoints:
            comparison.differences.append(f"{where}: not in the log, found {row.get('requests')} requests")
        else:
            expected = endpoints[key]
            compare_measures(comparison, where, expected, row)
            compare_money_of_row(comparison, where, key, bill, row, expected["response_bytes"] is not None)
        seen.add(key)
    for key, expected in endpoints.items():
        if key not in seen:
            comparison.differences.append(
                f"{describe(args.region, key)}: missing, expected {expected['requests']} requests"
            )
    compare_total(comparison, bill, endpoints, analysis)
    return comparison


# --- The command ------------------------------------------------------------


def instant(text: str) -> datetime:
    """An ISO 8601 date or time; without a zone it is UTC."""
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


def milliseconds(value: datetime) -> int:
    """Milliseconds since 1970."""
    since = value - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def parse_arguments() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(description="Recompute an endpoint analysis from the raw log lines.")
    parser.add_argument("--log", nargs="+", type=Path, required=True, help="NDJSON access logs, plain or .gz")
    parser.add_argument(
        "--format-keys", type=Path, required=True, help="JSON: our field name to the log's key"
    )
    parser.add_argument(
        "--analyze", type=Path, required=True, help="gwcost analyze --by endpoint --format json"
    )
    parser.add_argument("--bill", type=Path, help="gwcost bill --format json of the same window")
    parser.add_argument("--from", dest="start", type=instant, required=True)
    parser.add_argument("--to", dest="end", type=instant, required=True, help="not part of the window")
    parser.add_argument("--kind", choices=KINDS, default="rest")
    parser.add_argument("--region", choices=REGIONS, default="us-east-1")
    parser.add_argument("--account", help="for lines that name no account")
    parser.add_argument("--api", help="for lines that name no API")
    parser.add_argument("--stage", help="for lines that name no stage")
    args = parser.parse_args()
    if args.start >= args.end:
        parser.error("--from must be before --to")
    return args


def read_keys(path: Path, kind: str) -> dict[str, str]:
    """Read the key map; a name that nothing uses is an error."""
    keys: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    unknown = sorted(set(keys) - set(FIELDS))
    if unknown:
        sys.exit(f"{path}: unknown names: {', '.join(unknown)}")
    if "time_epoch" not in keys and "time" not in keys:
        sys.exit(f"{path}: neither time_epoch nor time is mapped")
    if kind == "websocket" and "event_type" not in keys:
        sys.exit(f"{path}: a WebSocket log needs event_type")
    return keys


def main() -> int:
    """Run the comparison; 0 when all is equal, 1 when not."""
    args = parse_arguments()
    keys = read_keys(args.format_keys, args.kind)
    analysis = json.loads(args.analyze.read_text(encoding="utf-8"), parse_float=Decimal)

    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    load_requests(con, args, keys)

    start, end = milliseconds(args.start), milliseconds(args.end)
    month_start = milliseconds(args.start.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    endpoints = count_endpoints(con, start, end)
    pools = count_meters(con, month_start, start, end)
    bill = price(pools, args.region, args.kind)
    comparison = compare(bill, endpoints, analysis, args)
    if args.bill:
        invoice = json.loads(args.bill.read_text(encoding="utf-8"), parse_float=Decimal)
        compare_bill(comparison, pools, args, invoice)
        comparison.equal("bill", "total", number(analysis["total"]["cost"]), number(invoice["total"]))

    lines = count(con, "lines")
    invalid = count(con, "lines WHERE NOT is_json")
    timed = count(con, "typed WHERE ms IS NOT NULL")
    kept = count(con, "requests")
    print(
        f"{lines} lines: {invalid} not JSON, {lines - invalid - timed} without a time, "
        f"{timed - kept} repeated, {kept} requests"
    )
    for difference in comparison.differences:
        print(f"DIFFERENT {difference}")
    in_window = sum(row["requests"] for row in endpoints.values())
    summary = (
        f"{len(endpoints)} endpoints, {in_window} requests in the window, "
        f"{comparison.compared} figures compared, "
        f"request cost {shown(rounded_or_none(bill.request_cost))}, "
        f"transfer cost {shown(rounded(bill.transfer_cost, 10))}"
    )
    if comparison.differences:
        print(f"FAILED: {len(comparison.differences)} differences; {summary}")
        return 1
    print(f"OK: {summary}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
