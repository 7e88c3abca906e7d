-- Requests that ended with status 400 or above, by status and gateway response type.
SELECT
  {dimensions},
  status AS error_status,
  response_type,
  COUNT(*) AS requests
FROM requests
WHERE status >= 400
GROUP BY
  {dimensions},
  status,
  response_type
