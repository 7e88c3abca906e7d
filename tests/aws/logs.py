"""Puts access-log lines into a log group of the server at URL, over several streams, as API Gateway does.

logs.py URL REGION GROUP puts 400 lines into the four hours before this one and prints where they begin.
logs.py URL REGION GROUP BASE_MS puts five late lines into the third of these hours.
"""

import json
import sys
import time

import boto3

HOUR = 3_600_000


def line(number, at_ms):
    """One line in the format that the tests log in."""
    return json.dumps(
        {
            "id": f"id{number}=", "epoch": str(at_ms), "account": "123456789012", "api": "a1b2c3d4e5",
            "stage": "prod", "method": "GET", "route": "/pets", "status": "200", "type": "-", "bytes": "1024",
            "latency": "10",
        },
        separators=(",", ":"),
    )


def put(logs, group, stream, events):
    """Puts events in the order of time into a stream of their own."""
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    events = sorted(events)
    batch = [{"timestamp": at, "message": text} for at, text in events]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=batch)


def main():
    url, region, group = sys.argv[1:4]
    logs = boto3.client(
        "logs", region_name=region, endpoint_url=url, aws_access_key_id="test", aws_secret_access_key="test"
    )
    if len(sys.argv) > 4:
        base = int(sys.argv[4])
        late = [(base + 2 * HOUR + n * 1000 + 500, n) for n in range(5)]
        put(logs, group, "late", [(at, line(1000 + n, at)) for at, n in late])
        return
    base = int(time.time() * 1000) // HOUR * HOUR - 4 * HOUR
    logs.create_log_group(logGroupName=group)
    for stream in range(4):
        numbers = range(stream, 400, 4)
        events = [(base + n * 4 * HOUR // 400, n) for n in numbers]
        put(logs, group, f"{stream:032x}", [(at, line(n, at)) for at, n in events])
    print(base)


if __name__ == "__main__":
    main()
