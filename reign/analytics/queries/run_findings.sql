-- What the run $run_id found.
SELECT code, severity, address, file, line, summary, status
FROM findings
WHERE run_id = $run_id
ORDER BY code, file, line, summary
