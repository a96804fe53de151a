-- Every try of the run $run_id, in the order in which they began.
SELECT a.op_id, o.address, a.n, a.started_at, a.duration_s, a.outcome, a.error_kind, a.message, a.wait_s
FROM attempts a JOIN operations o USING (op_id)
WHERE o.run_id = $run_id
ORDER BY a.started_at NULLS LAST, o.address, a.n
