#!/usr/bin/env python3
"""polars' half of the benchmark; `versus.py` starts it as a process of its own.

    polars_half.py ingest  LOG FORMAT OUT.parquet THREADS
    polars_half.py analyze IN.parquet FROM TO THREADS

Prints one JSON object of the same shape as DuckDB's half.
"""

from __future__ import annotations

import os
import sys
import time

STARTED = time.perf_counter()  # before the slow imports, which count as start-up
os.environ["POLARS_MAX_THREADS"] = sys.argv[-1]  # read when polars is imported

import json
from datetime import datetime
from typing import Any

import polars as pl
from log_columns import COLUMN_NAMES, WHOLE_NUMBERS, read_format

UNBILLED = (
    "UNAUTHORIZED ACCESS_DENIED EXPIRED_TOKEN INVALID_SIGNATURE INVALID_API_KEY THROTTLED QUOTA_EXCEEDED".split()
)
UNDETERMINED = (
    "MISSING_AUTHENTICATION_TOKEN WAF_FILTERED AUTHORIZER_FAILURE AUTHORIZER_CONFIGURATION_ERROR "
    "DEFAULT_4XX DEFAULT_5XX".split()
)
ENDPOINT = ["account", "api", "stage", "method", "route"]


def typed_column(key: str, variable: str) -> pl.Expr:
    """The expression that gives one column its type; `-` is an unset value."""
    value = pl.when(pl.col(key) != "-").then(pl.col(key))
    if variable == "requestTimeEpoch":
        value = value.cast(pl.Int64, strict=False).cast(pl.Datetime("ms", "UTC"))
    elif variable in WHOLE_NUMBERS:
        value = value.cast(pl.Int64, strict=False)
    return value.alias(COLUMN_NAMES.get(variable, key))


def ingest(log: str, format_file: str, out: str) -> None:
    """Stream the log into one typed Parquet file."""
    keys = read_format(format_file)
    frame = pl.scan_ndjson(log, schema={key: pl.String for key in keys})
    # The time is kept once, to the millisecond.
    frame = frame.select(
        typed_column(key, variable) for key, variable in keys.items() if variable != "requestTime"
    )
    frame.sink_parquet(out, compression="zstd", compression_level=1, maintain_order=True)


def nearest_rank(column: str, name: str) -> pl.Expr:
    """The three percentiles that gwcost reports, as a list; null where nothing was logged."""
    values = pl.col(column).drop_nulls()
    ranks = [
        values.sort().get((values.len() * per_cent + 99) // 100 - 1, null_on_oob=True)
        for per_cent in (50, 95, 99)
    ]
    return pl.when(values.len() > 0).then(pl.concat_list(ranks)).alias(name)


def analyze(parquet: str, start: str, end: str) -> dict[str, Any]:
    """Count, add and rank by endpoint in the window."""
    first, last = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (start, end))
    kind = pl.col("response_type")
    unreached = pl.col("integration_status").is_null()
    answer = (
        pl.scan_parquet(parquet)
        .filter((pl.col("time") >= first) & (pl.col("time") < last))
        .group_by(ENDPOINT)
        .agg(
            pl.len().alias("requests"),
            kind.is_in(UNBILLED).sum().alias("unbilled_requests"),
            (unreached & kind.is_in(UNDETERMINED)).sum().alias("undetermined_requests"),
            pl.col("bytes").sum().alias("response_bytes"),
            (pl.col("status") >= 400).sum().alias("errors"),
            nearest_rank("latency", "latency_ms"),
            nearest_rank("integration_latency", "integration_ms"),
        )
        .sort("requests", descending=True)
        .collect(engine="streaming")
    )
    return {"columns": answer.columns, "rows": answer.rows()}


def main() -> None:
    """Run one half and print what came of it."""
    verb, *rest, _ = sys.argv[1:]
    report: dict[str, Any] = {
        "name": "polars",
        "version": pl.__version__,
        "startup_seconds": time.perf_counter() - STARTED,
    }
    if verb == "ingest":
        ingest(*rest)
    elif verb == "analyze":
        report["answer"] = analyze(*rest)
    else:
        sys.exit(f"unknown verb: {verb}")
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
