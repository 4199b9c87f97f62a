-- What the API has told us and where to go on. A page's facts, its cursor and its
-- ETag are committed together, so a run that is killed goes on where it was; the
-- limits outlive it too, so the next one does not ask before it may.

create table api_cursor (
    -- The repository; 0 for a stream of an organisation.
    repo_id    bigint      not null,
    -- The organisation (or user) of such a stream; 0 otherwise.
    org_id     bigint      not null,
    -- issues, issue_events, issue_comments, review_comments, commit_comments,
    -- releases, reviews, events, members
    stream     text        not null,
    -- The address of the next page (of reviews: GraphQL's cursor).
    address    text        not null,
    -- The first page of a pass, and its ETag: not sent again while unchanged.
    start      text        null,
    etag       text        null,
    -- The highest id of the last whole pass: a list of newest first is read down to it.
    mark       bigint      not null default 0,
    -- The highest id of the pass that is under way.
    top        bigint      not null default 0,
    -- Nothing older was asked for; null is everything.
    floor      timestamptz null,
    -- When the end of the list was last reached.
    whole_at   timestamptz null,
    -- GitHub asks to leave the address alone until then.
    not_before timestamptz null,
    read_at    timestamptz not null,
    constraint api_cursor_pkey primary key (repo_id, org_id, stream),
    constraint api_cursor_one_subject check ((repo_id = 0) <> (org_id = 0))
);

create table api_pacing (
    -- The interface's base address.
    api           text        not null,
    -- rest or graphql: each has a budget of its own.
    resource      text        not null constraint api_pacing_resource check (resource in ('rest', 'graphql')),
    -- Requests an hour, what is left of them, and when they are counted anew.
    quota         integer     null,
    remaining     integer     null,
    reset_at      timestamptz null,
    paused_until  timestamptz null,
    -- primary: used up; secondary: too much at once; reserve: the last tenth is left to others.
    cause         text        null constraint api_pacing_cause check (cause in ('primary', 'secondary', 'reserve')),
    -- Refusals in a row that did not say for how long; each doubles the pause.
    strikes       integer     not null default 0,
    -- Pages answered, and those of them that cost nothing because of their ETag.
    answered      bigint      not null default 0,
    unchanged     bigint      not null default 0,
    constraint api_pacing_pkey primary key (api, resource)
);

create table org_member (
    org_id     bigint not null,
    actor_id   bigint not null,
    first_seen date   not null,
    last_seen  date   not null,
    constraint org_member_pkey primary key (org_id, actor_id),
    constraint org_member_in_order check (first_seen <= last_seen)
);
comment on table org_member is 'Whom the API named as members of an organisation, and between which days.';

create table unread (
    -- The bit of the source, as in fact.sources.
    source  smallint    not null,
    -- SHA-256 of the body: the same one twice is one row.
    digest  bytea       not null,
    -- Where it stood, e.g. 'a/b issues' or a delivery's event.
    place   text        not null,
    reason  text        not null,
    body    text        not null,
    seen_at timestamptz not null,
    constraint unread_pkey primary key (source, digest)
);
comment on table unread is 'What a source other than the archive said and this version cannot read, whole, for a later one.';
