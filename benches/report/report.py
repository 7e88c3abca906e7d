#!/usr/bin/env python3
"""Time the full report beside DuckDB running the same SQL over the same Parquet, by turns.

    report.py --gwcost target/dist/gwcost --lake gwcost-lake --from 2026-10-01 --to 2026-11-01 --runs 5

The SQL is what the report itself says that it runs (`GWCOST_LOG=gwcost=debug`), text and number of times, over the
window. gwcost also prices, compares, replays limits and caches, draws and writes all five forms; DuckDB only answers the
queries. Each run is a process of its own. Without --lake one is made of `gwcost demo --requests N`.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

DERIVED = {
    "month": "%Y-%m",
    "day": "%Y-%m-%d",
    "hour": "%Y-%m-%dT%H:00Z",
    "hour_of_day": "%H",
    "weekday": "%a",
}

# A log line holds the text as Rust's Debug writes it.
RAN = re.compile(r'sql="((?:[^"\\]|\\.)*)"')


def half(lake, start, end):
    """Runs the queries of standard input in DuckDB, each to its last row."""
    import duckdb

    derived = ", ".join(f"strftime(time, '{text}') AS {name}" for name, text in DERIVED.items())
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute(
        f"""CREATE VIEW requests AS SELECT *, {derived}
        FROM read_parquet('{lake}/requests/**/*.parquet', union_by_name = true, hive_partitioning = false)
        WHERE time >= TIMESTAMPTZ '{start}' AND time < TIMESTAMPTZ '{end}'"""
    )
    rows = 0
    for sql in json.load(sys.stdin):
        rows += len(con.execute(sql).fetchall())
    print(rows)


def timed(command, **options):
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)
    return time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gwcost", required=True)
    parser.add_argument("--lake")
    parser.add_argument("--requests", default="10M")
    parser.add_argument("--from", dest="start", default="2026-10-01")
    parser.add_argument("--to", dest="end", default="2026-11-01")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tmp", default=None)
    arguments = parser.parse_args()
    print("load before the start:", " ".join(f"{load:.2f}" for load in os.getloadavg()))
    with tempfile.TemporaryDirectory(dir=arguments.tmp) as folder:
        lake = arguments.lake
        if lake is None:
            subprocess.run(
                [arguments.gwcost, "demo", "--requests", arguments.requests, "--dir", f"{folder}/demo"],
                check=True, stdout=subprocess.DEVNULL,
            )
            lake = f"{folder}/demo/lake"
        report = [arguments.gwcost, "report", "--lake", lake, "--from", arguments.start, "--to", arguments.end]
        report += ["--as-of", arguments.end, "--output", f"{folder}/out/"]
        environment = dict(os.environ, GWCOST_LOG="gwcost=debug")
        said = subprocess.run(report, check=True, capture_output=True, text=True, env=environment).stderr
        queries = [json.loads(f'"{text}"') for text in RAN.findall(said)]
        print(f"{len(queries)} queries: {', '.join(sorted(set(re.findall(r'query=.?([a-z-]+)', said))))}")
        duckdb = [sys.executable, __file__, "--half", lake, arguments.start, arguments.end]
        times = {"gwcost report": [], "DuckDB": []}
        for _ in range(arguments.runs):
            times["gwcost report"].append(timed(report))
            times["DuckDB"].append(timed(duckdb, input=json.dumps(queries), text=True))
        for name, all_of in times.items():
            print(f"{name}: median {statistics.median(all_of):.2f} s of {', '.join(f'{one:.2f}' for one in all_of)}")
        pairs = [ours / theirs for ours, theirs in zip(times["gwcost report"], times["DuckDB"])]
        print(f"gwcost takes {statistics.median(pairs):.2f} times as long as DuckDB, pair by pair {min(pairs):.2f} to {max(pairs):.2f}")


if len(sys.argv) == 5 and sys.argv[1] == "--half":
    half(*sys.argv[2:])
else:
    main()
