#!/usr/bin/env python3
"""Time gwcost against DuckDB on the same log, in pairs: A, B, A, B, ...

    versus.py --gwcost target/release/gwcost --log access.log \\
              --format-string access.format --runs 5 \\
              --from 2026-10-17T00:00:00Z --to 2026-10-21T00:00:00Z

Two jobs are timed: reading the log into Parquet, and the analysis by endpoint
of that Parquet. Each run is a process of its own, measured from its start to
its end. Without `--gwcost` only DuckDB runs, to try the benchmark itself.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

MB = 1_000_000
MIB = 1024 * 1024

# Above this the machine had other work, and the figures are not to be kept.
BUSY_LOAD = 0.5
BUSY = " (the machine was BUSY: do not keep these figures)"

# DuckDB's half.
HALF = Path(__file__).with_name("duckdb_half.py")


# --- Measuring --------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """What one process cost."""

    wall: float
    cpu: float
    peak_rss_bytes: int


@dataclass
class Series:
    """All the runs of one tool at one job."""

    tool: str
    runs: list[Run] = field(default_factory=list)
    parquet_bytes: int = 0

    def walls(self) -> list[float]:
        """The wall-clock seconds of each run."""
        return [run.wall for run in self.runs]


def measure(command: list[str], stdout: Path, directory: Path) -> Run:
    """Run a command to its end; a failure ends the benchmark."""
    os.sync()  # the writes of the run before are not this run's
    errors = stdout.with_suffix(".stderr")
    with stdout.open("wb") as out, errors.open("wb") as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=directory)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(
            f"{' '.join(command)}\nended with {process.returncode}:\n"
            + errors.read_text(encoding="utf-8", errors="replace")
        )
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def warm(log: Path) -> tuple[int, int]:
    """Read the log once, so that it is in the page cache; its lines and bytes.

    Of a gzip file the lines and bytes are those of the text.
    """
    lines = size = 0
    opened = gzip.open(log, "rb") if log.suffix == ".gz" else log.open("rb")
    with opened as stream:
        while block := stream.read(MIB):
            lines += block.count(b"\n")
            size += len(block)
    return lines, size


def parquet_size(folder: Path) -> int:
    """The bytes of all Parquet files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


# --- The jobs ---------------------------------------------------------------


@dataclass
class Bench:
    """Where everything is, and what is run."""

    args: argparse.Namespace
    folder: Path

    @property
    def lake(self) -> Path:
        """The lake that gwcost fills."""
        return self.folder / "lake"

    @property
    def parquet(self) -> Path:
        """The file that DuckDB writes."""
        return self.folder / "x.parquet"

    def gwcost_ingest(self) -> Run:
        """gwcost reads the log into an empty lake."""
        shutil.rmtree(self.lake, ignore_errors=True)
        command = [str(self.args.gwcost), "ingest", str(self.args.log)]
        command += ["--format-file", str(self.args.format_string)]
        command += ["--account", self.args.account, "--region", self.args.region]
        command += ["--api-kind", "rest", "--lake", str(self.lake)]
        return measure(command, self.folder / "gwcost-ingest.out", self.folder)

    def duckdb_ingest(self) -> Run:
        """DuckDB copies the log into one file."""
        self.parquet.unlink(missing_ok=True)
        paths = [str(self.args.log), str(self.args.format_string), str(self.parquet)]
        return self.duckdb("ingest", paths)

    def gwcost_analyze(self) -> Run:
        """gwcost analyses its lake."""
        command = [str(self.args.gwcost), "analyze", "--lake", str(self.lake)]
        command += ["--by", "endpoint", "--format", "json"]
        command += ["--from", self.args.start, "--to", self.args.end]
        return measure(command, self.folder / "gwcost-analyze.out", self.folder)

    def duckdb_analyze(self) -> Run:
        """DuckDB analyses its file."""
        return self.duckdb("analyze", [str(self.parquet), self.args.start, self.args.end])

    def duckdb(self, verb: str, rest: list[str]) -> Run:
        """Run DuckDB's half."""
        command = [sys.executable, str(HALF), verb, *rest, str(self.args.threads)]
        return measure(command, self.folder / f"duckdb-{verb}.out", self.folder)

    def output(self, name: str) -> Any:
        """The JSON that a half printed last."""
        return json.loads((self.folder / f"{name}.out").read_text(encoding="utf-8"))


def run_pairs(bench: Bench, job: str) -> list[Series]:
    """Run one job as many times as was asked, the tools by turns."""
    tools = {"DuckDB": getattr(bench, f"duckdb_{job}")}
    if bench.args.gwcost is not None:
        tools = {"gwcost": getattr(bench, f"gwcost_{job}"), **tools}
    series = {tool: Series(tool) for tool in tools}
    for number in range(1, bench.args.runs + 1):
        for tool, run in tools.items():
            series[tool].runs.append(run())
            print(
                f"{job} {number}/{bench.args.runs} {tool}: {series[tool].runs[-1].wall:.3f} s",
                file=sys.stderr,
            )
    return list(series.values())


# --- Comparing the answers --------------------------------------------------


def disagreements(gwcost: dict[str, Any], duckdb_answer: dict[str, Any]) -> list[str]:
    """Where the two analyses differ: then their times are not comparable."""
    key_columns = ("account", "api", "stage", "method", "route")
    expected = {}
    for values in duckdb_answer["rows"]:
        row = dict(zip(duckdb_answer["columns"], values))
        measures = (
            row["requests"],
            row["unbilled_requests"],
            row["undetermined_requests"],
            row["response_bytes"],
            *(row["latency_ms"] or [None] * 3),
            *(row["integration_ms"] or [None] * 3),
        )
        expected[tuple(row[name] for name in key_columns)] = measures
    names = ["requests", "unbilled_requests", "undetermined_requests", "response_bytes"]
    names += ["p50_ms", "p95_ms", "p99_ms", "integration_p50_ms", "integration_p95_ms", "integration_p99_ms"]
    found = {
        tuple(row[name] for name in key_columns): tuple(row[name] for name in names) for row in gwcost["rows"]
    }
    return [
        f"{key}: gwcost {found.get(key)}, DuckDB {expected.get(key)}"
        for key in expected.keys() | found.keys()
        if expected.get(key) != found.get(key)
    ]


