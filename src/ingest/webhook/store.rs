//! SQL of webhooks: deliveries, each once.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A delivery that waits to be read.
#[derive(Debug)]
pub(super) struct Delivery {
    pub event: String,
    pub body: String,
    pub received_at: DateTime<Utc>,
}

/// Deliveries of one event that ended in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub event: String,
    /// queued, fact, hint, unknown or refused.
    pub state: String,
    pub deliveries: i64,
    pub last: DateTime<Utc>,
}

/// Deliveries by event and state, for the data page.
pub async fn counts(db: &mut PgConnection) -> sqlx::Result<Vec<Counted>> {
    sqlx::query_as!(
        Counted,
        r#"select event, state, count(*) as "deliveries!", max(received_at) as "last!"
           from webhook_delivery group by event, state order by event, state"#
    )
    .fetch_all(db)
    .await
}

/// Notes a delivery; says whether it is new.
pub(super) async fn note(
    db: &mut PgConnection,
    id: &str,
    event: &str,
    body: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "insert into webhook_delivery (delivery_id, event, body, received_at, state) values ($1, $2, $3, $4, 'queued')
         on conflict on constraint webhook_delivery_pkey do nothing",
        id,
        event,
        body,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn waiting(db: &mut PgConnection, id: &str) -> sqlx::Result<Option<Delivery>> {
    sqlx::query_as!(
        Delivery,
        r#"select event, body as "body!", received_at from webhook_delivery
           where delivery_id = $1 and state = 'queued'"#,
        id
    )
    .fetch_optional(db)
    .await
}

/// Notes what became of a delivery; only of an unknown one the body is kept here.
pub(super) async fn finish(db: &mut PgConnection, id: &str, action: Option<&str>, state: &str) -> sqlx::Result<()> {
    let done = sqlx::query!(
        "update webhook_delivery
         set action = $2, state = $3, body = case when $3 = 'unknown' then body end
         where delivery_id = $1",
        id,
        action,
        state
    )
    .execute(db)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
