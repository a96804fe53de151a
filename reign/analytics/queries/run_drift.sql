-- What the run $run_id found to be changed outside, attribute by attribute.
SELECT address, path, recorded, observed, seen_at
FROM drift
WHERE run_id = $run_id
ORDER BY address, path
