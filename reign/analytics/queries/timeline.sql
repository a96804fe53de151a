-- What was done to which resource, oldest first: the last $limit operations, or all; of one run ($run_id) or of one
-- address ($address), or of all. `message` is that of the last error.
SELECT * FROM (
  SELECT coalesce(o.started_at, o.finished_at) AS "at", o.run_id, o.address, o.action, o.status, o.duration_s, o.attempts,
    e.message
  FROM operations o
  LEFT JOIN (SELECT op_id, arg_max(message, n) AS message FROM attempts WHERE error_kind IS NOT NULL GROUP BY op_id) e
    USING (op_id)
  WHERE ($run_id IS NULL OR o.run_id = $run_id) AND ($address IS NULL OR o.address = $address)
  ORDER BY "at" DESC, o.address DESC
  LIMIT coalesce($limit, 9223372036854775807)
)
ORDER BY "at", address
