-- Who may vote: computed from facts under the election's rule, or imported.

create table roll_entry (
    election_id   bigint  not null references election (election_id),
    github_id     bigint  not null,
    login         text    not null,
    -- Weighed contributions inside the window; null on an imported roll.
    contributions integer null,
    -- Why this person may vote, in words.
    reason        text    not null,
    -- Purged after the election; the id stays.
    email         text    null,
    constraint roll_entry_pkey primary key (election_id, github_id)
);
create index roll_entry_login on roll_entry (election_id, lower(login));

create table voter (
    election_id bigint  not null,
    github_id   bigint  not null,
    -- Raised when a link is withdrawn; part of what the token is derived from.
    generation  integer not null default 0,
    -- SHA-256("auth" || token). The token itself is in one mail and nowhere else.
    auth_sha256 bytea   not null constraint voter_auth_key unique,
    constraint voter_pkey primary key (election_id, github_id),
    constraint voter_on_roll foreign key (election_id, github_id) references roll_entry (election_id, github_id)
);
comment on table voter is 'Whose link opens a ballot. Written once when the election is frozen; no cast ever touches it.';
