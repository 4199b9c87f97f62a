-- Commits, from the copies of repositories. A commit names people by name and
-- address, as they pleased; both are claims. So a commit's facts belong to a
-- stand-in for that name and address in that repository, and whose it is follows
-- from everything seen, in any order: from the repository's mailmap, then from
-- GitHub's own addresses, then from an officer's alias. Addresses are not kept:
-- a stand-in's number is made from the address as GH Archive serves it (SHA-1 of the
-- part before the @), in lower case, so that the archive could give the same one.

insert into fact_kind (kind, name, contribution) values
    -- key_a, key_b                                of each kind
    (30, 'commit',             false),  -- repository, first 8 bytes of the sha; by its author
    (31, 'commit_committed',   false),  -- as commit; by its committer
    (32, 'commit_co_authored', false);  -- repository, hash (sha, address); one for each co-author

create table git_address (
    -- The stand-in of the address.
    actor_id bigint constraint git_address_pkey primary key,
    -- Of 123+login@users.noreply.github.com: the number.
    account  bigint null,
    -- Of login@users.noreply.github.com, and of login/branch that was merged: the
    -- login, in lower case. It is whose account was first seen under it.
    login    text   null
);
-- Who becomes known takes up their addresses.
create index git_address_account on git_address (account) where account is not null;
create index git_address_login on git_address (login) where login is not null;

create table git_author (
    -- The stand-in of a name and address in a repository: the actor of its facts.
    actor_id bigint constraint git_author_pkey primary key,
    repo_id  bigint not null,
    -- git_address.actor_id
    address  bigint not null,
    -- Hash of the name, in lower case: a mailmap may tell two people of one address apart.
    name     bigint not null
);
create index git_author_address on git_author (address);
create index git_author_repo on git_author (repo_id);

create table git_mailmap (
    repo_id bigint not null,
    -- git_address.actor_id of the address as committed.
    address bigint not null,
    -- As git_author.name; 0 for any.
    name    bigint not null,
    -- git_address.actor_id of the proper address.
    meant   bigint not null,
    constraint git_mailmap_pkey primary key (repo_id, address, name)
);
comment on table git_mailmap is 'The .mailmap of the newest head that was read of each repository.';

create table git_reading (
    repo_id     bigint      not null,
    -- SHA-256 over the head, the tips, the shallow boundary and `since`: the same again is passed over.
    digest      bytea       not null,
    -- The tip of the default branch, and when it was committed.
    head        text        null,
    head_at     timestamptz null,
    tips        integer     not null,
    -- Commits that can be reached from the tips and are not before `since`; and those
    -- among them with several parents, and with something that could not be read.
    commits     integer     not null,
    merges      integer     not null,
    bad_commits integer     not null,
    -- First and last instant at which one was committed.
    first_at    timestamptz null,
    last_at     timestamptz null,
    -- The copy does not reach back to the beginning: its oldest commits lack their parents.
    shallow     boolean     not null,
    -- Nothing committed before was taken; null is everything.
    since       timestamptz null,
    -- Version of the reader: a newer one reads a known copy again.
    reader      smallint    not null,
    read_at     timestamptz not null,
    constraint git_reading_pkey primary key (repo_id, digest)
);
comment on table git_reading is 'The ledger of git: a row for each state of a repository that was read whole.';

create table git_quarantine (
    repo_id bigint not null,
    sha     text   not null,
    -- What could not be read of the commit, or was clipped.
    reason  text   not null,
    constraint git_quarantine_pkey primary key (repo_id, sha, reason)
);
