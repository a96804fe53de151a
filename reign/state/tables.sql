-- The store's tables. All but resources, checkpoints and meta are told from events alone, by projection.sql. No index, no key:
-- what is fed replaces the rows of whole runs and operations. The form of these tables is store.FORM: change both.

CREATE TABLE meta (
  form INTEGER, lineage VARCHAR, serial BIGINT, head VARCHAR,
  last_seq BIGINT, last_hash VARCHAR, -- of the last event's line, which must be in the journal's chain
  pruned_seq BIGINT -- of the last event that was pruned, and that the tables do not tell
);

CREATE TABLE events (
  run_id VARCHAR, seq BIGINT, "at" TIMESTAMP, kind VARCHAR, address VARCHAR, op_id VARCHAR, serial BIGINT, data JSON
);

CREATE TABLE runs (
  run_id VARCHAR, project VARCHAR, env VARCHAR, command VARCHAR, status VARCHAR,
  started_at TIMESTAMP, finished_at TIMESTAMP, duration_s DOUBLE,
  actor VARCHAR, host VARCHAR, ci_url VARCHAR, git_sha VARCHAR, git_branch VARCHAR, config_digest VARCHAR,
  serial BIGINT, added BIGINT, changed BIGINT, destroyed BIGINT, failed BIGINT, skipped BIGINT, message VARCHAR
);

CREATE TABLE phases (
  run_id VARCHAR, name VARCHAR, status VARCHAR, started_at TIMESTAMP, finished_at TIMESTAMP, message VARCHAR
);

CREATE TABLE operations (
  run_id VARCHAR, op_id VARCHAR, address VARCHAR, type VARCHAR, provider VARCHAR, action VARCHAR, status VARCHAR,
  attempts BIGINT, queued_s DOUBLE, started_at TIMESTAMP, finished_at TIMESTAMP, duration_s DOUBLE,
  error_kind VARCHAR, fingerprint VARCHAR, recovery VARCHAR
);

CREATE TABLE attempts (
  run_id VARCHAR, op_id VARCHAR, n BIGINT, started_at TIMESTAMP, finished_at TIMESTAMP, duration_s DOUBLE,
  outcome VARCHAR, error_kind VARCHAR, message VARCHAR, fingerprint VARCHAR, template VARCHAR, wait_s DOUBLE
);

CREATE TABLE resource_history (
  address VARCHAR, serial BIGINT, run_id VARCHAR, action VARCHAR, spec JSON, outputs JSON, "at" TIMESTAMP, seq BIGINT
);

CREATE TABLE drift (
  run_id VARCHAR, address VARCHAR, path VARCHAR, recorded JSON, observed JSON, seen_at TIMESTAMP
);

CREATE TABLE findings (
  run_id VARCHAR, code VARCHAR, severity VARCHAR, address VARCHAR, file VARCHAR, line BIGINT, summary VARCHAR,
  status VARCHAR
);

CREATE TABLE interventions (
  run_id VARCHAR, op_id VARCHAR, verb VARCHAR, reason VARCHAR, status VARCHAR, created_at TIMESTAMP,
  resolved_at TIMESTAMP, resolved_by VARCHAR, note VARCHAR
);

CREATE TABLE checkpoints (
  checkpoint_id VARCHAR, name VARCHAR, description VARCHAR, created_at TIMESTAMP, serial BIGINT, resources BIGINT,
  head VARCHAR, seq BIGINT
);

CREATE TABLE resources (
  address VARCHAR, type VARCHAR, provider VARCHAR, external_id VARCHAR, status VARCHAR, spec JSON, outputs JSON,
  depends_on VARCHAR[], tainted BOOLEAN, protected BOOLEAN, created_run VARCHAR, updated_run VARCHAR,
  created_at TIMESTAMP, updated_at TIMESTAMP
);
