//! For pages: people by a part of their login, and the list of bots.

use sqlx::PgConnection;

/// Somebody found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub login: String,
    pub bot: bool,
    /// The former login that matched, when the present one does not.
    pub former: Option<String>,
}

/// Finds people by a part of a present or former login: exact first, then those
/// that begin with it. Short texts are looked for at the beginning only; nobody
/// who has opted out is found.
pub async fn find(db: &mut PgConnection, text: &str, limit: i64) -> sqlx::Result<Vec<Found>> {
    let anywhere = text.chars().count() > 2;
    sqlx::query_as!(
        Found,
        r#"select p.login, p.bot, min(case when p.login <> l.login then l.login end) as former
           from actor_login l
           join actor a using (actor_id)
           join actor p on p.actor_id = a.person_id
           where (starts_with(lower(l.login), lower($1)) or ($2 and position(lower($1) in lower(l.login)) > 0))
             and a.person_id not in (select x.person_id from opt_out join actor x using (actor_id))
           group by p.actor_id, p.login, p.bot
           order by bool_or(lower(l.login) = lower($1)) desc, bool_or(starts_with(lower(l.login), lower($1))) desc,
                    p.bot, lower(p.login) collate "C"
           limit $3"#,
        text,
        anywhere,
        limit
    )
    .fetch_all(db)
    .await
}

/// A pattern of the list, and how many accounts it takes for bots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotPattern {
    pub pattern: String,
    pub hits: i64,
}

/// The list of bots with its hits, most first: a pattern may take in humans.
pub async fn bot_list(db: &mut PgConnection) -> sqlx::Result<Vec<BotPattern>> {
    sqlx::query_as!(
        BotPattern,
        r#"select b.pattern, count(a.actor_id) as "hits!"
           from bot_pattern b
           left join actor a on a.bot and lower(a.login) like b.pattern
           group by b.pattern
           order by 2 desc, b.pattern collate "C""#
    )
    .fetch_all(db)
    .await
}
