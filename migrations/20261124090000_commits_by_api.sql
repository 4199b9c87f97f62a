-- Commits by the API. Their list is not in order of arrival: a branch that is merged
-- late brings old ones. So a pass is pinned to a head, and the next one asks for what
-- can be reached from the new head and could not from the last.

alter table api_cursor
    -- Of the stream commits, whose first page is the head of the default branch: the
    -- commit that the pass under way is pinned to, or the last whole one was.
    add column head text null;
