-- Elections were counted by Schulze's method alone, in tiers. An officer may now choose any method
-- of crates/tally, and Elekto's order of the seats; the spellings are checked when a definition is
-- read (src/election/definition.rs), against the list that the counting room itself has.

alter table election
    add column method     text not null default 'schulze',
    add column seat_order text not null default 'tiers';
alter table election
    alter column method     drop default,
    alter column seat_order drop default;
comment on column election.method is 'How the ballots are counted, e.g. schulze or meek-stv.';
comment on column election.seat_order is 'How the relation of Schulze''s method becomes an order: tiers or defeats.';
