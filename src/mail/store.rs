use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum State {
    /// Waiting for its turn.
    Queued,
    /// Accepted by the mail server.
    Sent,
    /// Refused for now; it will be tried again.
    Deferred,
    /// Refused for good.
    Failed,
    /// The one end of every reminder, needed or not.
    Reminded,
}

impl State {
    /// The word for it, in the database and on officers' pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Failed => "failed",
            Self::Reminded => "reminded",
        }
    }
}

/// A mail to be enqueued: who on which roll gets which message.
#[derive(Clone, Debug)]
pub struct NewMail {
    pub kind: &'static str,
    pub github_id: i64,
    pub message_id: String,
}

/// A row of the outbox.
#[derive(Clone, Debug)]
pub struct MailRow {
    pub mail_id: i64,
    pub election_id: i64,
    pub kind: String,
    pub github_id: i64,
    pub message_id: String,
    pub state: String,
    pub last_error: Option<String>,
    pub changed_at: DateTime<Utc>,
}

/// Puts mails into the outbox and returns their ids, in the order given.
pub async fn enqueue(
    db: &mut PgConnection,
    election_id: i64,
    mails: &[NewMail],
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<i64>> {
    let kinds: Vec<String> = mails.iter().map(|m| m.kind.to_owned()).collect();
    let people: Vec<i64> = mails.iter().map(|m| m.github_id).collect();
    let ids: Vec<String> = mails.iter().map(|m| m.message_id.clone()).collect();
    sqlx::query_scalar!(
        "insert into mail (election_id, kind, github_id, message_id, state, changed_at)
         select $1, kind, github_id, message_id, 'queued', $5
         from unnest($2::text[], $3::bigint[], $4::text[]) as m (kind, github_id, message_id)
         returning mail_id",
        election_id,
        &kinds,
        &people,
        &ids,
        now,
    )
    .fetch_all(db)
    .await
}

/// One mail.
pub async fn load(db: &mut PgConnection, mail_id: i64) -> sqlx::Result<Option<MailRow>> {
    sqlx::query_as!(
        MailRow,
        "select mail_id, election_id, kind, github_id, message_id, state, last_error, changed_at
         from mail where mail_id = $1",
        mail_id
    )
    .fetch_optional(db)
    .await
}

/// Notes what became of a mail.
pub async fn mark(
    db: &mut PgConnection,
    mail_id: i64,
    state: State,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update mail set state = $2, last_error = $3, changed_at = $4 where mail_id = $1",
        mail_id,
        state.name(),
        error,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The reminders of an election that wait, in order of the recipient's id.
pub async fn reminders(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Vec<MailRow>> {
    sqlx::query_as!(
        MailRow,
        "select mail_id, election_id, kind, github_id, message_id, state, last_error, changed_at
         from mail where election_id = $1 and kind = 'reminder' and state = 'queued' order by github_id",
        election_id
    )
    .fetch_all(db)
    .await
}

/// Ends the waiting reminders up to a recipient's id alike, with the day as their
/// time: whether a mail was needed can afterwards be seen nowhere.
pub async fn mark_reminded(
    db: &mut PgConnection,
    election_id: i64,
    up_to: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "update mail set state = 'reminded', changed_at = date_trunc('day', $3::timestamptz, 'UTC')
         where election_id = $1 and kind = 'reminder' and state = 'queued' and github_id <= $2",
        election_id,
        up_to,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// How many mails of an election stand in each state, by kind.
pub async fn by_kind(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Vec<(String, String, i64)>> {
    let rows = sqlx::query!(
        r#"select kind, state, count(*) as "n!" from mail where election_id = $1
           group by kind, state order by kind, state"#,
        election_id
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|r| (r.kind, r.state, r.n)).collect())
}

/// Mails that did not get through, for officers; reminders are never listed.
pub async fn listed(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Vec<MailRow>> {
    sqlx::query_as!(
        MailRow,
        "select mail_id, election_id, kind, github_id, message_id, state, last_error, changed_at
         from mail where election_id = $1 and kind <> 'reminder' and state in ('deferred', 'failed')
         order by changed_at desc, mail_id limit 200",
        election_id
    )
    .fetch_all(db)
    .await
}
