-- What happened. A fact has a natural key, so the same fact from two sources is
-- one row and order of arrival never matters. The key is three small integers
-- instead of text or a hash, because its index is what an ingest waits for:
-- ids that grow with time touch the same few pages again and again.

create table fact_kind (
    kind         smallint primary key,
    name         text     not null constraint fact_kind_name_key unique,
    -- Part of the default definition of a contribution (DevStats' 7 event types).
    contribution boolean  not null
);
comment on table fact_kind is 'The kinds of fact; src/stats/kind.rs has the same list and a test compares them.';
insert into fact_kind (kind, name, contribution) values
    -- key_a, key_b                                of each kind
    ( 1, 'push',           true),   -- push id, repository
    ( 2, 'commit_comment', true),   -- comment id, 0
    ( 3, 'issue_opened',   true),   -- repository, number
    ( 4, 'issue_closed',   true),   -- repository, number · 2^33 + epoch second
    ( 5, 'issue_reopened', true),   -- as issue_closed
    ( 6, 'issue_other',    true),   -- epoch second, hash (repository, number, action, actor)
    ( 7, 'issue_comment',  true),   -- comment id, 0
    ( 8, 'pr_opened',      true),   -- repository, number
    ( 9, 'pr_closed',      true),   -- as issue_closed
    (10, 'pr_reopened',    true),   -- as issue_closed
    (11, 'pr_other',       true),   -- as issue_other
    (12, 'pr_comment',     true),   -- comment id, 0
    (13, 'review',         true),   -- review id, 0
    (14, 'review_comment', true),   -- comment id, 0
    (20, 'pr_merged',      false),  -- repository, number; the actor is the author
    (21, 'create',         false),  -- epoch second, hash (repository, actor, ref type, ref)
    (22, 'delete',         false),  -- as create
    (23, 'wiki_edit',      false),  -- epoch second, hash (repository, actor, page shas)
    (24, 'star',           false),  -- epoch second, hash (repository, actor)
    (25, 'fork',           false),  -- epoch second, hash (repository, actor, fork)
    (26, 'public',         false),  -- epoch second, hash (repository, actor)
    (27, 'member',         false),  -- epoch second, hash (repository, actor, member)
    (28, 'release',        false);  -- release id, epoch second

create table fact (
    kind     smallint    not null,
    key_a    bigint      not null,
    key_b    bigint      not null,
    at       timestamptz not null,
    actor_id bigint      not null,
    repo_id  bigint      not null,
    -- Issue or pull-request number, where the fact has one.
    number   integer     null,
    -- Who told us: 1 archive, 2 API, 4 webhook, 8 git.
    sources  smallint    not null,
    -- When we first knew; a roll is recomputed from facts first seen before its freeze.
    seen_at  timestamptz not null,
    constraint fact_pkey primary key (kind, key_a, key_b)
);
-- Windows that do not end at midnight, and recounts: small, and exact enough for hours.
create index fact_at on fact using brin (at) with (pages_per_range = 32, autosummarize = on);
-- The facts behind a person's number.
create index fact_actor_at on fact (actor_id, at);

create table activity_day (
    day      date     not null,
    actor_id bigint   not null,
    repo_id  bigint   not null,
    kind     smallint not null,
    n        integer  not null,
    -- Day first: an ingest writes a handful of days, a page reads a range of them.
    constraint activity_day_pkey primary key (day, actor_id, repo_id, kind),
    constraint activity_day_n_positive check (n > 0)
);
comment on table activity_day is 'Facts per UTC day, account, repository and kind; kept in the transaction that adds the facts.';

-- Always empty: the shape of the temporary table that COPY writes into, and what
-- the statements that read it are checked against at compile time. Ingest makes
-- its own copy, which hides this one from its connection.
create unlogged table fact_stage (
    kind     smallint not null,
    key_a    bigint   not null,
    key_b    bigint   not null,
    at       timestamptz not null,
    actor_id bigint   not null,
    repo_id  bigint   not null,
    number   integer  null
);
