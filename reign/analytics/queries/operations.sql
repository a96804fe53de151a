-- What one run did, in the order in which it began, with the last error's words.
SELECT o.op_id, o.address, o.action, o.status, o.attempts, o.queued_s, o.started_at, o.duration_s, o.error_kind, e.message
FROM operations o
LEFT JOIN (SELECT op_id, arg_max(message, n) AS message FROM attempts WHERE error_kind IS NOT NULL GROUP BY op_id) e
  USING (op_id)
WHERE o.run_id = $run_id
ORDER BY o.started_at NULLS LAST, o.address
