-- Names of accounts and repositories are compared byte by byte. GitHub's are ASCII,
-- and `lower` of a text in the C collation takes a fraction of the time: half of what
-- an ingest of many new names costs went into these indexes.
alter table actor alter column login type text collate "C";
alter table actor_login alter column login type text collate "C";
alter table repo alter column name type text collate "C";
alter table repo_name alter column name type text collate "C";

-- A repository is looked up among all the names it has had; only stand-ins, whose one
-- name is theirs, are looked up here.
drop index repo_name_lower;
create index repo_stand_in_name on repo (lower(name)) where repo_id < 0;
