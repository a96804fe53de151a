-- What was done to which resource, oldest first, in the order of the journal: the last $limit operations, or all; of one
-- run ($run_id), of an address, or of all of a block by its name ($address), and of $addresses, or of all. `message` is that of
-- the last error.
SELECT "at", run_id, address, action, status, duration_s, attempts, message FROM (
  SELECT coalesce(o.started_at, o.finished_at) AS "at", o.run_id, o.address, o.action, o.status, o.duration_s, o.attempts,
    e.message, began
  FROM operations o
  LEFT JOIN (SELECT op_id, arg_max(message, n) AS message FROM attempts WHERE error_kind IS NOT NULL GROUP BY op_id) e
    USING (op_id)
  LEFT JOIN (SELECT op_id, min(seq) AS began FROM events WHERE op_id IS NOT NULL GROUP BY op_id) s USING (op_id)
  WHERE ($run_id IS NULL OR o.run_id = $run_id)
    AND ($address IS NULL OR o.address = $address
      OR ends_with('.' || split_part(o.address, '[', 1), '.' || $address)
      OR o.address IN (SELECT unnest($addresses::VARCHAR[])))
  ORDER BY began DESC NULLS LAST, o.address DESC
  LIMIT coalesce($limit, 9223372036854775807)
)
ORDER BY began NULLS FIRST, address
