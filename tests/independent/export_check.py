#!/usr/bin/env python3
"""Read an export of gwcost in DuckDB and hold it to itself and to the bill.

    export_check.py star --ddl star.sql --bill bill.json --month 2026-10
    export_check.py focus --ddl focus.sql --bill bill.json --table focus_1_2

Amounts are compared as decimals, to the last digit. It prints what differs,
and ends with 1 if anything does.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from decimal import Decimal, getcontext
from pathlib import Path
from typing import Any

import duckdb

getcontext().prec = 80

problems: list[str] = []


def same(what: str, found: Any, expected: Any) -> None:
    """Note a difference."""
    if found != expected:
        problems.append(f"{what}: {found!r}, expected {expected!r}")


def one(con: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The only value of a query."""
    row = con.execute(sql).fetchone()
    assert row is not None
    return row[0]


def star(con: duckdb.DuckDBPyConnection, bill: dict[str, Any], month: str) -> None:
    """Sums, keys and types of the star."""
    total = Decimal(bill["total"])
    for table in ["endpoint_cost_daily", "client_cost_daily"]:
        same(f"sum of {table}", one(con, f"SELECT SUM(cost) FROM {table} WHERE month = '{month}'"), total)
        parts = one(con, f"SELECT SUM(request_cost) + SUM(transfer_cost) FROM {table}")
        same(f"sum of the parts of {table}", parts, total)
    same("sum of bill_lines", one(con, "SELECT SUM(amount) FROM bill_lines"), total)
    same("bill_lines", one(con, "SELECT COUNT(*) FROM bill_lines"), len(bill["lines"]))
    requests = one(con, "SELECT SUM(requests) FROM endpoint_cost_daily")
    for table in ["client_cost_daily", "endpoint_usage_hourly"]:
        same(f"requests of {table}", one(con, f"SELECT SUM(requests) FROM {table}"), requests)
    same(
        "requests in buckets",
        one(con, "SELECT SUM(requests) FROM endpoint_latency_hourly"),
        one(con, "SELECT SUM(with_latency) FROM endpoint_usage_hourly"),
    )
    for fact, dimension, key in [
        ("endpoint_cost_daily", "endpoint", "endpoint_id"),
        ("endpoint_usage_hourly", "endpoint", "endpoint_id"),
        ("endpoint_latency_hourly", "endpoint", "endpoint_id"),
        ("client_cost_daily", "client", "client_id"),
        ("bill_lines", "rate", "rate_id"),
    ]:
        missing = f"SELECT COUNT(*) FROM {fact} f WHERE {key} NOT IN (SELECT {key} FROM {dimension})"
        same(f"keys of {fact} without a {dimension}", one(con, missing), 0)
        same(
            f"keys of {dimension} that repeat",
            one(con, f"SELECT COUNT(*) - COUNT(DISTINCT {key}) FROM {dimension}"),
            0,
        )
    same(
        "rows of the named view",
        one(con, "SELECT COUNT(*) FROM endpoint_cost_daily_named"),
        one(con, "SELECT COUNT(*) FROM endpoint_cost_daily"),
    )
    kinds = dict(con.execute("SELECT column_name, column_type FROM (DESCRIBE endpoint_cost_daily)").fetchall())
    same("type of cost", kinds["cost"], "DECIMAL(38,10)")
    same("type of day", kinds["day"], "DATE")
    # A median read from buckets lies in the bucket of the exact one.
    wrong = one(
        con,
        """
        WITH daily AS (
          SELECT endpoint_id, CAST(hour AT TIME ZONE 'UTC' AS DATE) AS day, bucket_from_ms, bucket_below_ms,
                 SUM(requests) AS n
          FROM endpoint_latency_hourly GROUP BY ALL
        ), ranked AS (
          SELECT *, SUM(n) OVER (PARTITION BY endpoint_id, day ORDER BY bucket_from_ms) AS upto,
                 SUM(n) OVER (PARTITION BY endpoint_id, day) AS whole
          FROM daily
        ), median AS (
          SELECT endpoint_id, day, MIN(bucket_from_ms) AS low, MIN(bucket_below_ms) AS high
          FROM ranked WHERE upto * 2 >= whole GROUP BY ALL
        )
        SELECT COUNT(*) FROM endpoint_cost_daily c JOIN median m USING (endpoint_id, day)
        WHERE NOT (c.p50_ms >= m.low AND c.p50_ms < m.high)
        """,
    )
    same("medians outside of their bucket", wrong, 0)


def focus(con: duckdb.DuckDBPyConnection, bill: dict[str, Any], table: str) -> None:
    """The arithmetic that FOCUS asks for, and the sums."""
    rows = con.execute(f"SELECT * FROM {table}").fetchall()
    names = [column[0] for column in con.description]
    records = [dict(zip(names, row)) for row in rows]
    same("whether there are rows", bool(records), True)
    lines: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    ratios: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    quantities: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for row in records:
        for cost, price in [("ListCost", "ListUnitPrice"), ("ContractedCost", "ContractedUnitPrice")]:
            same(f"{cost} of {row['ResourceId']}", row[cost], row[price] * row["PricingQuantity"])
        same("EffectiveCost", row["EffectiveCost"], row["BilledCost"])
        same("difference of rounding", abs(row["BilledCost"] - row["ContractedCost"]) < Decimal("1e-9"), True)
        key = (row["BillingAccountId"], row["RegionId"], row["x_Meter"], row["x_Tier"], row["x_RateEffective"])
        lines[key] += row["BilledCost"]
        quantities[key] += row["PricingQuantity"]
        if "AllocatedMethodDetails" in row:
            details = json.loads(row["AllocatedMethodDetails"])
            ratios[key] += Decimal(details["Elements"][0]["AllocatedRatio"])
    expected = {}
    for line in bill["lines"]:
        key = (line["account"], line["region"], line["meter"], line["tier"], line["effective"])
        expected[key] = Decimal(line["amount"])
        difference = abs(quantities[key] - Decimal(line["quantity"]))
        same(f"quantity of {key}", difference < Decimal("1e-12"), True)
    same("lines", dict(lines), expected)
    same("sum", sum(lines.values()), Decimal(bill["total"]))
    for key, ratio in ratios.items():
        same(f"ratios of {key}", ratio, 1)


def main() -> int:
    """Check one export."""
    parser = argparse.ArgumentParser(description="Hold an export to the bill, in DuckDB.")
    parser.add_argument("what", choices=["star", "focus"])
    parser.add_argument("--ddl", type=Path, required=True)
    parser.add_argument("--bill", type=Path, required=True)
    parser.add_argument("--month", default="2026-10")
    parser.add_argument("--table", default="focus_1_2")
    args = parser.parse_args()
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(args.ddl.read_text(encoding="utf-8"))
    bill = json.loads(args.bill.read_text(encoding="utf-8"))
    if args.what == "star":
        star(con, bill, args.month)
    else:
        focus(con, bill, args.table)
    print("\n".join(problems) if problems else "OK")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
