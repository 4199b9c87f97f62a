-- Where people work is said by several voices: files by number, files by login
-- (gitdm), and people themselves. What each said is kept as it was said; what counts
-- follows from all of it and from who held a login when, in any order of arrival,
-- and stands in `affiliation`. A claim that an officer accepted beats a file by
-- number, that beats a file by login; an earlier voice keeps its days.

create table affiliation_stated (
    -- Whose: an account's number, or a login in lower case that need not have been seen.
    actor_id bigint    null,
    login    text      null,
    company  text      not null,
    span     daterange not null,
    -- The day of the file: a login is who held it then.
    as_of    date      not null,
    constraint affiliation_stated_one_subject check ((actor_id is null) <> (login is null)),
    constraint affiliation_stated_login_lower check (login = lower(login)),
    constraint affiliation_stated_company check (company <> ''),
    constraint affiliation_stated_span_not_empty check (not isempty(span)),
    constraint affiliation_stated_once_by_number exclude using gist (actor_id with =, span with &&),
    constraint affiliation_stated_once_by_login exclude using gist (login with =, span with &&)
);
comment on table affiliation_stated is 'What files say of who worked where; no mail address of such a file is kept.';
-- The derivation goes from seen logins to what is said of them, and back.
create index affiliation_stated_login on affiliation_stated (login);
create index affiliation_stated_actor on affiliation_stated (actor_id);

insert into affiliation_stated (actor_id, company, span, as_of)
select actor_id, company, span, current_date from affiliation;

alter table affiliation add column stated text null;
comment on table affiliation is 'Derived from affiliation_stated, affiliation_claim, company_name: who counts for whom, by person.';
comment on column affiliation.stated is 'The company''s name as it was said, where the map of acquisitions has another; else null.';

create table affiliation_claim (
    claim_id    bigint      generated always as identity constraint affiliation_claim_pkey primary key,
    actor_id    bigint      not null,
    company     text        not null,
    span        daterange   not null,
    why         text        not null,
    -- What comes after the @ of an address that was given with it; the rest is not kept.
    mail_domain text        null,
    -- Whether the person was signed in with this account.
    verified    boolean     not null default false,
    -- waiting, accepted, or refused (also: taken back after it was accepted)
    state       text        not null default 'waiting',
    made_at     timestamptz not null,
    decided_at  timestamptz null,
    decided_by  text        null,
    reason      text        null,
    constraint affiliation_claim_state check (state in ('waiting', 'accepted', 'refused')),
    constraint affiliation_claim_decided check ((state = 'waiting') = (decided_at is null)),
    constraint affiliation_claim_sizes check (length(company) between 1 and 100 and length(why) between 1 and 500),
    constraint affiliation_claim_span_not_empty check (not isempty(span)),
    constraint affiliation_claim_one_employer_at_a_time
        exclude using gist (actor_id with =, span with &&) where (state = 'accepted')
);
comment on table affiliation_claim is 'What people say of themselves, for officers to decide.';

create table acquisition (
    -- The first that matches counts.
    place   integer constraint acquisition_pkey primary key,
    -- A regular expression on the company's name as it was said.
    pattern text    not null,
    company text    not null
);
comment on table acquisition is 'Whose people a company''s people are by now.';

create table company_name (
    stated  text constraint company_name_pkey primary key,
    company text not null
);
comment on table company_name is 'Derived: the names said so far that the map of acquisitions changes.';

create table mail_domain (
    domain  text constraint mail_domain_pkey primary key,
    company text not null,
    constraint mail_domain_lower check (domain = lower(domain))
);
comment on table mail_domain is 'Which company a mail domain is; only ever held against an address that a person gave.';

create table people_log (
    entry_id bigint      generated always as identity constraint people_log_pkey primary key,
    at       timestamptz not null,
    -- The officer's login.
    by       text        not null,
    -- The account it is about.
    actor_id bigint      not null,
    what     text        not null,
    reason   text        not null,
    constraint people_log_reason check (reason <> '')
);
comment on table people_log is 'What officers said about who people are, with the reason.';

create table people_group (
    name  text not null,
    -- In lower case; need not have been seen.
    login text not null,
    as_of date not null,
    constraint people_group_pkey primary key (name, login),
    constraint people_group_login_lower check (login = lower(login))
);
comment on table people_group is 'Named groups of people, as in an OWNERS_ALIASES file of that day.';
