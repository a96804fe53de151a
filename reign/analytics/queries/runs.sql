-- The runs, newest first: the last $limit, or all.
SELECT run_id, command, status, started_at, duration_s, added, changed, destroyed, failed, skipped, actor, serial
FROM runs
ORDER BY started_at DESC, run_id
LIMIT coalesce($limit, 9223372036854775807)
