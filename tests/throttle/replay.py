"""Replays a log through PyPI's token-bucket, which shares no code with gwcost, and prints what it refuses.

It counts tokens in floats and time in seconds, so rates have to be whole and times multiples of an eighth of a
second: then each of its sums is exact.

    replay.py LOG RATE BURST      LOG has one JSON object a line with "epoch" in milliseconds
"""

import json
import sys
import time

import token_bucket

log, rate, burst = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
now = 0.0
time.monotonic = lambda: now
limiter = token_bucket.Limiter(rate, burst, token_bucket.MemoryStorage())
with open(log, encoding="utf-8") as lines:
    times = sorted(int(json.loads(line)["epoch"]) for line in lines)
refused = 0
for at in times:
    if at % 125:
        sys.exit(f"{at} ms is no multiple of an eighth of a second")
    now = (at - times[0]) / 1000
    refused += not limiter.consume("bucket")
print(json.dumps({"arrivals": len(times), "refused": refused}))
