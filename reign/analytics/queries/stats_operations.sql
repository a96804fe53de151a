-- How operations went, by type and action, in runs that began at $since or later (all, where it is NULL), of the type $type
-- or of all. `retries` are the tries beyond the first. What was skipped never began, and is none.
SELECT o.type, o.action, count(*) AS n, count(*) FILTER (o.status IN ('failed', 'unknown')) AS failures,
  quantile_cont(o.duration_s, 0.5) AS p50_s, quantile_cont(o.duration_s, 0.95) AS p95_s,
  quantile_cont(o.duration_s, 0.99) AS p99_s, CAST(coalesce(sum(greatest(o.attempts - 1, 0)), 0) AS BIGINT) AS retries
FROM operations o JOIN runs r USING (run_id)
WHERE o.status <> 'skipped' AND ($since IS NULL OR r.started_at >= $since) AND ($type IS NULL OR o.type = $type)
GROUP BY o.type, o.action
ORDER BY n DESC, o.type, o.action
