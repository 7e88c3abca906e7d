-- The same as latency.sql for the time that the integration took.
SELECT
  {dimensions},
  integration_latency_ms,
  COUNT(*) AS requests
FROM requests
WHERE integration_latency_ms IS NOT NULL
GROUP BY
  {dimensions},
  integration_latency_ms
