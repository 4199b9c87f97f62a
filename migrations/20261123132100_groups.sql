-- Groups name repositories, and a file of groups may name one before it was seen or
-- after it was renamed. So the name is kept with the day it was written down, and a
-- repository is in a group if it was called so then. Replaces repo_group, which held
-- numbers and could only hold what had been seen.

create table group_repository (
    name       text not null,
    -- owner/name, as the file spells it.
    repository text not null,
    as_of      date not null,
    constraint group_repository_pkey primary key (name, repository)
);
comment on table group_repository is
    'Named sets of repositories (special interest groups) as of a day; a repository may be in several.';

insert into group_repository (name, repository, as_of)
select distinct on (g.name, r.name) g.name, r.name, coalesce(n.last_seen, current_date)
from repo_group g
join repo r using (repo_id)
left join repo_name n on n.repo_id = r.repo_id and n.name = r.name
order by g.name, r.name, n.last_seen desc;

drop table repo_group;
