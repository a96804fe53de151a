-- How runs ended that began at $since or later (all, where it is NULL), by command and status, and how long they worked;
-- success is the part of those of the command that are over and completed.
SELECT command, status, count(*) AS runs,
  round(count(*) FILTER (status = 'completed')
    / sum(count(*) FILTER (status IN ('completed', 'failed', 'aborted'))) OVER (PARTITION BY command), 4) AS success,
  quantile_cont(duration_s, 0.5) AS p50_s, quantile_cont(duration_s, 0.95) AS p95_s, quantile_cont(duration_s, 0.99) AS p99_s
FROM runs
WHERE $since IS NULL OR started_at >= $since
GROUP BY command, status
ORDER BY command, status
