-- From events to the tables that are told from them. $since is the number of the last event that was projected
-- before: every run and operation that a later one belongs to is told anew, from all of its events.
--
-- A try begins with an intent, or with the retry before it, and ends with a retry or a result. What an intent does
-- not precede (a gate that failed afterwards, a no-op) has its say in the operation's status, and is no try.

CREATE OR REPLACE TEMP MACRO address_type(address) AS
  regexp_replace(regexp_replace(address, '(?s)\[.*$', ''), '^(module\.[a-z0-9_-]+\.)*(data\.)?(.*)\.[^.]*$', '\3');

CREATE OR REPLACE TEMP MACRO masked(message) AS
  regexp_replace(regexp_replace(regexp_replace(message,
    '"[^"]*"|''[^'']*''|`[^`]*`', '*', 'g'), '\b(0x[0-9a-fA-F]+|[0-9a-fA-F]*[0-9][0-9a-fA-F]{7,}|[0-9a-fA-F]{8,})\b', '*', 'g'),
    '[0-9]+(\.[0-9]+)*', '*', 'g');

CREATE OR REPLACE TEMP MACRO fingerprint_of(kind, template) AS
  CASE WHEN kind IS NOT NULL THEN substr(sha256(kind || ' ' || coalesce(template, '')), 1, 16) END;

CREATE OR REPLACE TEMP TABLE touched AS
  SELECT DISTINCT run_id, op_id FROM events WHERE seq > $since;

