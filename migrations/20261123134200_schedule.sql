-- When the worker last did what it does by the clock. Of several workers one at a
-- time looks, under an advisory lock that ends with its transaction: one that dies
-- leaves neither a lock nor half a round, and the next to look takes over.

create table schedule (
    -- archive, api, heal
    task text        not null constraint schedule_pkey primary key,
    -- The round that was last begun: the hour, or the day.
    slot timestamptz not null
);
