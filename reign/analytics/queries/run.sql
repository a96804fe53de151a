-- One run, everything that is known of it. No row: there is no such run.
SELECT * FROM runs WHERE run_id = $run_id
