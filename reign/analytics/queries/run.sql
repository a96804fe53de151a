-- The runs whose id is $run_id, or begins like it, everything that is known of each. No row: there is no such run.
SELECT * FROM runs
WHERE run_id = $run_id OR (starts_with(run_id, $run_id) AND NOT EXISTS (SELECT 1 FROM runs WHERE run_id = $run_id))
ORDER BY run_id