CREATE OR REPLACE TEMP TABLE facts AS
  SELECT * EXCLUDE (data), CASE WHEN kind NOT IN ('result', 'recorded') THEN false WHEN snapshot IS NOT NULL THEN true
      ELSE json_exists(data, '$.snapshot') END AS holds -- the state changes, to null where the resource goes
  FROM (SELECT seq, "at", run_id, op_id, kind, address, data, unnest(from_json(data, '{
    "project": "VARCHAR", "env": "VARCHAR", "command": "VARCHAR", "actor": "VARCHAR", "host": "VARCHAR",
    "ci_url": "VARCHAR", "git_sha": "VARCHAR", "git_branch": "VARCHAR", "config_digest": "VARCHAR",
    "name": "VARCHAR", "status": "VARCHAR", "message": "VARCHAR", "duration_s": "DOUBLE",
    "added": "BIGINT", "changed": "BIGINT", "destroyed": "BIGINT", "failed": "BIGINT", "skipped": "BIGINT",
    "action": "VARCHAR", "verb": "VARCHAR", "outcome": "VARCHAR", "queued_s": "DOUBLE", "wait_s": "DOUBLE",
    "error": {"kind": "VARCHAR", "summary": "VARCHAR", "detail": "VARCHAR"},
    "previous": "VARCHAR", "snapshot": {"spec": "JSON", "outputs": "JSON"}, "reason": "VARCHAR", "by": "VARCHAR",
    "note": "VARCHAR", "recovery": "VARCHAR"}'))
  FROM events
  WHERE kind IN ('run_started', 'run_resumed', 'run_ended', 'phase_started', 'phase_ended', 'intent', 'result', 'retry',
                 'skipped', 'recorded', 'intervention')
    AND (op_id IN (SELECT op_id FROM touched WHERE op_id <> '')
         OR (op_id = '' AND run_id IN (SELECT run_id FROM touched))));

-- A run plans until its phase `execute` begins, and again when it is resumed. The figures of its last end are those of all
-- of it. One whose beginning was pruned away is not told.
DELETE FROM runs WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO runs
  SELECT f.run_id, any_value(project), any_value(env),
    any_value(command) FILTER (kind = 'run_started'), -- not that of a resume
    arg_max(CASE kind WHEN 'run_ended' THEN status WHEN 'phase_started' THEN 'executing' ELSE 'planning' END, seq),
    min("at") FILTER (kind = 'run_started'),
    CASE WHEN arg_max(kind, seq) = 'run_ended' THEN max("at") END,
    CASE WHEN arg_max(kind, seq) = 'run_ended' THEN arg_max(duration_s, seq) END,
    arg_min(actor, seq), arg_min(host, seq), arg_min(ci_url, seq), any_value(git_sha), any_value(git_branch),
    any_value(config_digest), any_value(s.serial), arg_max(added, seq), arg_max(changed, seq), arg_max(destroyed, seq),
    arg_max(failed, seq), arg_max(skipped, seq), arg_max(message, seq)
  FROM facts f
  LEFT JOIN (SELECT run_id, max(serial) AS serial FROM events
             WHERE serial IS NOT NULL AND run_id IN (SELECT run_id FROM touched) GROUP BY run_id) s USING (run_id)
  WHERE kind IN ('run_started', 'run_resumed', 'run_ended') OR (kind = 'phase_started' AND name = 'execute')
  GROUP BY f.run_id
  HAVING bool_or(kind = 'run_started');

DELETE FROM phases WHERE run_id IN (SELECT run_id FROM touched);
INSERT INTO phases
  SELECT run_id, name, CASE WHEN arg_max(kind, seq) = 'phase_started' THEN 'in_progress' ELSE arg_max(status, seq) END,
    min("at") FILTER (kind = 'phase_started'),
    CASE WHEN arg_max(kind, seq) = 'phase_ended' THEN max("at") FILTER (kind = 'phase_ended') END, arg_max(message, seq)
  FROM facts WHERE kind IN ('phase_started', 'phase_ended')
  GROUP BY run_id, name;

CREATE OR REPLACE TEMP TABLE tries AS
  WITH told AS (
    SELECT run_id, op_id, address, seq, "at", kind, verb, outcome, duration_s, wait_s, error.kind AS error_kind,
      coalesce(nullif(message, ''), error.summary || coalesce(': ' || nullif(error.detail, ''), '')) AS message
    FROM facts WHERE kind IN ('intent', 'retry', 'result')
  ), several AS MATERIALIZED (
    SELECT op_id FROM told WHERE kind <> 'intent' GROUP BY op_id HAVING count(*) > 1
  ), steps AS ( -- an order among the facts of an operation is only asked for where there is more than one try
    SELECT *, 0 AS nth, NULL AS before, verb AS of FROM told WHERE op_id NOT IN (FROM several)
    UNION ALL
    SELECT *,
      count(*) FILTER (kind <> 'intent') OVER (PARTITION BY op_id ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
      lag(kind) OVER (PARTITION BY op_id ORDER BY seq),
      last_value(verb IGNORE NULLS) OVER (PARTITION BY op_id ORDER BY seq) -- a retry does not say of which
    FROM told WHERE op_id IN (FROM several)
  ), grouped AS (
    SELECT op_id, nth, any_value(of) AS verb, arg_min(run_id, seq) AS run_id, any_value(address) AS address,
      min("at") FILTER (kind = 'intent') AS started_at, max("at") FILTER (kind <> 'intent') AS finished_at,
      arg_min(before, seq) = 'retry' AS again, max(duration_s) AS duration_s,
      CASE WHEN bool_or(kind = 'retry') THEN 'failed' ELSE any_value(outcome) END AS outcome,
      any_value(error_kind) AS error_kind, any_value(message) AS message, max(wait_s) AS wait_s
    FROM steps GROUP BY op_id, nth
  )
  SELECT *, row_number() OVER (PARTITION BY op_id ORDER BY nth) AS n,
    row_number() OVER (PARTITION BY op_id, verb ORDER BY nth) AS nth_of,
    CASE WHEN error_kind IS NOT NULL THEN masked(replace(coalesce(message, ''), address, '*')) END AS template
  FROM grouped WHERE started_at IS NOT NULL OR again;

DELETE FROM attempts WHERE op_id IN (SELECT op_id FROM touched);
INSERT INTO attempts
  SELECT run_id, op_id, n, started_at, finished_at,
    coalesce(duration_s, date_diff('microsecond', started_at, finished_at) / 1e6), outcome, error_kind, message,
    fingerprint_of(error_kind, template), template, wait_s
  FROM tries;

DELETE FROM interventions WHERE op_id IN (SELECT op_id FROM touched);
INSERT INTO interventions
  SELECT arg_min(run_id, seq), op_id, verb, arg_max(reason, seq) FILTER (status = 'open'), arg_max(status, seq) AS last,
    min("at") FILTER (status = 'open'), CASE last WHEN 'resolved' THEN max("at") FILTER (status = 'resolved') END,
    CASE last WHEN 'resolved' THEN nullif(arg_max("by", seq), '') END,
    CASE last WHEN 'resolved' THEN nullif(arg_max(note, seq), '') END
  FROM facts WHERE kind = 'intervention'
  GROUP BY op_id, verb;

DELETE FROM operations WHERE op_id IN (SELECT op_id FROM touched);
INSERT INTO operations
  SELECT run_id, op_id, address, address_type(address) AS type, split_part(type, '.', 1), action, status,
    coalesce(t.tries, 0), -- of one call: the delete and the create of a replace are two
    queued_s, started_at, finished_at, duration_s, nullif(error_kind, ''),
    CASE WHEN error_kind <> '' THEN t.fingerprint END,
    CASE WHEN op_id IN (SELECT op_id FROM interventions WHERE status = 'open') THEN 'asked' ELSE recovery END
  FROM (
    SELECT op_id, arg_min(run_id, seq) AS run_id, any_value(address) AS address, arg_max(recovery, seq) AS recovery,
      coalesce(arg_min(action, seq) FILTER (action NOT IN ('move', 'proven')), arg_min(action, seq)) AS action, -- beside them
      arg_max(CASE kind WHEN 'intent' THEN 'running' WHEN 'retry' THEN 'running' WHEN 'skipped' THEN 'skipped'
        WHEN 'recorded' THEN 'completed' ELSE CASE WHEN outcome IN ('done', 'no-op') THEN 'completed' ELSE outcome END
        END, seq) AS status,
      arg_min(queued_s, seq) AS queued_s, min("at") FILTER (kind = 'intent') AS started_at,
      CASE WHEN arg_max(kind, seq) NOT IN ('intent', 'retry') THEN max("at") END AS finished_at,
      sum(duration_s) FILTER (kind = 'result') AS duration_s,
      arg_max(coalesce(error.kind, ''), seq) FILTER (kind IN ('intent', 'result')) AS error_kind
    FROM facts
    WHERE op_id <> '' AND kind IN ('intent', 'result', 'retry', 'skipped', 'recorded')
    GROUP BY op_id)
  LEFT JOIN (SELECT op_id, max(nth_of) AS tries, arg_max(fingerprint_of(error_kind, template), n) AS fingerprint
             FROM tries GROUP BY op_id) t USING (op_id);

INSERT INTO resource_history
  SELECT e.address, r.serial, e.run_id, e.action, e.snapshot.spec, e.snapshot.outputs, e."at", e.seq
  FROM (SELECT address, run_id, action, snapshot, "at", seq FROM facts WHERE seq > $since AND holds
        UNION ALL
        SELECT previous, run_id, action, NULL, "at", seq FROM facts WHERE seq > $since AND previous IS NOT NULL) e
  LEFT JOIN (SELECT run_id, max(serial) AS serial FROM events
             WHERE serial IS NOT NULL AND run_id IN (SELECT run_id FROM touched) GROUP BY run_id) r USING (run_id);

INSERT INTO drift
  SELECT run_id, address, data->>'$.path', data->'$.recorded', data->'$.observed', "at"
  FROM events WHERE seq > $since AND kind = 'drift';

INSERT INTO findings
  SELECT run_id, data->>'$.code', data->>'$.severity', address, data->>'$.file', (data->>'$.line')::BIGINT,
    data->>'$.summary', data->>'$.status'
  FROM events WHERE seq > $since AND kind = 'finding';

DROP TABLE tries;
DROP TABLE facts;
DROP TABLE touched;
