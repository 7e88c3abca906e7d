"""What the halves of the benchmark know of a log: its keys, their types, and what the analysis calls them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

# The `$context` variables whose values are whole numbers.
WHOLE_NUMBERS = {
    "status",
    "responseLength",
    "responseLatency",
    "integrationLatency",
    "integrationStatus",
    "integration.latency",
    "integration.status",
    "integration.integrationStatus",
    "authorizer.latency",
    "authorizer.status",
}

# What the analysis calls a variable; the others keep the log's key.
COLUMN_NAMES = {
    "requestTimeEpoch": "time",
    "accountId": "account",
    "apiId": "api",
    "stage": "stage",
    "httpMethod": "method",
    "resourcePath": "route",
    "status": "status",
    "responseLength": "bytes",
    "responseLatency": "latency",
    "integrationLatency": "integration_latency",
    "integrationStatus": "integration_status",
    "error.responseType": "response_type",
}


def read_format(file: str) -> dict[str, str]:
    """The keys of a flat JSON format string, each with its variable."""
    path = Path(file)
    pairs = re.findall(r'"([^"]+)"\s*:\s*"?\$context\.([A-Za-z0-9_.]+)', path.read_text(encoding="utf-8"))
    variables = {variable for _, variable in pairs}
    missing = sorted(set(COLUMN_NAMES) - variables)
    if missing:
        sys.exit(f"{path}: the benchmark needs these variables: {', '.join(missing)}")
    return dict(pairs)
