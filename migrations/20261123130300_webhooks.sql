-- What GitHub sends by itself: a hint that arrives within seconds, never the only
-- source. A delivery is noted under its id before anything is made of it, so a
-- replay has no effect; its body is dropped once its facts are in.

create table webhook_delivery (
    delivery_id text        primary key,
    event       text        not null,
    action      text        null,
    -- Null once it was read without a problem, or holds nothing that counts.
    body        text        null,
    received_at timestamptz not null,
    -- queued: waits for the worker. fact: gave facts. hint: its kind is counted from
    -- another source. unknown: an event of a kind this version does not know, kept.
    -- refused: it could not be read; see unread.
    state       text        not null constraint webhook_delivery_state
                check (state in ('queued', 'fact', 'hint', 'unknown', 'refused')),
    constraint webhook_delivery_body check (state not in ('queued', 'unknown') or body is not null)
);
-- The data page counts them by event and state.
create index webhook_delivery_received on webhook_delivery (received_at);
