-- What requests make other services do: log lines, backends, authorizers.
--
-- Lines above 5 KB, Data Firehose's increment, are kept apart, because each is rounded up by itself. An
-- authorizer whose answer was kept takes no time.
SELECT
  {dimensions},
  month,
  api_kind,
  long_line_bytes,
  COUNT(*) AS requests,
  SUM(line_bytes) AS line_bytes,
  SUM(integration_calls) AS integration_calls,
  SUM(integration_ms) AS integration_ms,
  SUM(authorizer_logged) AS authorizer_logged,
  SUM(authorizer_calls) AS authorizer_calls,
  SUM(authorizer_ms) AS authorizer_ms
FROM (
  SELECT
    {dimensions},
    month,
    api_kind,
    CASE WHEN line_bytes > 5120 THEN line_bytes END AS long_line_bytes,
    line_bytes,
    CASE WHEN integration_latency_ms IS NOT NULL THEN 1 ELSE 0 END AS integration_calls,
    COALESCE(integration_latency_ms, 0) AS integration_ms,
    CASE WHEN authorizer_latency_ms IS NOT NULL THEN 1 ELSE 0 END AS authorizer_logged,
    CASE WHEN authorizer_latency_ms > 0 THEN 1 ELSE 0 END AS authorizer_calls,
    COALESCE(authorizer_latency_ms, 0) AS authorizer_ms
  FROM requests
) AS request
GROUP BY
  {dimensions},
  month,
  api_kind,
  long_line_bytes
