-- Until when a source knows everything of a repository: what its coverage is made of.

alter table api_cursor
    -- When the pass under way began, or the last one: a list of newest first may lack
    -- what came later. whole_at is this instant of the last whole pass.
    add column pass_at timestamptz null;

alter table git_reading
    -- Until when no commit is missing: when the repository was fetched; of a folder or a
    -- bundle, whose age nobody knows, when its newest commit was put there. Null for
    -- what was read before this was kept: the next reading tells it.
    add column whole_at timestamptz null;
