//! What every count begins with.

/// A query over `counted`: the selection's facts as (actor, repository, kind, at,
/// n), whole days from the roll-up and the ends of the window from the facts.
/// Parameters 1 to 9 are the selection's; those of the query begin at 10.
macro_rules! counted {
    ($row:ident, $rest:tt, $selection:expr $(, $arg:expr)*) => {
        sqlx::query_as!(
            $row,
            r#"with counted as (
                select d.actor_id, d.repo_id, d.kind, d.day::timestamp at time zone 'UTC' as at, d.n
                from activity_day d
                where d.day >= $1 and d.day < $2
                  and d.kind = any($7)
                  and ($8::bigint[] is null or d.repo_id = any($8))
                  and ($9::text is null or exists (
                      select from actor a join affiliation w on w.actor_id = a.person_id
                      where a.actor_id = d.actor_id and w.company = $9 and w.span @> d.day))
                union all
                select f.actor_id, f.repo_id, f.kind, f.at, 1
                from fact f
                where f.at >= $3 and f.at < $4
                  and f.kind = any($7)
                  and ($8::bigint[] is null or f.repo_id = any($8))
                  and ($9::text is null or exists (
                      select from actor a join affiliation w on w.actor_id = a.person_id
                      where a.actor_id = f.actor_id and w.company = $9 and w.span @> (f.at at time zone 'UTC')::date))
                union all
                select f.actor_id, f.repo_id, f.kind, f.at, 1
                from fact f
                where f.at >= $5 and f.at < $6
                  and f.kind = any($7)
                  and ($8::bigint[] is null or f.repo_id = any($8))
                  and ($9::text is null or exists (
                      select from actor a join affiliation w on w.actor_id = a.person_id
                      where a.actor_id = f.actor_id and w.company = $9 and w.span @> (f.at at time zone 'UTC')::date))
            )
            "# + $rest,
            $selection.days.0,
            $selection.days.1,
            $selection.head.0,
            $selection.head.1,
            $selection.tail.0,
            $selection.tail.1,
            &$selection.kinds,
            $selection.repos.as_deref(),
            $selection.company.as_deref()
            $(, $arg)*
        )
    };
}
