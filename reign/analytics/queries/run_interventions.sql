-- What a person was asked about the run $run_id, the oldest first.
SELECT i.op_id, o.address, i.reason, i.status, i.created_at, i.resolved_at, i.resolved_by, i.note
FROM interventions i LEFT JOIN (SELECT op_id, address FROM operations) o USING (op_id)
WHERE i.run_id = $run_id
ORDER BY i.created_at, i.op_id
