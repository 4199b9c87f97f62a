-- Work for later, and mail to be sent. Enqueued in the transaction that causes
-- it; done outside of it.

create table job (
    job_id       bigint      generated always as identity primary key,
    kind         text        not null,
    payload      jsonb       not null,
    -- At most one waiting job with this key; null for no limit.
    unique_key   text        null constraint job_unique_key unique,
    run_at       timestamptz not null,
    attempts     integer     not null default 0,
    -- A worker that dies loses its lease; the job is then taken by another.
    leased_until timestamptz null,
    last_error   text        null
);
-- The claim: due jobs, oldest first.
create index job_due on job (run_at);

create table mail (
    mail_id      bigint      generated always as identity primary key,
    election_id  bigint      not null,
    -- invitation, reminder, nomination, results
    kind         text        not null,
    -- The recipient on this election's roll; the address stays there.
    github_id    bigint      not null,
    -- Stable: a mail sent twice is one mail to the recipient's program.
    message_id   text        not null constraint mail_message_id_key unique,
    state        text        not null,
    last_error   text        null,
    changed_at   timestamptz not null,
    constraint mail_kind check (kind in ('invitation', 'reminder', 'nomination')),
    -- reminded: the one end state of every reminder, sent or not needed alike,
    -- with the day as its time.
    constraint mail_state check (state in ('queued', 'sent', 'deferred', 'failed', 'reminded'))
);
comment on table mail is 'The outbox. No token and no body is stored: both are made again when it is sent.';
create index mail_election on mail (election_id, kind, state);
