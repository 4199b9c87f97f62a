-- Who runs elections. Officers sign in with a local password (argon2id); GitHub
-- login comes later. Sessions are the hash of a cookie, nothing a thief can use.

create table officer (
    officer_id    bigint      generated always as identity primary key,
    github_id     bigint      not null constraint officer_github_id_key unique,
    login         text        not null,
    employer      text        not null,
    -- PHC string; parameters travel with it.
    password_hash text        not null,
    created_at    timestamptz not null
);
create unique index officer_login_key on officer (lower(login));

create table session (
    token_sha256 bytea       primary key,
    officer_id   bigint      not null references officer (officer_id) on delete cascade,
    created_at   timestamptz not null,
    expires_at   timestamptz not null
);
-- Expired sessions are swept.
create index session_expires_at on session (expires_at);
