-- Pages count in memory: they hold the daily roll-up, and ask here what of it was
-- written since they looked. One row says that a day was, or, without a day, that it
-- is another whom or where an account's or a repository's facts count for.
create table activity_change (
    xid xid8        not null default pg_current_xact_id(),
    day date        null,
    at  timestamptz not null default now()
);
comment on table activity_change is
    'Which days of activity_day a transaction wrote; rows older than two days may go.';
create index activity_change_xid on activity_change (xid);

create function note_other_people() returns trigger language plpgsql as $$
begin
    -- One row a transaction is enough.
    insert into activity_change
    select where not exists (select from activity_change where xid = pg_current_xact_id() and day is null);
    return null;
end $$;

create trigger affiliation_changed after insert or update or delete or truncate on affiliation
    for each statement execute function note_other_people();
create trigger opt_out_changed after insert or update or delete or truncate on opt_out
    for each statement execute function note_other_people();

-- Accounts and repositories are seen again all the time: a row only where it matters.
create trigger actor_changed after update on actor
    for each row when (old.person_id is distinct from new.person_id or old.bot is distinct from new.bot)
    execute function note_other_people();
create trigger repo_changed after update on repo
    for each row when (old.same_as is distinct from new.same_as)
    execute function note_other_people();
