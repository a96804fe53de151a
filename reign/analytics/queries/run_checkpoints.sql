-- The checkpoints that the run $run_id made and that are still there.
SELECT c.checkpoint_id, c.name, c.description, c.created_at, c.serial, c.resources
FROM checkpoints c
WHERE c.checkpoint_id IN (SELECT data->>'$.id' FROM events WHERE run_id = $run_id AND kind = 'checkpoint')
ORDER BY c.created_at, c.name
