-- Where work happens. Repositories and organisations are numeric ids too, so a
-- renamed repository keeps counting.

create table org (
    org_id    bigint primary key,
    login     text   not null,
    last_seen date   not null
);
create index org_login_lower on org (lower(login));

create table repo (
    repo_id bigint primary key,
    -- owner/name of the latest sighting: greatest (last_seen, first_seen, name).
    name    text   not null,
    -- The owning organisation at that sighting; null for a user's repository.
    org_id  bigint null
);
create index repo_name_lower on repo (lower(name));
create index repo_org on repo (org_id);

create table repo_name (
    repo_id    bigint not null,
    name       text   not null,
    org_id     bigint null,
    first_seen date   not null,
    last_seen  date   not null,
    constraint repo_name_pkey primary key (repo_id, name),
    constraint repo_name_in_order check (first_seen <= last_seen)
);
create index repo_name_by_name on repo_name (lower(name));

create table repo_group (
    name    text   not null,
    repo_id bigint not null,
    constraint repo_group_pkey primary key (name, repo_id)
);
comment on table repo_group is 'Named sets of repositories (special interest groups); a repository may be in several.';
