-- Issues and pull requests of a repository share one dense row of numbers: one
-- that nobody has told us about is a lost fact, or is not there any more. What
-- GitHub says about such a number is kept, so that it is asked for once and then
-- no longer counts as missing.

create table absent_number (
    repo_id bigint      not null,
    number  integer     not null,
    -- deleted: GitHub has nothing there. moved: it is another repository's now.
    -- nobody: it is there, but the account that opened it is gone.
    reason  text        not null constraint absent_number_reason check (reason in ('deleted', 'moved', 'nobody')),
    told_at timestamptz not null,
    constraint absent_number_pkey primary key (repo_id, number)
);
