-- Requests, errors and bytes by whatever dimensions: the series in which anomalies are looked for.
SELECT
  {dimensions},
  COUNT(*) AS requests,
  SUM(with_status) AS with_status,
  SUM(errors) AS errors,
  SUM(sized) AS sized,
  SUM(response_bytes) AS response_bytes
FROM (
  SELECT
    {dimensions},
    CASE WHEN status IS NOT NULL THEN 1 ELSE 0 END AS with_status,
    CASE WHEN status >= 400 THEN 1 ELSE 0 END AS errors,
    CASE WHEN response_bytes IS NOT NULL THEN 1 ELSE 0 END AS sized,
    COALESCE(response_bytes, 0) AS response_bytes
  FROM requests
) AS request
GROUP BY
  {dimensions}
