-- What we know about what we know: one row for every hour of a source we were
-- given or looked for. Coverage is computed from it and shown beside every number.

create table archive_hour (
    hour          timestamptz not null,
    -- '*' for everything, else the sorted filter, e.g. 'org:etcd-io,repo:a/b'.
    scope         text        not null,
    -- done: read whole. missing: looked for and not there. failed: there, but unreadable.
    status        text        not null constraint archive_hour_status check (status in ('done', 'missing', 'failed')),
    -- Why an hour is failed, in words.
    problem       text        null,
    sha256        bytea       null,
    bytes         bigint      not null default 0,
    lines         integer     not null default 0,
    -- Lines of this scope that were well-formed events.
    events        integer     not null default 0,
    -- Distinct event ids among them: fewer than events means repeated lines.
    ids           integer     not null default 0,
    bad_lines     integer     not null default 0,
    -- Events whose type we do not know yet: kept raw, see unknown_event.
    unknown_lines integer     not null default 0,
    -- Lines that state a fact which another line of the same hour states too.
    same_fact     integer     not null default 0,
    actors        integer     not null default 0,
    repos         integer     not null default 0,
    -- Version of the reader: a newer one reads a known file again.
    reader        smallint    not null default 0,
    read_at       timestamptz not null,
    constraint archive_hour_pkey primary key (hour, scope),
    constraint archive_hour_whole check (hour = date_trunc('hour', hour, 'UTC')),
    constraint archive_hour_done_has_sum check (status <> 'done' or sha256 is not null)
);

create table archive_hour_type (
    hour       timestamptz not null,
    scope      text        not null,
    event_type text        not null,
    events     integer     not null,
    constraint archive_hour_type_pkey primary key (hour, scope, event_type)
);
comment on table archive_hour_type is 'Lines per GitHub event type: what other tools count.';

create table quarantine (
    hour    timestamptz not null,
    scope   text        not null,
    -- 1-based, as an editor counts.
    line    integer     not null,
    reason  text        not null,
    -- The first 500 bytes, invalid UTF-8 replaced.
    excerpt text        not null,
    constraint quarantine_pkey primary key (hour, scope, line)
);

create table unknown_event (
    hour       timestamptz not null,
    scope      text        not null,
    line       integer     not null,
    event_type text        not null,
    body       text        not null,
    constraint unknown_event_pkey primary key (hour, scope, line)
);
comment on table unknown_event is 'Events of types this version cannot read, whole, for a later one.';
