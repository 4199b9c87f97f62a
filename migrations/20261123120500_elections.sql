-- An election and its life. The phase is never stored: it is computed from these
-- instants and the clock by one function, src/election/phase.rs.

create table election (
    election_id          bigint      generated always as identity primary key,
    slug                 text        not null constraint election_slug_key unique,
    title                text        not null,
    organisation         text        not null,
    description          text        not null,
    seats                smallint    not null,
    -- How strong a victory is, and what a blank means: part of the published rules.
    strength             text        not null,
    blank                text        not null,
    -- The eligibility rule as TOML, as written.
    rule                 text        not null,
    nominations_open_at  timestamptz null,
    nominations_close_at timestamptz null,
    opens_at             timestamptz not null,
    closes_at            timestamptz not null,
    created_at           timestamptz not null,
    announced_at         timestamptz null,
    -- The definition as canonical JSON, and its SHA-256, fixed when the officer freezes it.
    frozen_at            timestamptz null,
    definition           text        null,
    definition_sha256    bytea       null,
    -- X25519 public half of the seal key; the private half is a file, never a row.
    seal_public          bytea       null,
    -- roll.lock, byte for byte, and its SHA-256; null while the roll may change.
    roll_lock            text        null,
    roll_sha256          bytea       null,
    -- Finished step of the close sequence: see src/election/close.rs.
    close_step           text        null,
    closed_at            timestamptz null,
    certified_at         timestamptz null,
    published_at         timestamptz null,
    archived_at          timestamptz null,
    cancelled_at         timestamptz null,
    constraint election_slug_form check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    constraint election_seats_positive check (seats > 0),
    constraint election_strength check (strength in ('winning-votes', 'margins', 'wl')),
    constraint election_blank check (blank in ('last', 'no-opinion')),
    constraint election_close_step check (close_step in ('stopped', 'rewritten', 'dropped', 'key-destroyed')),
    constraint election_dates_in_order check (
        opens_at < closes_at
        and (nominations_open_at is null) = (nominations_close_at is null)
        and (nominations_open_at is null or nominations_open_at < nominations_close_at)
        and (nominations_close_at is null or nominations_close_at <= opens_at)),
    constraint election_frozen_whole check (
        (frozen_at is null) = (definition is null)
        and (frozen_at is null) = (definition_sha256 is null)
        and (frozen_at is null) = (seal_public is null)
        and (roll_lock is null) = (roll_sha256 is null)),
    constraint election_steps_in_order check (
        (closed_at is null or frozen_at is not null)
        and (certified_at is null or closed_at is not null)
        and (published_at is null or certified_at is not null))
);

create table election_log (
    election_id bigint      not null references election (election_id),
    seq         integer     not null,
    at          timestamptz not null,
    -- Who did it: an officer's login, 'operator' or 'hustings'.
    actor       text        not null,
    event       text        not null,
    detail      text        not null,
    constraint election_log_pkey primary key (election_id, seq)
);
comment on table election_log is 'Append-only and public. A cast never writes here.';
create function election_log_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the election log is append-only' using errcode = 'restrict_violation';
end $$;
create trigger election_log_append_only before update or delete on election_log
    for each row execute function election_log_is_append_only();

create table candidate (
    candidate_id  bigint      generated always as identity primary key,
    election_id   bigint      not null references election (election_id),
    -- Null for a candidate named in a file without an account.
    github_id     bigint      null,
    login         text        null,
    name          text        not null,
    employer      text        not null,
    -- Markdown as written; sanitised when shown.
    bio           text        not null,
    nominated_by  text        not null,
    nominated_at  timestamptz not null,
    accepted_at   timestamptz null,
    withdrawn_at  timestamptz null,
    -- SHA-256 of the acceptance link's token; set when the mail is sent.
    accept_sha256 bytea       null constraint candidate_accept_key unique,
    constraint candidate_once unique (election_id, github_id)
);
-- Two candidates cannot be told apart by the same name; those who were only asked have none yet.
create unique index candidate_name_once on candidate (election_id, lower(name)) where accepted_at is not null;
create index candidate_election on candidate (election_id);
