-- The SQL contract, version 1 (commands.md): columns are only ever added, at the end. All times are TIMESTAMP in UTC.
-- `told` holds the tables of the store, with the journal's tail behind them. What nothing feeds yet is empty, or NULL.

CREATE VIEW reign.runs AS
  SELECT run_id, project, env, command, status, started_at, finished_at, duration_s, actor, host, ci_url, git_sha,
    git_branch, config_digest, serial, added, changed, destroyed, failed, skipped, message
  FROM told.runs;

CREATE VIEW reign.phases AS
  SELECT run_id, name, status, started_at, finished_at, message
  FROM told.phases;

CREATE VIEW reign.operations AS
  SELECT run_id, op_id, address, type, provider, action, status, attempts, queued_s, started_at, finished_at,
    duration_s, error_kind, fingerprint, recovery, NULL::DOUBLE AS forecast_s,
    NULL::DOUBLE AS forecast_fail
  FROM told.operations;

CREATE VIEW reign.attempts AS
  SELECT op_id, n, started_at, duration_s, outcome, error_kind, message, fingerprint, NULL::VARCHAR AS strategy, wait_s
  FROM told.attempts;

CREATE VIEW reign.resources AS
  SELECT address, type, provider, external_id, status, spec, outputs, depends_on, tainted, protected, created_run,
    updated_run, created_at, updated_at
  FROM told.resources;

CREATE VIEW reign.resource_history AS
  SELECT address, serial, run_id, action, spec, outputs, "at"
  FROM told.resource_history;

CREATE VIEW reign.checkpoints AS
  SELECT checkpoint_id, name, description, created_at, serial, resources, head AS digest
  FROM told.checkpoints;

CREATE VIEW reign.drift AS
  SELECT run_id, address, path, recorded, observed, seen_at
  FROM told.drift;

CREATE VIEW reign.findings AS
  SELECT run_id, code, severity, address, file, line, summary, status, NULL::TIMESTAMP AS resolved_at
  FROM told.findings;

CREATE VIEW reign.artifacts AS
  SELECT NULL::VARCHAR AS run_id, NULL::VARCHAR AS op_id, NULL::VARCHAR AS name, NULL::VARCHAR AS path,
    NULL::VARCHAR AS sha256, NULL::BIGINT AS bytes, NULL::TIMESTAMP AS created_at
  WHERE false;

CREATE VIEW reign.interventions AS
  SELECT run_id, op_id, reason, status, created_at, resolved_at, resolved_by, note
  FROM told.interventions;

CREATE VIEW reign.errors AS
  SELECT fingerprint, any_value(template) AS template, any_value(error_kind) AS kind, any_value(type) AS type,
    min(coalesce(a.finished_at, a.started_at)) AS first_seen, max(coalesce(a.finished_at, a.started_at)) AS last_seen,
    count(*) AS occurrences
  FROM told.attempts a LEFT JOIN (SELECT op_id, type FROM told.operations) USING (op_id)
  WHERE fingerprint IS NOT NULL
  GROUP BY fingerprint;

CREATE VIEW reign.solutions AS
  SELECT NULL::VARCHAR AS fingerprint, NULL::VARCHAR AS solution, NULL::VARCHAR AS origin, NULL::BIGINT AS support,
    NULL::DOUBLE AS success_rate, NULL::TIMESTAMP AS created_at
  WHERE false;

CREATE VIEW reign.events AS
  SELECT run_id, seq, "at", kind, address, op_id, data
  FROM told.events;
