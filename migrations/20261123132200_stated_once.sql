-- What a file says is by number or by login, never both: each constraint's index
-- need not hold the rows of the other kind. Half of an import was writing them.

alter table affiliation_stated
    drop constraint affiliation_stated_once_by_number,
    drop constraint affiliation_stated_once_by_login,
    add constraint affiliation_stated_once_by_number
        exclude using gist (actor_id with =, span with &&) where (actor_id is not null),
    add constraint affiliation_stated_once_by_login
        exclude using gist (login with =, span with &&) where (login is not null);
