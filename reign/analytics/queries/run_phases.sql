-- The phases of the run $run_id, in the order in which they began.
SELECT name, status, started_at, finished_at, message
FROM phases
WHERE run_id = $run_id
ORDER BY started_at NULLS LAST, name
