//! For pages: repositories by a part of their name, event types that nobody knows
//! yet, and the statement that a definition means.

use sqlx::PgConnection;

use crate::stats::{Metric, Window};

/// Finds repositories by a part of their present name.
pub async fn find_repositories(db: &mut PgConnection, text: &str, limit: i64) -> sqlx::Result<Vec<String>> {
    let anywhere = text.chars().count() > 2;
    sqlx::query_scalar!(
        r#"select name from repo
           where starts_with(lower(name), lower($1)) or starts_with(split_part(lower(name), '/', 2), lower($1))
              or ($2 and position(lower($1) in lower(name)) > 0)
           order by lower(name) = lower($1) desc, split_part(lower(name), '/', 2) = lower($1) desc,
                    starts_with(lower(name), lower($1)) desc, lower(name) collate "C"
           limit $3"#,
        text,
        anywhere,
        limit
    )
    .fetch_all(db)
    .await
}

/// Event types that this version cannot read, with how many lines of them it kept.
pub async fn unknown_types(db: &mut PgConnection, window: Window) -> sqlx::Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"select event_type, count(*) as "n!" from unknown_event
           where hour >= $1 and hour < $2 group by event_type order by 2 desc, 1"#,
        window.from,
        window.to
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.event_type, row.n)).collect())
}

/// The statement a metric means, to be run by anybody on the facts:
/// `psql -v from=2016-01-01 -v to=2016-02-01`.
pub fn definition_sql(metric: &Metric) -> String {
    let kinds: Vec<_> = metric.kinds().iter().map(|kind| format!("'{}'", kind.name())).collect();
    format!(
        "select p.login, count(*)\n\
         from fact f\n\
         join fact_kind k using (kind)\n\
         join actor a using (actor_id)\n\
         join actor p on p.actor_id = a.person_id\n\
         where k.name in ({})\n\
         \x20 and f.at >= :'from' and f.at < :'to'\n\
         \x20 and not p.bot\n\
         group by p.actor_id, p.login\n\
         order by count(*) desc, lower(p.login) collate \"C\"",
        kinds.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, PgPool, Row};

    use super::*;
    use crate::stats::{Filter, Page, Reader, people};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_statement_shown_counts_what_the_page_counts(pool: PgPool) {
        let statements = [
            "insert into actor values (1, 1, 'ada', false), (2, 1, 'ada-work', false), (3, 3, 'ci-bot', true)",
            "insert into fact (kind, key_a, key_b, at, actor_id, repo_id, sources, seen_at) values
                (1, 1, 1, '2016-01-01 01:10Z', 1, 1, 1, now()), (7, 2, 0, '2016-01-01 01:10Z', 2, 1, 1, now()),
                (1, 3, 1, '2016-01-01 01:10Z', 3, 1, 1, now()), (24, 4, 1, '2016-01-01 01:10Z', 1, 1, 1, now())",
            "insert into activity_day select (at at time zone 'UTC')::date, actor_id, repo_id, kind, 1 from fact",
        ];
        for statement in statements {
            sqlx::query(statement).execute(&pool).await.unwrap();
        }
        let mut db = pool.acquire().await.unwrap();
        let window = Window::parse("2016-01-01", "2016-01-02").unwrap();
        for metric in Metric::all() {
            let ours = people(&mut Reader::alone(&mut db), &Filter::new(window, metric), 1, Page::ALL).await.unwrap();
            let ours: Vec<_> = ours.into_iter().map(|p| (p.login, p.contributions)).collect();
            let sql = definition_sql(metric).replace(":'from'", "'2016-01-01Z'").replace(":'to'", "'2016-01-02Z'");
            let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *db).await.unwrap();
            let shown: Vec<(String, i64)> = rows.iter().map(|r| (r.get(0), r.get(1))).collect();
            assert_eq!(shown, ours, "{}", metric.name);
        }
    }
}
