#!/usr/bin/env python3
"""Run the SQL files of gwcost in DuckDB over the lake and compare with polars.

    lake_sql.py --lake gwcost-lake --queries queries --polars-results results

Every `queries/*.sql` is run as it stands over a view `requests` of the lake's
Parquet files. `{dimensions}` is replaced by the list that the result file
gives. A result file is JSON, one per run:

    {"query": "usage", "dimensions": "account, region",
     "columns": ["account", "region", "requests"], "rows": [["1", "us-east-1", 7]]}

There may be several result files for one query, and there must be at least
one. Rows are compared as a multiset: the order of rows means nothing, the order
of columns does. A TIMESTAMP in an answer is written as
`2026-10-17T00:00:00.000Z`, a date as `2026-10-17`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

DIMENSIONS = "{dimensions}"

# Text columns that gwcost adds to the frame before a query runs.
DERIVED = {
    "month": "%Y-%m",
    "day": "%Y-%m-%d",
    "hour": "%Y-%m-%dT%H:00Z",
    "hour_of_day": "%H",
    "weekday": "%a",
}

# How many rows of a difference are printed on either side.
ROWS_SHOWN = 10


@dataclass(frozen=True)
class Result:
    """What polars answered to one query."""

    path: Path
    query: str
    dimensions: str | None
    columns: list[str]
    rows: list[list[Any]]


def read_result(path: Path) -> Result:
    """Read one result file; decimals keep every digit."""
    value = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return Result(path, value["query"], value.get("dimensions"), value["columns"], value["rows"])


def open_lake(lake: Path) -> duckdb.DuckDBPyConnection:
    """A connection with the view `requests` over the lake's files."""
    files = lake / "requests" / "**" / "*.parquet"
    source = str(files).replace("'", "''")
    derived = ", ".join(f"strftime(time, '{text}') AS {name}" for name, text in DERIVED.items())
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(
        f"""
        CREATE VIEW requests AS
        SELECT *, {derived}
        FROM read_parquet('{source}', union_by_name = true, hive_partitioning = false)
        """
    )
    return con


def comparable(value: Any) -> tuple[str, Any]:
    """A value in the one form that both sides are compared in.

    The kind is part of it, so that true is not 1 and "1" is not 1.
    """
    if value is None:
        return ("null", "")
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, (int, float, Decimal)):
        return ("number", Decimal(str(value)).normalize())
    if isinstance(value, datetime):
        instant = (
            value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
        )
        return ("text", instant.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    if isinstance(value, date):
        return ("text", value.isoformat())
    return ("text", str(value))


def multiset(rows: list[Any]) -> Counter[tuple[tuple[str, Any], ...]]:
    """How often each row occurs."""
    return Counter(tuple(comparable(value) for value in row) for row in rows)


def shown(row: tuple[tuple[str, Any], ...]) -> str:
    """A row as it is printed in a difference."""
    parts = []
    for kind, value in row:
        if kind == "null":
            parts.append("null")
        elif kind == "text":
            parts.append(json.dumps(value, ensure_ascii=False))
        else:
            parts.append(f"{value:f}" if kind == "number" else str(value).lower())
    return "(" + ", ".join(parts) + ")"


def list_rows(title: str, rows: Counter[tuple[tuple[str, Any], ...]]) -> list[str]:
    """The first rows that only one side has, and how many more there are."""
    ordered = sorted(shown(row) for row in rows.elements())
    lines = [f"  only in {title}: {row}" for row in ordered[:ROWS_SHOWN]]
    if len(ordered) > ROWS_SHOWN:
        lines.append(f"  only in {title}: {len(ordered) - ROWS_SHOWN} more rows")
    return lines


def differences(con: duckdb.DuckDBPyConnection, sql: str, result: Result) -> list[str]:
    """What DuckDB and polars disagree about; empty when nothing."""
    if DIMENSIONS in sql:
        if not result.dimensions:
            return ["  the query has dimensions, the result file names none"]
        sql = sql.replace(DIMENSIONS, result.dimensions)
    try:
        answer = con.execute(sql)
        columns = [column[0] for column in answer.description or []]
        rows = answer.fetchall()
    except duckdb.Error as error:
        return [f"  DuckDB refused the query: {error}"]

    found: list[str] = []
    if columns != result.columns:
        found.append(f"  columns: DuckDB {columns}, polars {result.columns}")
    ours, theirs = multiset(rows), multiset(result.rows)
    found += list_rows("DuckDB", ours - theirs)
    found += list_rows("polars", theirs - ours)
    return found


def main() -> int:
    """Compare all queries; 0 when every answer is the same, 1 when not."""
    parser = argparse.ArgumentParser(description="Compare DuckDB's and polars' answers over one lake.")
    parser.add_argument("--lake", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True, help="the folder of .sql files")
    parser.add_argument("--polars-results", type=Path, required=True, help="the folder of .json result files")
    args = parser.parse_args()

    queries = {path.stem: path.read_text(encoding="utf-8") for path in sorted(args.queries.glob("*.sql"))}
    results = [read_result(path) for path in sorted(args.polars_results.glob("*.json"))]
    if not queries:
        sys.exit(f"{args.queries}: holds no .sql file")
    con = open_lake(args.lake)

    failed = 0
    compared_rows = 0
    for name in queries:
        if not any(result.query == name for result in results):
            print(f"DIFFERENT {name}: polars gave no result")
            failed += 1
    for result in results:
        where = f"{result.query} ({result.path.name})"
        if result.query not in queries:
            print(f"DIFFERENT {where}: there is no such query")
            failed += 1
            continue
        found = differences(con, queries[result.query], result)
        compared_rows += len(result.rows)
        if found:
            print(f"DIFFERENT {where}:")
            print("\n".join(found))
            failed += 1
        else:
            print(f"same {where}: {len(result.rows)} rows")

    summary = f"{len(queries)} queries, {len(results)} results, {compared_rows} rows compared"
    if failed:
        print(f"FAILED: {failed} differences; {summary}")
        return 1
    print(f"OK: {summary}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
