#!/usr/bin/env python3
"""Time gwcost against DuckDB and polars on the same log, by turns: A, B, C, A, B, C, ...

    versus.py --gwcost target/release/gwcost --log access.log \\
              --format-string access.format --runs 5 \\
              --from 2026-10-17T00:00:00Z --to 2026-10-21T00:00:00Z

Two jobs are timed: reading the log into Parquet, and the analysis by endpoint
of that Parquet. Each run is a process of its own, measured from its start to
its end. Without `--gwcost` the others run alone, to try the benchmark itself.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import itertools
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

# The halves of the others.
HALVES = {name: Path(__file__).with_name(f"{name}_half.py") for name in ("duckdb", "polars")}


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


def cut(log: Path, folder: Path, lines: int, parts: int) -> Path:
    """The lines of a plain log in so many files of about equal size, all under one folder."""
    folder.mkdir()
    each = -(-lines // parts)
    with log.open("rb") as stream:
        for number in range(parts):
            with (folder / f"{number:06}.log").open("wb") as part:
                part.writelines(itertools.islice(stream, each))
    return folder


def parquet_size(folder: Path) -> int:
    """The bytes of all Parquet files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


# --- The jobs ---------------------------------------------------------------


@dataclass
class Bench:
    """Where everything is, and what is run."""

    args: argparse.Namespace
    folder: Path
    # The log, or the folder of its parts.
    log: Path

    @property
    def lake(self) -> Path:
        """The lake that gwcost fills."""
        return self.folder / "lake"

    def parquet(self, tool: str) -> Path:
        """The file that DuckDB or polars writes."""
        return self.folder / f"{tool}.parquet"

    def gwcost_ingest(self) -> Run:
        """gwcost reads the log into an empty lake."""
        shutil.rmtree(self.lake, ignore_errors=True)
        command = [str(self.args.gwcost), "ingest", str(self.log)]
        command += ["--format-file", str(self.args.format_string)]
        command += ["--account", self.args.account, "--region", self.args.region]
        command += ["--api-kind", "rest", "--lake", str(self.lake)]
        return measure(command, self.folder / "gwcost-ingest.out", self.folder)

    def duckdb_ingest(self) -> Run:
        """DuckDB copies the log into one file."""
        return self.half_ingest("duckdb")

    def polars_ingest(self) -> Run:
        """polars streams the log into one file."""
        return self.half_ingest("polars")

    def half_ingest(self, tool: str) -> Run:
        """One of the others reads the log."""
        self.parquet(tool).unlink(missing_ok=True)
        log = f"{self.log}/*.log" if self.log.is_dir() else str(self.log)
        return self.half(tool, "ingest", [log, str(self.args.format_string), str(self.parquet(tool))])

    def gwcost_analyze(self) -> Run:
        """gwcost analyses its lake."""
        command = [str(self.args.gwcost), "analyze", "--lake", str(self.lake)]
        command += ["--by", "endpoint", "--format", "json"]
        command += ["--from", self.args.start, "--to", self.args.end]
        return measure(command, self.folder / "gwcost-analyze.out", self.folder)

    def duckdb_analyze(self) -> Run:
        """DuckDB analyses its file."""
        return self.half_analyze("duckdb")

    def polars_analyze(self) -> Run:
        """polars analyses its file."""
        return self.half_analyze("polars")

    def half_analyze(self, tool: str) -> Run:
        """One of the others answers the question."""
        return self.half(tool, "analyze", [str(self.parquet(tool)), self.args.start, self.args.end])

    def half(self, tool: str, verb: str, rest: list[str]) -> Run:
        """Run one of the other halves."""
        command = [sys.executable, str(HALVES[tool]), verb, *rest, str(self.args.threads)]
        return measure(command, self.folder / f"{tool}-{verb}.out", self.folder)

    def output(self, name: str) -> Any:
        """The JSON that a half printed last."""
        return json.loads((self.folder / f"{name}.out").read_text(encoding="utf-8"))


def run_by_turns(bench: Bench, job: str) -> list[Series]:
    """Run one job as many times as was asked, the tools by turns."""
    tools = {tool: getattr(bench, f"{tool}_{job}") for tool in bench.args.tools}
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


