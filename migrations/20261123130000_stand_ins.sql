-- Hours from before 2015 name people, and those of 2012 repositories, without
-- their numbers. Each such name has a stand-in: a row with a number below zero,
-- made from the name in lower case. Whose it was follows from everything seen, in
-- any order: of the accounts (or repositories) that existed by the end of 2014 and
-- were ever seen under the name, the one seen first. Who takes over a freed name
-- later has a higher number or was seen later, and does not get the old facts.

comment on column actor.actor_id is 'GitHub''s number; below zero a stand-in for a login of before 2015.';
comment on column actor.person_id is
    'Derived: the alias of the account, or of the account that a stand-in stands for; else itself.';

alter table repo add column same_as bigint null;
comment on column repo.repo_id is 'GitHub''s number; below zero a stand-in for a name of before 2015.';
comment on column repo.same_as is 'Derived, of stand-ins only: the repository that it stands for.';
-- A filter on a repository takes in its stand-ins.
create index repo_same_as on repo (same_as) where same_as is not null;
-- A filter on an organisation takes in what was only seen when none was named.
create index repo_owner_of_none on repo (split_part(lower(name), '/', 1)) where org_id is null;

create table alias (
    actor_id  bigint constraint alias_pkey primary key,
    -- The account whose person this is; never one that is an alias itself.
    person_id bigint not null,
    constraint alias_not_itself check (actor_id <> person_id)
);
comment on table alias is 'An officer''s word that two accounts are one person; holds before either was seen.';
create index alias_person on alias (person_id);

create table opt_out (
    actor_id bigint      constraint opt_out_pkey primary key,
    since    timestamptz not null
);
comment on table opt_out is
    'People who are not to be named: absent from lists, searches and exports of people, counted in every total.';
