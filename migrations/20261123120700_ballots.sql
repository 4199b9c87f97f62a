-- The ballot box. Read SECRECY.md before changing a letter: a cast writes one
-- ballot row and one unnumbered log leaf, in one statement, and nothing else,
-- anywhere. No voter id, no time, no sequence, no foreign key to a voter: the
-- obvious schema re-linked 1,000 of 1,000 voters by xmin alone.
--
-- Partitioned by election so that closing one can drop its heap, dead versions
-- and index and all, after ballots and log were rewritten: without their keys,
-- and in an order that does not tell when anything was cast.

create table ballot (
    election_id bigint not null,
    -- HMAC(token, "ballot" || election id): unique per link, derivable only from it.
    ballot_key  bytea  not null,
    -- RFC 6962 leaf hash of `sealed`: the voter's receipt.
    leaf        bytea  not null,
    -- The leaf this ballot took the place of, if it did.
    replaced    bytea  null,
    -- The ranking, padded and encrypted to the election's seal key.
    sealed      bytea  not null,
    constraint ballot_pkey primary key (election_id, ballot_key)
) partition by list (election_id);

create table ballot_log (
    election_id bigint not null,
    leaf        bytea  not null,
    replaced    bytea  null,
    constraint ballot_log_pkey primary key (election_id, leaf)
) partition by list (election_id);
comment on table ballot_log is 'Every leaf ever acknowledged. Live leaves are those that no row names as replaced.';
-- The receipt page asks whether a leaf was replaced.
create index ballot_log_replaced on ballot_log (election_id, replaced) where replaced is not null;

create table sealed_ballot (
    election_id bigint not null,
    sealed      bytea  not null,
    constraint sealed_ballot_pkey primary key (election_id, sealed)
);
comment on table sealed_ballot is 'After the close: the ballots without their keys, written in order of ciphertext.';

create table counted_ballot (
    election_id bigint     not null,
    -- Rank by candidate, in the order of the definition; 0 is no opinion.
    ranks       smallint[] not null,
    ballots     integer    not null,
    constraint counted_ballot_pkey primary key (election_id, ranks),
    constraint counted_ballot_positive check (ballots > 0)
);
comment on table counted_ballot is 'The opened ballots, identical ones merged, written in order of their ranks.';
