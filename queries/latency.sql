-- How often each latency occurred: percentiles are read off such counts exactly, and counts add up.
SELECT
  {dimensions},
  latency_ms,
  COUNT(*) AS requests
FROM requests
WHERE latency_ms IS NOT NULL
GROUP BY
  {dimensions},
  latency_ms
