"""Puts an API with its stages and their logs into the server at URL, and prints what an analysis has to find.

discover.py URL first            an API with three stages that log and one that does not, and three hours of lines
discover.py URL late BASE_MS API another hour of lines, and late ones in the hours before

Two stages log into one group, each in a format of its own; the third has a group to itself, and its lines say
neither API nor stage.
"""

import json
import sys
import time
from collections import Counter

import boto3

HOUR = 3_600_000
REGION = "eu-west-1"
ARN = "arn:aws:logs:eu-west-1:123456789012:log-group:{}"
SHARED, OWN = "/aws/apigateway/orders", "/aws/apigateway/orders-beta"
FORMATS = {
    "prod": '{"id":"$context.extendedRequestId","epoch":"$context.requestTimeEpoch","api":"$context.apiId",'
    '"stage":"$context.stage","method":"$context.httpMethod","route":"$context.resourcePath",'
    '"status":"$context.status","type":"$context.error.responseType","bytes":"$context.responseLength"}',
    "test": "$context.stage $context.apiId $context.extendedRequestId $context.requestTimeEpoch $context.httpMethod "
    "$context.resourcePath $context.status $context.responseLength",
    "beta": '{"id":"$context.extendedRequestId","method":"$context.httpMethod","route":"$context.resourcePath",'
    '"status":"$context.status","type":"$context.error.responseType","bytes":"$context.responseLength"}',
}
GROUPS = {"prod": SHARED, "test": SHARED, "beta": OWN}
ROUTES = ["/pets", "/pets/{petId}"]


def clients(url):
    """The services of the server."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return [
        boto3.client(service, region_name=REGION, endpoint_url=url, **keys) for service in ("apigateway", "logs")
    ]


def set_up(gateway):
    """The API with its stages; the answer is its id."""
    api = gateway.create_rest_api(name="orders", endpointConfiguration={"types": ["REGIONAL"]})["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    pets = gateway.create_resource(restApiId=api, parentId=root, pathPart="pets")["id"]
    pet = gateway.create_resource(restApiId=api, parentId=pets, pathPart="{petId}")["id"]
    for resource in (pets, pet):
        gateway.put_method(restApiId=api, resourceId=resource, httpMethod="GET", authorizationType="NONE")
        gateway.put_integration(restApiId=api, resourceId=resource, httpMethod="GET", type="MOCK")
    deployment = gateway.create_deployment(restApiId=api)["id"]
    for stage in [*FORMATS, "silent"]:
        gateway.create_stage(restApiId=api, stageName=stage, deploymentId=deployment)
    for stage, text in FORMATS.items():
        changes = {"destinationArn": ARN.format(GROUPS[stage]), "format": text}
        operations = [
            {"op": "replace", "path": f"/accessLogSettings/{name}", "value": value}
            for name, value in changes.items()
        ]
        gateway.update_stage(restApiId=api, stageName=stage, patchOperations=operations)
    return api


def line(stage, api, number, at_ms):
    """A line of a stage, and its endpoint."""
    route, size = ROUTES[number % 2], 1000 + number % 7
    values = {
        "extendedRequestId": f"{stage}{number}=", "requestTimeEpoch": at_ms, "apiId": api, "stage": stage,
        "httpMethod": "GET", "resourcePath": route, "status": 200, "error.responseType": "-", "responseLength": size,
    }
    text = FORMATS[stage]
    for name in sorted(values, key=len, reverse=True):
        text = text.replace(f"$context.{name}", str(values[name]))
    return text, route, size


def events(base, api, hours, late):
    """What was logged by then: stage, time, text, route, size."""
    found = []
    for index, stage in enumerate(FORMATS):
        for hour in range(hours):
            for n in range(40 + 10 * index):
                number = hour * 1000 + n
                at = base + hour * HOUR + n * 31_000
                found.append((stage, at, *line(stage, api, number, at)))
        for hour in range(hours - 1 if late else 0):
            for n in range(3):
                number = hour * 1000 + 500 + n
                at = base + hour * HOUR + 3_500_000 + n
                found.append((stage, at, *line(stage, api, number, at)))
    return found


def put(logs, name, found):
    """Puts events into a stream of their own in each group."""
    for group in (SHARED, OWN):
        batch = sorted((at, text) for stage, at, text, _, _ in found if GROUPS[stage] == group)
        logs.create_log_stream(logGroupName=group, logStreamName=name)
        logs.put_log_events(
            logGroupName=group, logStreamName=name,
            logEvents=[{"timestamp": at, "message": text} for at, text in batch],
        )


def answer(found, **more):
    """What an analysis has to find."""
    requests, sizes = Counter(), Counter()
    for stage, _, _, route, size in found:
        requests[stage, route] += 1
        sizes[stage, route] += size
    endpoints = [[*key, requests[key], sizes[key]] for key in sorted(requests)]
    print(json.dumps({"events": len(found), "endpoints": endpoints, **more}))


def main():
    url, step, *rest = sys.argv[1:]
    gateway, logs = clients(url)
    if step == "first":
        base = int(time.time() * 1000) // HOUR * HOUR - 6 * HOUR
        api = set_up(gateway)
        for group in (SHARED, OWN):
            logs.create_log_group(logGroupName=group)
        found = events(base, api, 3, late=False)
        # The last hour is half over when it is read first.
        put(logs, "first", [event for event in found if event[1] < base + 5 * HOUR // 2])
        answer([event for event in found if event[1] < base + 5 * HOUR // 2], base_ms=base, api=api)
    else:
        base, api = int(rest[0]), rest[1]
        before = [event for event in events(base, api, 3, late=False) if event[1] < base + 5 * HOUR // 2]
        found = events(base, api, 4, late=True)
        new = [event for event in found if event not in before]
        put(logs, "late", new)
        answer(found, new_events=len(new))


if __name__ == "__main__":
    main()
