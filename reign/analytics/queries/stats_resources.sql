-- The ten resources that most was done to, in runs that began at $since or later (all, where it is NULL), of the type $type or
-- of all.
SELECT o.address, count(*) AS n, count(*) FILTER (o.status IN ('failed', 'unknown')) AS failures,
  sum(o.duration_s) AS total_s, max(coalesce(o.started_at, o.finished_at)) AS last_at
FROM operations o JOIN runs r USING (run_id)
WHERE o.status <> 'skipped' AND ($since IS NULL OR r.started_at >= $since) AND ($type IS NULL OR o.type = $type)
GROUP BY o.address
ORDER BY n DESC, total_s DESC NULLS LAST, o.address
LIMIT 10
