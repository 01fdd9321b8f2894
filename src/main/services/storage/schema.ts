/**
 * Every step from an empty file to what this version works with; `user_version` counts those that were made. A
 * step that was released is never changed: a file out there has it already.
 *
 * Times are milliseconds since the epoch, flags are 0 or 1, devices and ids are text in canonical form.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE contacts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    note TEXT NOT NULL,
    favourite INTEGER NOT NULL CHECK (favourite IN (0, 1)),
    sees_presence INTEGER NOT NULL CHECK (sees_presence IN (0, 1)),
    -- Digest of the picture: says whether it is another one without reading it.
    picture TEXT,
    added_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    -- Removed, but it can still be taken back; gone for good at the next start.
    removed_at INTEGER
  ) STRICT, WITHOUT ROWID;

  -- Apart, so that the list of contacts is read without stepping over the pictures.
  CREATE TABLE pictures (
    contact TEXT PRIMARY KEY REFERENCES contacts (id) ON DELETE CASCADE,
    bytes BLOB NOT NULL
  ) STRICT;

  CREATE TABLE blocked (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE calls (
    row INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL UNIQUE,
    peer TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('incoming', 'outgoing')),
    video INTEGER NOT NULL CHECK (video IN (0, 1)),
    at INTEGER NOT NULL,
    seconds INTEGER NOT NULL,
    end_reason TEXT,
    device TEXT,
    count INTEGER NOT NULL CHECK (count > 0),
    missed INTEGER NOT NULL CHECK (missed IN (0, 1)),
    unseen INTEGER NOT NULL CHECK (unseen IN (0, 1))
  ) STRICT;
  CREATE INDEX calls_by_time ON calls (at, row);
  CREATE INDEX calls_by_peer ON calls (peer, at, row);
  CREATE INDEX missed_by_time ON calls (at, row) WHERE missed = 1;
  CREATE INDEX missed_by_peer ON calls (peer, at, row) WHERE missed = 1;
  CREATE INDEX unseen_by_peer ON calls (peer) WHERE unseen = 1;

  -- Calls that have no row of their own: counted in another row, or (row is null) deleted by the person. No
  -- foreign key: with one, emptying the table of calls would visit every row.
  CREATE TABLE known_calls (
    call_id TEXT PRIMARY KEY,
    row INTEGER
  ) STRICT;
  CREATE INDEX known_by_row ON known_calls (row) WHERE row IS NOT NULL;

  CREATE TABLE own_devices (
    device_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    platform TEXT NOT NULL,
    last_seen INTEGER NOT NULL,
    -- Was given its name here and has not taken it yet.
    rename_due INTEGER NOT NULL DEFAULT 0 CHECK (rename_due IN (0, 1)),
    -- Stays for the sake of its name in the history.
    signed_out INTEGER NOT NULL DEFAULT 0 CHECK (signed_out IN (0, 1))
  ) STRICT, WITHOUT ROWID;

  -- Single numbers worth keeping.
  CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- A block that was lifted stays as a row, so that no other computer of the person brings it back.
  ALTER TABLE blocked ADD COLUMN lifted INTEGER NOT NULL DEFAULT 0 CHECK (lifted IN (0, 1));
  -- By this computer's clock; \`at\` only says which of two changes is the later one, on whichever computer.
  ALTER TABLE blocked ADD COLUMN known_at INTEGER NOT NULL DEFAULT 0;
  UPDATE blocked SET known_at = at;
  `,
  `
  -- How the last calls went on the network. Goes with the call (removeCalls.ts), without a foreign key for the same
  -- reason as above.
  CREATE TABLE recordings (
    call_id TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    seconds INTEGER NOT NULL,
    -- JSON (shared/call/recording.ts), gzip.
    body BLOB NOT NULL
  ) STRICT;
  `,
  `
  -- Of a deleted call: how many its row counted, for the marks of the other devices (seenCalls.ts). Of rows deleted
  -- before this was kept it is not known.
  ALTER TABLE known_calls ADD COLUMN count INTEGER NOT NULL DEFAULT 1 CHECK (count > 0);
  `,
];
