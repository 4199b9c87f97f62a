-- How much of each day we have, in one row a filter and day: every page and every
-- export says how complete its numbers are, over ten years too, and 90,000 rows of
-- the ledger are too many to add up each time. Kept in the transaction that writes
-- the ledger.

create table archive_day (
    -- In UTC, whatever the hours' files are named by.
    day   date      not null,
    scope text      not null,
    -- Of each of the 24 hours the lines of its file; null while the hour is not done.
    lines integer[] not null,
    -- The types of their events, and how many of each: a type may vanish alone.
    types  text[]    not null default '{}',
    events integer[] not null default '{}',
    constraint archive_day_pkey primary key (day, scope),
    constraint archive_day_hours check (cardinality(lines) = 24)
);
comment on table archive_day is 'archive_hour by day; a day is here as soon as one of its hours was looked for.';

with hours as (
    select scope, hour + behind * interval '1 hour' as hour, max(lines) filter (where status = 'done') as lines
    from archive_hour group by 1, 2
), types as (
    select scope, day, array_agg(event_type order by event_type) as types, array_agg(n order by event_type) as events
    from (select scope, date_trunc('day', h.hour + h.behind * interval '1 hour', 'UTC') as day, event_type,
                 sum(t.events)::integer as n
          from archive_hour_type t join archive_hour h using (hour, scope)
          where h.status = 'done' group by 1, 2, 3) t
    group by 1, 2
), days as (
    select distinct scope, date_trunc('day', hour, 'UTC') as day from hours
)
insert into archive_day (day, scope, lines, types, events)
select (d.day at time zone 'UTC')::date, d.scope, array_agg(h.lines order by n), coalesce(t.types, '{}'), coalesce(t.events, '{}')
from days d
cross join generate_series(0, 23) n
left join hours h on h.scope = d.scope and h.hour = d.day + n * interval '1 hour'
left join types t on t.scope = d.scope and t.day = d.day
group by d.day, d.scope, t.types, t.events;
