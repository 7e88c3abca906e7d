#!/usr/bin/env python3
"""DuckDB's half of the benchmark; `versus.py` starts it as a process of its own.

    duckdb_half.py ingest  LOG FORMAT OUT.parquet THREADS
    duckdb_half.py analyze IN.parquet FROM TO THREADS

Prints one JSON object: DuckDB's version, the seconds that Python and DuckDB
took to start, and for `analyze` the answer.
"""

from __future__ import annotations

import time

STARTED = time.perf_counter()  # before the slow imports, which count as start-up

import json
import sys
from typing import Any

import duckdb
from log_columns import COLUMN_NAMES, WHOLE_NUMBERS, read_format


def quoted(name: str) -> str:
    """A SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A SQL string."""
    return "'" + text.replace("'", "''") + "'"


def typed_column(key: str, variable: str) -> str:
    """The SQL that gives one column its type; `-` is an unset value."""
    value = f"nullif({quoted(key)}, '-')"
    name = quoted(COLUMN_NAMES.get(variable, key))
    if variable == "requestTimeEpoch":
        return f"make_timestamptz(TRY_CAST({value} AS BIGINT) * 1000) AS {name}"
    if variable in WHOLE_NUMBERS:
        return f"TRY_CAST({value} AS BIGINT) AS {name}"
    return f"{value} AS {name}"


def ingest(con: duckdb.DuckDBPyConnection, log: str, format_file: str, out: str) -> None:
    """Copy the log into one typed Parquet file."""
    keys = read_format(format_file)
    texts = ", ".join(f"{literal(key)}: 'VARCHAR'" for key in keys)
    # The time is kept once, to the millisecond.
    columns = ", ".join(
        typed_column(key, variable) for key, variable in keys.items() if variable != "requestTime"
    )
    con.execute(
        f"""
        COPY (
          SELECT {columns}
          FROM read_json({literal(log)}, format = 'newline_delimited', columns = {{{texts}}})
        ) TO {literal(out)} (FORMAT parquet, COMPRESSION zstd)
        """
    )


def analyze(con: duckdb.DuckDBPyConnection, parquet: str, start: str, end: str) -> dict[str, Any]:
    """Count, add and rank by endpoint in the window."""
    unbilled = """response_type IN ('UNAUTHORIZED', 'ACCESS_DENIED', 'EXPIRED_TOKEN',
        'INVALID_SIGNATURE', 'INVALID_API_KEY', 'THROTTLED', 'QUOTA_EXCEEDED')"""
    undetermined = """integration_status IS NULL AND (
        response_type IN ('MISSING_AUTHENTICATION_TOKEN', 'WAF_FILTERED',
          'AUTHORIZER_FAILURE', 'AUTHORIZER_CONFIGURATION_ERROR',
          'DEFAULT_4XX', 'DEFAULT_5XX'))"""
    answer = con.execute(
        f"""
        SELECT
          account, api, stage, method, route,
          count(*) AS requests,
          count(*) FILTER (WHERE {unbilled}) AS unbilled_requests,
          count(*) FILTER (WHERE {undetermined}) AS undetermined_requests,
          sum(bytes) AS response_bytes,
          count(*) FILTER (WHERE status >= 400) AS errors,
          quantile_disc(latency, [0.5, 0.95, 0.99]) AS latency_ms,
          quantile_disc(integration_latency, [0.5, 0.95, 0.99]) AS integration_ms
        FROM read_parquet({literal(parquet)})
        WHERE time >= CAST(? AS TIMESTAMPTZ) AND time < CAST(? AS TIMESTAMPTZ)
        GROUP BY account, api, stage, method, route
        ORDER BY requests DESC
        """,
        [start, end],
    )
    columns = [column[0] for column in answer.description or []]
    return {"columns": columns, "rows": answer.fetchall()}


def main() -> None:
    """Run one half and print what came of it."""
    verb, *rest, threads = sys.argv[1:]
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(f"SET threads = {int(threads)}")
    report: dict[str, Any] = {
        "name": "DuckDB",
        "version": duckdb.__version__,
        "startup_seconds": time.perf_counter() - STARTED,
    }
    if verb == "ingest":
        ingest(con, *rest)
    elif verb == "analyze":
        report["answer"] = analyze(con, *rest)
    else:
        sys.exit(f"unknown verb: {verb}")
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
