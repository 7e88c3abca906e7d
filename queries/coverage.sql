-- Rows of the log by what CloudWatch counts apart, to hold them against its metrics: connections and
-- messages of WebSocket APIs, and requests that AWS may not count because it throttled them.
SELECT
  {dimensions},
  api_kind,
  event_type,
  COUNT(*) AS requests,
  SUM(throttled) AS throttled
FROM (
  SELECT
    {dimensions},
    api_kind,
    event_type,
    CASE WHEN status = 429 THEN 1 ELSE 0 END AS throttled
  FROM requests
) AS request
GROUP BY
  {dimensions},
  api_kind,
  event_type
