"""Replays a log through caches that others wrote, and compares with what `gwcost cache --format json` says.

    python cache_check.py LOG.json ANSWER.json

The log is one JSON object a line, in time order, of one stage, with the keys `epoch`, `method`, `path`, `status`,
`bytes`, `integration`. cachetools' TTLCache gives the hits of each TTL; libcachesim's LRU, which knows no TTL, gives
those of each size that not everything fits, for TTLs that nothing outlives.
"""

import json
import sys

import cachetools
import libcachesim


def cacheable(lines):
    for line in lines:
        row = json.loads(line)
        size = None if row["bytes"] == "-" else int(row["bytes"])
        if row["method"] == "GET" and row["status"] == "200" and (size is None or size <= 1_048_576):
            latency = None if row["integration"] == "-" else int(row["integration"])
            yield int(row["epoch"]), row["path"], size or 0, latency


def with_ttl(requests, ttl_ms):
    now = [0]
    cache = cachetools.TTLCache(maxsize=float("inf"), ttl=ttl_ms, timer=lambda: now[0], getsizeof=lambda entry: entry[2])
    hits = early = age = saved = peak = 0
    for time, path, size, latency in requests:
        now[0] = time
        if path in cache:
            filled, ready, _ = cache[path]
            hits += 1
            age += time - filled
            early += time < ready
            saved += latency or 0
        else:
            cache[path] = (time, time + (latency or 0), size)
            peak = max(peak, cache.currsize)
    return hits, early, (age // hits if hits else None), saved, peak


def least_recently_used(requests, capacity):
    cache = libcachesim.LRU(cache_size=capacity)
    numbers = {}
    hits = 0
    for _, path, size, _ in requests:
        request = libcachesim.Request()
        request.obj_id = numbers.setdefault(path, len(numbers) + 1)
        request.obj_size = size
        hits += cache.get(request)
    return hits


def main():
    with open(sys.argv[1]) as log:
        requests = list(cacheable(log))
    with open(sys.argv[2]) as file:
        answer = json.load(file)
    [stage] = answer["stages"]
    assert stage["cacheable_requests"] == len(requests), (stage["cacheable_requests"], len(requests))
    assert stage["distinct_keys"] == len({request[1] for request in requests})
    span = requests[-1][0] - requests[0][0]
    compared = {"ttl": 0, "lru": 0}
    expected = {}
    for option in stage["options"]:
        ttl_ms = option["ttl_seconds"] * 1000
        what = (option["ttl_seconds"], option["size_gb"], option["basis"])
        if option["basis"] == "lru_estimate":
            if ttl_ms > span:
                capacity = int(float(option["size_gb"]) * 2**30)
                assert option["hits"] == least_recently_used(requests, capacity), what
                compared["lru"] += 1
            continue
        if ttl_ms not in expected:
            expected[ttl_ms] = with_ttl(requests, ttl_ms)
        found = tuple(
            option[name] for name in ("hits", "early_hits", "mean_age_ms", "time_saved_ms", "peak_live_bytes")
        )
        assert found == expected[ttl_ms], (what, found, expected[ttl_ms])
        compared["ttl"] += 1
    print(f"compared {compared['ttl']} options with cachetools, {compared['lru']} with libcachesim")
    assert compared["ttl"] > 0 and compared["lru"] > 0


main()
