-- The runs, newest first, in the order of the journal: a clock that goes back changes nothing. The last $limit, or all.
SELECT run_id, command, status, started_at, duration_s, added, changed, destroyed, failed, skipped, actor, serial
FROM runs
LEFT JOIN (SELECT run_id, min(seq) AS began FROM events GROUP BY run_id) USING (run_id)
ORDER BY began DESC NULLS LAST, run_id
LIMIT coalesce($limit, 9223372036854775807)
