-- Requests and bytes, by everything that decides what AWS bills for them.
--
-- Sizes above one increment (512 KB for HTTP APIs, 10 MB for streamed responses of REST APIs) are kept
-- apart, because each request is metered by itself; smaller ones are one increment whatever their size.
SELECT
  {dimensions},
  month,
  api_kind,
  status,
  response_type,
  response_type_logged,
  integration_reached,
  authorizer_failed,
  event_type,
  metered_response_bytes,
  metered_request_bytes,
  response_sized,
  request_sized,
  COUNT(*) AS requests,
  SUM(response_bytes) AS response_bytes,
  SUM(templated) AS templated
FROM (
  SELECT
    {dimensions},
    month,
    api_kind,
    status,
    response_type,
    response_type_logged,
    integration_status IS NOT NULL AS integration_reached,
    CASE WHEN authorizer_status < 200 OR authorizer_status > 299 THEN TRUE ELSE FALSE END AS authorizer_failed,
    event_type,
    CASE
      WHEN api_kind = 'http' AND COALESCE(response_bytes, 0) + COALESCE(request_bytes, 0) > 524288
      THEN response_bytes
      WHEN api_kind = 'rest' AND response_transfer_mode IN ('STREAM', 'STREAMED') AND response_bytes > 10485760
      THEN response_bytes
    END AS metered_response_bytes,
    CASE
      WHEN api_kind = 'http' AND COALESCE(response_bytes, 0) + COALESCE(request_bytes, 0) > 524288
      THEN request_bytes
    END AS metered_request_bytes,
    response_bytes IS NOT NULL AS response_sized,
    request_bytes IS NOT NULL AS request_sized,
    response_bytes,
    CASE WHEN route_templated THEN 1 ELSE 0 END AS templated
  FROM requests
) AS request
GROUP BY
  {dimensions},
  month,
  api_kind,
  status,
  response_type,
  response_type_logged,
  integration_reached,
  authorizer_failed,
  event_type,
  metered_response_bytes,
  metered_request_bytes,
  response_sized,
  request_sized