# --- Printing ---------------------------------------------------------------


def print_table(title: str, series: list[Series], rows: int, log_bytes: int) -> None:
    """One line for each tool, then the ratios."""
    print(f"\n{title}")
    print(
        f"  {'tool':<8}{'min s':>9}{'median s':>10}{'max s':>9}{'rows/s':>13}"
        f"{'log MB/s':>10}{'peak MiB':>10}{'CPU/wall':>10}{'Parquet MB':>12}"
    )
    for one in series:
        walls = one.walls()
        median = statistics.median(walls)
        busy = statistics.median(run.cpu / run.wall for run in one.runs)
        peak = max(run.peak_rss_bytes for run in one.runs)
        print(
            f"  {one.tool:<8}{min(walls):>9.3f}{median:>10.3f}{max(walls):>9.3f}{rows / median:>13,.0f}"
            f"{log_bytes / MB / median:>10.1f}{peak / MIB:>10.1f}{busy:>10.2f}{one.parquet_bytes / MB:>12.2f}"
        )
    if len(series) == 2:
        ours, theirs = series[0].walls(), series[1].walls()
        pairs = [a / b for a, b in zip(ours, theirs)]
        listed = " ".join(f"{ratio:.3f}" for ratio in pairs)
        print(
            f"  wall of gwcost / wall of DuckDB, pair by pair: {listed}; their median {statistics.median(pairs):.3f}"
        )
        print(
            f"  ratio of the medians: {statistics.median(ours) / statistics.median(theirs):.3f} (below 1: gwcost is faster)"
        )


def gwcost_version(binary: Path) -> str:
    """What gwcost says that it is."""
    answer = subprocess.run([str(binary), "--version"], capture_output=True, text=True, check=True)
    return answer.stdout.strip()


def processor() -> str:
    """The name of the processor, where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


# --- The command ------------------------------------------------------------


def utc_text(text: str) -> str:
    """An ISO 8601 time in UTC, in the form that both tools read."""
    value = datetime.fromisoformat(text)
    value = value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
    return value.isoformat().replace("+00:00", "Z")


def existing_file(text: str) -> Path:
    """The full path of a file that is there."""
    path = Path(text).resolve()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text}: no such file")
    return path


def parse_arguments() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(description="Time gwcost against DuckDB on the same log, in pairs.")
    parser.add_argument("--gwcost", type=existing_file, help="the binary; without it only DuckDB runs")
    parser.add_argument("--log", type=existing_file, required=True, help="an NDJSON access log, plain or .gz")
    parser.add_argument(
        "--format-string", type=existing_file, required=True, help="its $context format string"
    )
    parser.add_argument("--from", dest="start", type=utc_text, required=True)
    parser.add_argument("--to", dest="end", type=utc_text, required=True, help="not part of the window")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="DuckDB's threads")
    parser.add_argument("--account", default="111122223333")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--tmp", type=Path, help="where the lake and the Parquet file are written")
    args = parser.parse_args()
    if args.runs < 1:
        parser.error("--runs must be 1 or more")
    return args


def main() -> int:
    """Run the benchmark; 1 when the two tools disagree about the log."""
    args = parse_arguments()
    load = os.getloadavg()[0]
    lines, log_bytes = warm(args.log)
    with tempfile.TemporaryDirectory(prefix="gwcost-versus-", dir=args.tmp) as name:
        bench = Bench(args, Path(name).resolve())
        ingests = run_pairs(bench, "ingest")
        analyses = run_pairs(bench, "analyze")
        sizes = {"gwcost": parquet_size(bench.lake), "DuckDB": bench.parquet.stat().st_size}
        for series in ingests + analyses:
            series.parquet_bytes = sizes[series.tool]
        half = bench.output("duckdb-analyze")
        different = []
        if args.gwcost is not None:
            different = disagreements(bench.output("gwcost-analyze"), half["answer"])

    print(f"{args.log.name}: {lines:,} lines, {log_bytes / MB:,.1f} MB; window {args.start} to {args.end}")
    print(
        f"{'' if args.gwcost is None else gwcost_version(args.gwcost) + ', '}"
        f"DuckDB {half['duckdb']} with {args.threads} threads, Python {platform.python_version()}"
    )
    print(f"{os.cpu_count()} cores, {processor()}, {platform.system()} {platform.release()}")
    print(f"load average of the minute before: {load:.2f}" + (BUSY if load > BUSY_LOAD else ""))
    print(f"{args.runs} runs of each, by turns; the log was in the page cache")
    print_table("log to Parquet", ingests, lines, log_bytes)
    print_table("analysis by endpoint", analyses, lines, log_bytes)
    print(
        f"\nof DuckDB's wall, Python and DuckDB took {half['startup_seconds']:.3f} s to start in the last run"
    )

    if args.gwcost is not None:
        endpoints = len(half["answer"]["rows"])
        if different:
            print(f"\nThe analyses DIFFER in {len(different)} endpoints of {endpoints}; for example:")
            print("\n".join(f"  {line}" for line in different[:5]))
            return 1
        print(f"the two analyses agree on {endpoints} endpoints")
    return 0


if __name__ == "__main__":
    sys.exit(main())
