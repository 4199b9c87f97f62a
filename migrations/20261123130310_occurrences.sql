-- A closing is known by the instant that the issue itself names, which every
-- source has, and no longer by that of the event, which is up to some seconds
-- later and only the archive's. The archive has a new reader and reads its hours
-- again; what it wrote under the old keys goes.

delete from activity_day where kind in (4, 5, 9, 10);
delete from fact where kind in (4, 5, 9, 10);

comment on column fact.key_b is 'See fact_kind. Of closings and reopenings, below zero while the instant is only that of an event: the fact goes when another source names the exact one, from 10 s before to 2 s after.';
