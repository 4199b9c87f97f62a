//! Claims, and the log of what officers said about people.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::{
    db::{self, LockClass},
    people::{
        Affiliation,
        claim::{Claim, Decided},
    },
};

/// Lets nobody else add a claim until the end of the transaction; says how many of
/// this person and how many in all are waiting.
pub(in crate::people) async fn lock_waiting(db: &mut PgConnection, person_id: i64) -> sqlx::Result<(i64, i64)> {
    db::lock_exclusive(db, LockClass::Claims, 0).await?;
    let row = sqlx::query!(
        r#"select count(*) filter (where actor_id = $1) as "own!", count(*) as "all!"
           from affiliation_claim where state = 'waiting'"#,
        person_id
    )
    .fetch_one(db)
    .await?;
    Ok((row.own, row.all))
}

pub(in crate::people) async fn add_claim(
    db: &mut PgConnection,
    person_id: i64,
    span: &Affiliation,
    why: &str,
    mail_domain: Option<&str>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into affiliation_claim (actor_id, company, span, why, mail_domain, made_at)
         values ($1, $2, daterange($3, $4), $5, $6, $7)",
        person_id,
        span.company,
        span.from,
        span.to,
        why,
        mail_domain,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An accepted claim about a person that shares a day with a span.
pub(in crate::people) async fn accepted_in(
    db: &mut PgConnection,
    person_id: i64,
    span: &Affiliation,
) -> sqlx::Result<Option<Affiliation>> {
    sqlx::query_as!(
        Affiliation,
        r#"select company, null as stated, lower(span) as "from", upper(span) as "to"
           from affiliation_claim
           where state = 'accepted' and span && daterange($2, $3)
             and actor_id in (select $1 union select actor_id from actor where person_id = $1)
           order by lower(span) nulls first limit 1"#,
        person_id,
        span.from,
        span.to
    )
    .fetch_optional(db)
    .await
}

struct Row {
    claim_id: i64,
    person_id: i64,
    login: Option<String>,
    company: String,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    why: String,
    mail_domain: Option<String>,
    domain_company: Option<String>,
    verified: bool,
    state: String,
    made_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
    decided_by: Option<String>,
    reason: Option<String>,
}

impl From<Row> for Claim {
    fn from(row: Row) -> Self {
        let decided = row.decided_at.map(|at| Decided {
            accepted: row.state == "accepted",
            at,
            by: row.decided_by.unwrap_or_default(),
            reason: row.reason.unwrap_or_default(),
        });
        Self {
            claim_id: row.claim_id,
            person_id: row.person_id,
            login: row.login,
            span: Affiliation { company: row.company, stated: None, from: row.from, to: row.to },
            why: row.why,
            mail_domain: row.mail_domain,
            domain_company: row.domain_company,
            verified: row.verified,
            made_at: row.made_at,
            decided,
        }
    }
}

macro_rules! select_claim {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"select c.claim_id, coalesce(a.person_id, c.actor_id) as "person_id!", p.login as "login?", c.company,
                      lower(c.span) as "from", upper(c.span) as "to", c.why, c.mail_domain,
                      d.company as "domain_company?", c.verified, c.state, c.made_at, c.decided_at, c.decided_by, c.reason
               from affiliation_claim c
               left join actor a using (actor_id)
               left join actor p on p.actor_id = a.person_id
               left join mail_domain d on d.domain = c.mail_domain "# + $rest
            $(, $arg)*
        )
    };
}

pub(in crate::people) async fn claim(db: &mut PgConnection, id: i64) -> sqlx::Result<Option<Claim>> {
    Ok(select_claim!("where c.claim_id = $1", id).fetch_optional(db).await?.map(Claim::from))
}

/// Claims that wait, oldest first; then those that were decided last.
pub async fn claims(db: &mut PgConnection) -> sqlx::Result<Vec<Claim>> {
    let rows = select_claim!(
        "order by c.state <> 'waiting', case when c.state = 'waiting' then c.made_at end, c.decided_at desc, c.claim_id
         limit 300"
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(Claim::from).collect())
}

/// How many claims wait for an officer.
pub async fn waiting_claims(db: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"select count(*) as "n!" from affiliation_claim where state = 'waiting'"#).fetch_one(db).await
}

pub(in crate::people) async fn decide_claim(
    db: &mut PgConnection,
    id: i64,
    accepted: bool,
    by: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update affiliation_claim
         set state = case when $2 then 'accepted' else 'refused' end, decided_at = $5, decided_by = $3, reason = $4
         where claim_id = $1 and (state = 'waiting' or (state = 'accepted' and not $2))",
        id,
        accepted,
        by,
        reason,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Notes what an officer said about an account.
pub(in crate::people) async fn log(
    db: &mut PgConnection,
    by: &str,
    actor_id: i64,
    what: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into people_log (at, by, actor_id, what, reason) values ($1, $2, $3, $4, $5)",
        now,
        by,
        actor_id,
        what,
        reason
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An officer's word about who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub at: DateTime<Utc>,
    pub by: String,
    pub actor_id: i64,
    /// If the account was seen.
    pub login: Option<String>,
    pub what: String,
    pub reason: String,
}

/// What officers said last.
pub async fn people_log(db: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<Word>> {
    sqlx::query_as!(
        Word,
        r#"select l.at, l.by, l.actor_id, a.login as "login?", l.what, l.reason
           from people_log l left join actor a using (actor_id)
           order by l.entry_id desc limit $1"#,
        limit
    )
    .fetch_all(db)
    .await
}

/// An account that an officer or a file says is somebody else's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    pub actor_id: i64,
    pub login: Option<String>,
    pub person_id: i64,
    pub person: Option<String>,
}

/// Every account that belongs to another.
pub async fn aliases(db: &mut PgConnection) -> sqlx::Result<Vec<Alias>> {
    sqlx::query_as!(
        Alias,
        r#"select x.actor_id, a.login as "login?", x.person_id, p.login as "person?"
           from alias x
           left join actor a on a.actor_id = x.actor_id
           left join actor p on p.actor_id = x.person_id
           order by lower(p.login) collate "C" nulls last, x.actor_id"#
    )
    .fetch_all(db)
    .await
}
