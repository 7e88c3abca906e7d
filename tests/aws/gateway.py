"""Sets up a REST, an HTTP and a WebSocket API with what belongs to them, and prints their ids as JSON.

Arguments: the endpoint's URL and a region.
"""

import json
import sys

import boto3

FORMAT = '{"requestId":"$context.requestId","status":"$context.status"}'
GROUP = "arn:aws:logs:{}:123456789012:log-group:/aws/apigateway/{}"
FUNCTION = "arn:aws:lambda:{0}:123456789012:function:item"
INVOKE = "arn:aws:apigateway:{0}:lambda:path/2015-03-31/functions/" + FUNCTION + "/invocations"

endpoint, region = sys.argv[1:]
keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
rest, v2 = (
    boto3.client(service, region_name=region, endpoint_url=endpoint, **keys)
    for service in ("apigateway", "apigatewayv2")
)


def set_up_rest():
    api = rest.create_rest_api(
        name="orders",
        minimumCompressionSize=1024,
        endpointConfiguration={"types": ["REGIONAL"]},
        tags={"team": "checkout"},
    )["id"]
    authorizer = rest.create_authorizer(
        restApiId=api,
        name="by-token",
        type="TOKEN",
        authorizerUri=INVOKE.format(region),
        identitySource="method.request.header.Authorization",
        authorizerResultTtlInSeconds=120,
    )["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    items = rest.create_resource(restApiId=api, parentId=root, pathPart="items")["id"]
    item = rest.create_resource(restApiId=api, parentId=items, pathPart="{id}")["id"]
    rest.put_method(
        restApiId=api,
        resourceId=item,
        httpMethod="GET",
        authorizationType="CUSTOM",
        authorizerId=authorizer,
        apiKeyRequired=True,
        requestParameters={"method.request.querystring.page": False},
    )
    rest.put_integration(
        restApiId=api,
        resourceId=item,
        httpMethod="GET",
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=INVOKE.format(region),
        cacheKeyParameters=["method.request.querystring.page"],
    )
    rest.put_method(restApiId=api, resourceId=items, httpMethod="POST", authorizationType="NONE")
    rest.put_integration(
        restApiId=api,
        resourceId=items,
        httpMethod="POST",
        type="HTTP",
        integrationHttpMethod="POST",
        uri="https://user:s3cret@example.com/hook?token=s3cret",
        requestTemplates={"application/json": "{}"},
    )
    rest.put_gateway_response(restApiId=api, responseType="DEFAULT_4XX")
    deployment = rest.create_deployment(restApiId=api)["id"]
    for name in ("prod", "test"):
        rest.create_stage(
            restApiId=api,
            stageName=name,
            deploymentId=deployment,
            cacheClusterEnabled=name == "prod",
            cacheClusterSize="1.6",
            tracingEnabled=name == "prod",
            variables={"password": "s3cret"},
            tags={"stage": name},
        )
    changes = {
        "/accessLogSettings/destinationArn": GROUP.format(region, "orders"),
        "/accessLogSettings/format": FORMAT,
        "/~1items~1{id}/GET/caching/enabled": "true",
        "/~1items~1{id}/GET/caching/ttlInSeconds": "60",
        "/~1items~1{id}/GET/throttling/rateLimit": "0.5",
        "/*/*/metrics/enabled": "true",
    }
    rest.update_stage(
        restApiId=api,
        stageName="prod",
        patchOperations=[{"op": "replace", "path": path, "value": value} for path, value in changes.items()],
    )
    key = rest.create_api_key(name="a customer", value="s3cret-s3cret-s3cret-s3cret", enabled=True)["id"]
    plan = rest.create_usage_plan(
        name="gold",
        apiStages=[{"apiId": api, "stage": "prod", "throttle": {"/items/{id}/GET": {"rateLimit": 2.5, "burstLimit": 5}}}],
        throttle={"rateLimit": 200.0, "burstLimit": 100},
        quota={"limit": 5000, "period": "MONTH", "offset": 10},
    )["id"]
    rest.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    return {"rest": api, "authorizer": authorizer, "deployment": deployment, "key": key, "plan": plan}


def set_up_http():
    api = v2.create_api(
        Name="shop",
        ProtocolType="HTTP",
        CorsConfiguration={"AllowOrigins": ["https://example.com"], "MaxAge": 600},
    )["ApiId"]
    integration = v2.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION.format(region), PayloadFormatVersion="2.0"
    )["IntegrationId"]
    for number in range(30):
        v2.create_route(ApiId=api, RouteKey=f"GET /items/{number:02}", Target=f"integrations/{integration}")
    v2.create_stage(
        ApiId=api,
        StageName="$default",
        AutoDeploy=True,
        AccessLogSettings={"DestinationArn": GROUP.format(region, "shop"), "Format": FORMAT},
        DefaultRouteSettings={"ThrottlingRateLimit": 100.0, "ThrottlingBurstLimit": 50},
        RouteSettings={"GET /items/00": {"ThrottlingRateLimit": 0.5, "DetailedMetricsEnabled": True}},
        StageVariables={"password": "s3cret"},
    )
    return {"http": api, "integration": integration}


def set_up_websocket():
    api = v2.create_api(Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")["ApiId"]
    v2.create_route(ApiId=api, RouteKey="$connect", ApiKeyRequired=True)
    v2.create_stage(ApiId=api, StageName="live")
    return {"websocket": api}


print(json.dumps({**set_up_rest(), **set_up_http(), **set_up_websocket()}))
