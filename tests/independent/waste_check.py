#!/usr/bin/env python3
"""Recompute from raw log lines what `gwcost waste` counts, sharing no code with it.

    waste_check.py --log access.log --robots GPTBot,zgrab < waste.json

The log is one JSON object a line with the keys epoch (milliseconds), method,
path, status, bytes, key, ip and ua; `-` is nothing. Lines are taken in the
order of their times. Prints the kinds that differ, and exits with 1 if any does.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict


def told(value: str | None) -> str | None:
    return None if value in (None, "-") else value


def kinds(rows: list[dict[str, str]], robots: list[str]) -> Counter[str]:
    robot = re.compile("|".join(map(re.escape, robots)), re.IGNORECASE) if robots else None
    rows.sort(key=lambda row: int(row["epoch"]))

    def client(row: dict[str, str]) -> tuple[str | None, ...] | None:
        network = told(row["ip"])
        network = network and ".".join(network.split(".")[:3])
        key = told(row["key"])
        return None if network is None and key is None else (network, told(row["ua"]), key)

    hourly: dict[tuple[object, int], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        count = hourly[client(row), int(row["epoch"]) // 3_600_000]
        count[0] += row["status"] in ("403", "404")
        count[1] += 1

    found: Counter[str] = Counter()
    last: dict[object, tuple[int, bool, str, int]] = {}
    for row in rows:
        who, at, status = client(row), int(row["epoch"]), int(row["status"])
        retry = poll = False
        if who is not None:
            name = (who, row["method"], row["path"])
            failed = status == 429 or status >= 500
            before = last.get(name)
            if before is None:
                last[name] = (at, failed, row["bytes"], 0)
            else:
                then, had_failed, size, run = before
                gap = at - then
                retry = had_failed and gap <= 10_000
                answered = status in (200, 304)
                run = run + 1 if answered and gap <= 3_600_000 else 0
                same = status == 304 or (told(size) is not None and row["bytes"] == size)
                poll = answered and same and run >= 30
                last[name] = (at, failed, row["bytes"], run)
        missed, all_of = hourly[who, at // 3_600_000]
        if row["method"] == "OPTIONS":
            found["preflights"] += 1
        elif robot and told(row["ua"]) and robot.search(row["ua"]):
            found["robots"] += 1
        elif who is not None and missed >= 100 and missed * 10 >= all_of * 9:
            found["scans"] += 1
        elif retry:
            found["retries"] += 1
        elif status >= 400:
            found["errors"] += 1
        elif poll and row["method"] in ("GET", "HEAD"):
            found["polling"] += 1
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log", required=True)
    parser.add_argument("--robots", default="")
    arguments = parser.parse_args()
    with open(arguments.log, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    expected = kinds(rows, [word for word in arguments.robots.split(",") if word])
    answered: Counter[str] = Counter()
    for item in json.load(sys.stdin)["items"]:
        answered[item["kind"]] += item["requests"] or 0
    problems = [
        f"{kind}: gwcost counts {answered[kind]}, the lines say {expected[kind]}"
        for kind in ("preflights", "robots", "scans", "retries", "polling")
        if answered[kind] != expected[kind]
    ]
    # What is not billed is no waste, so the lines hold as many errors or more.
    if answered["billed_errors"] > expected["errors"]:
        problems.append(f"billed_errors: {answered['billed_errors']} of {expected['errors']} errors")
    print("\n".join(problems) or f"{sum(expected.values())} requests agree")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