def disagreements(gwcost: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """Where two analyses differ: then their times are not comparable."""
    key_columns = ("account", "api", "stage", "method", "route")
    expected = {}
    for values in answer["rows"]:
        row = dict(zip(answer["columns"], values))
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
        f"{key}: gwcost {found.get(key)}, the other {expected.get(key)}"
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
    if series[0].tool != "gwcost":
        return
    ours = series[0].walls()
    for other in series[1:]:
        theirs = other.walls()
        pairs = [b / a for a, b in zip(ours, theirs)]
        listed = " ".join(f"{ratio:.2f}" for ratio in pairs)
        ratio = statistics.median(theirs) / statistics.median(ours)
        print(
            f"  wall of {other.tool} / wall of gwcost, pair by pair: {listed}; their median "
            f"{statistics.median(pairs):.2f}, of the medians {ratio:.2f} (above 1: gwcost is faster)"
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
    parser = argparse.ArgumentParser(description="Time gwcost against DuckDB and polars, by turns.")
    parser.add_argument("--gwcost", type=existing_file, help="the binary; without it the others run alone")
    parser.add_argument("--log", type=existing_file, required=True, help="an NDJSON access log, plain or .gz")
    parser.add_argument(
        "--format-string", type=existing_file, required=True, help="its $context format string"
    )
    parser.add_argument("--from", dest="start", type=utc_text, required=True)
    parser.add_argument("--to", dest="end", type=utc_text, required=True, help="not part of the window")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="the threads of the others")
    parser.add_argument("--parts", type=int, default=1, help="cut the log into so many files first")
    parser.add_argument("--account", default="111122223333")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--tmp", type=Path, help="where the lake and the Parquet file are written")
    args = parser.parse_args()
    if args.runs < 1 or args.parts < 1:
        parser.error("--runs and --parts must be 1 or more")
    if args.parts > 1 and args.log.suffix == ".gz":
        parser.error("--parts cuts plain logs only")
    args.tools = ["gwcost"] if args.gwcost is not None else []
    args.tools += ["duckdb"]
    if importlib.util.find_spec("polars") is not None:
        args.tools += ["polars"]
    return args


def main() -> int:
    """Run the benchmark; 1 when the tools disagree about the log."""
    args = parse_arguments()
    load = os.getloadavg()[0]
    lines, log_bytes = warm(args.log)
    with tempfile.TemporaryDirectory(prefix="gwcost-versus-", dir=args.tmp) as name:
        folder = Path(name).resolve()
        log = args.log if args.parts == 1 else cut(args.log, folder / "parts", lines, args.parts)
        bench = Bench(args, folder, log)
        ingests = run_by_turns(bench, "ingest")
        analyses = run_by_turns(bench, "analyze")
        sizes = {tool: bench.parquet(tool).stat().st_size for tool in args.tools if tool != "gwcost"}
        sizes["gwcost"] = parquet_size(bench.lake)
        for series in ingests + analyses:
            series.parquet_bytes = sizes[series.tool]
        halves = {tool: bench.output(f"{tool}-analyze") for tool in args.tools if tool != "gwcost"}
        different = {}
        if args.gwcost is not None:
            ours = bench.output("gwcost-analyze")
            different = {tool: disagreements(ours, half["answer"]) for tool, half in halves.items()}

    parts = "" if args.parts == 1 else f" in {args.parts:,} files"
    print(
        f"{args.log.name}: {lines:,} lines, {log_bytes / MB:,.1f} MB{parts}; window {args.start} to {args.end}"
    )
    versions = [f"{half['name']} {half['version']} with {args.threads} threads" for half in halves.values()]
    ours = [] if args.gwcost is None else [gwcost_version(args.gwcost)]
    print(", ".join([*ours, *versions, f"Python {platform.python_version()}"]))
    print(f"{os.cpu_count()} cores, {processor()}, {platform.system()} {platform.release()}")
    print(f"load average of the minute before: {load:.2f}" + (BUSY if load > BUSY_LOAD else ""))
    print(f"{args.runs} runs of each, by turns; the log was in the page cache")
    print_table("log to Parquet", ingests, lines, log_bytes)
    print_table("analysis by endpoint", analyses, lines, log_bytes)
    for half in halves.values():
        print(
            f"\nof the wall of {half['name']}, Python and it took {half['startup_seconds']:.3f} s to start "
            "in the last run",
            end="",
        )
    print()

    for tool, found in different.items():
        endpoints = len(halves[tool]["answer"]["rows"])
        if found:
            print(f"\nThe analyses of gwcost and {tool} DIFFER in {len(found)} endpoints of {endpoints}; for example:")
            print("\n".join(f"  {line}" for line in found[:5]))
        else:
            print(f"the analyses of gwcost and {tool} agree on {endpoints} endpoints")
    return 1 if any(different.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
