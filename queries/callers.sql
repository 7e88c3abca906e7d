-- Who calls: requests by principal, network and what the client calls itself.
SELECT
  {dimensions},
  principal,
  client_network,
  user_agent,
  COUNT(*) AS requests
FROM requests
GROUP BY
  {dimensions},
  principal,
  client_network,
  user_agent
