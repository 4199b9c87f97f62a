-- The archive of before 2015 names its hours by Pacific time; hours come from
-- addresses too, and through pipes, which cannot say whether they are whole.

alter table archive_hour
    -- By how many hours the file's name is behind the UTC hour it is about.
    add column behind smallint not null default 0 constraint archive_hour_behind check (behind between -12 and 14),
    -- What its server called this version of it, to be asked only for a newer one.
    add column etag text null,
    drop constraint archive_hour_status,
    -- partial: read from a pipe; its facts count, but it is not covered.
    add constraint archive_hour_status check (status in ('done', 'partial', 'missing', 'failed'));
comment on column archive_hour.hour is 'As the file is named; see behind.';
