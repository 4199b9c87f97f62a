//! SQL of the API: cursors, limits, members, and what could not be read.

use chrono::{DateTime, NaiveDate, Utc};
use github::{Budget, Cause, Pacing, Pause, Resource};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::stream::Stream;

/// Where a stream is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The repository, or 0.
    pub repo_id: i64,
    /// The organisation, or 0.
    pub org_id: i64,
    pub stream: String,
    /// The next page.
    pub address: String,
    /// The first page of the pass, and its `ETag`.
    pub start: Option<String>,
    pub etag: Option<String>,
    /// Of commits: what the pass under way is pinned to, or the last whole one was.
    pub head: Option<String>,
    /// The highest id of the last whole pass, and of the one under way.
    pub mark: i64,
    pub top: i64,
    /// Nothing older was asked for.
    pub floor: Option<DateTime<Utc>>,
    /// When the pass under way began, or the last one.
    pub pass_at: Option<DateTime<Utc>>,
    /// When the last whole pass began: nothing of before is missing.
    pub whole_at: Option<DateTime<Utc>>,
    pub not_before: Option<DateTime<Utc>>,
}

/// What is known about one budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub api: String,
    /// rest or graphql.
    pub resource: String,
    /// Requests an hour.
    pub quota: Option<i32>,
    pub remaining: Option<i32>,
    pub reset_at: Option<DateTime<Utc>>,
    pub paused_until: Option<DateTime<Utc>>,
    /// primary, secondary or reserve.
    pub cause: Option<String>,
    pub strikes: i32,
    /// Pages answered, and those that an `ETag` made free.
    pub answered: i64,
    pub unchanged: i64,
}

impl Limits {
    /// The share of answers that cost nothing.
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
    pub fn hit_ratio(&self) -> Option<f64> {
        (self.answered > 0).then(|| self.unchanged as f64 / self.answered as f64)
    }

    fn pacing(&self) -> Pacing {
        let number = |n: Option<i32>| n.and_then(|n| u32::try_from(n).ok());
        let budget =
            || Some(Budget { limit: number(self.quota)?, remaining: number(self.remaining)?, reset: self.reset_at? });
        let pause = || {
            let cause = self.cause.as_deref().and_then(Cause::by_name)?;
            Some(Pause { until: self.paused_until?, cause, strikes: self.strikes.unsigned_abs() })
        };
        Pacing { paused: pause(), budget: budget() }
    }
}

/// Where every stream is, for the data page.
pub async fn cursors(db: &mut PgConnection) -> sqlx::Result<Vec<Cursor>> {
    sqlx::query_as!(
        Cursor,
        "select repo_id, org_id, stream, address, start, etag, head, mark, top, floor, pass_at, whole_at, not_before
         from api_cursor order by org_id, repo_id, stream"
    )
    .fetch_all(db)
    .await
}

/// What is known about every budget, for the data page.
pub async fn limits(db: &mut PgConnection) -> sqlx::Result<Vec<Limits>> {
    sqlx::query_as!(
        Limits,
        "select api, resource, quota, remaining, reset_at, paused_until, cause, strikes, answered, unchanged
         from api_pacing order by api, resource"
    )
    .fetch_all(db)
    .await
}

/// What a run before this one learnt about the limits of an interface.
pub(super) async fn pacing(db: &mut PgConnection, api: &str) -> sqlx::Result<[Pacing; 2]> {
    let known = limits(db).await?;
    let of = |resource: Resource| known.iter().find(|row| row.api == api && row.resource == resource.name());
    Ok(Resource::ALL.map(|resource| of(resource).map(Limits::pacing).unwrap_or_default()))
}

/// Keeps what the last answer said about the limits.
pub(super) async fn keep_pacing(
    db: &mut PgConnection,
    api: &str,
    resource: Resource,
    pacing: &Pacing,
    (answered, unchanged): (i64, i64),
) -> sqlx::Result<()> {
    let (budget, pause) = (pacing.budget.as_ref(), pacing.paused.as_ref());
    sqlx::query!(
        "insert into api_pacing (api, resource, quota, remaining, reset_at, paused_until, cause, strikes, answered, unchanged)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict on constraint api_pacing_pkey do update
         set quota = excluded.quota, remaining = excluded.remaining, reset_at = excluded.reset_at,
             paused_until = excluded.paused_until, cause = excluded.cause, strikes = excluded.strikes,
             answered = api_pacing.answered + excluded.answered,
             unchanged = api_pacing.unchanged + excluded.unchanged",
        api,
        resource.name(),
        budget.map(|budget| budget.limit.cast_signed()),
        budget.map(|budget| budget.remaining.cast_signed()),
        budget.map(|budget| budget.reset),
        pause.map(|pause| pause.until),
        pause.map(|pause| pause.cause.name()),
        pause.map_or(0, |pause| pause.strikes.cast_signed()),
        answered,
        unchanged
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn cursor(
    db: &mut PgConnection,
    repo_id: i64,
    org_id: i64,
    stream: Stream,
) -> sqlx::Result<Option<Cursor>> {
    sqlx::query_as!(
        Cursor,
        "select repo_id, org_id, stream, address, start, etag, head, mark, top, floor, pass_at, whole_at, not_before
         from api_cursor where repo_id = $1 and org_id = $2 and stream = $3",
        repo_id,
        org_id,
        stream.name()
    )
    .fetch_optional(db)
    .await
}

pub(super) async fn keep_cursor(db: &mut PgConnection, cursor: &Cursor, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into api_cursor (repo_id, org_id, stream, address, start, etag, head, mark, top, floor, pass_at, whole_at, not_before,
                                 read_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict on constraint api_cursor_pkey do update
         set address = excluded.address, start = excluded.start, etag = excluded.etag, head = excluded.head,
             mark = excluded.mark, top = excluded.top, floor = excluded.floor, pass_at = excluded.pass_at, whole_at = excluded.whole_at,
             not_before = excluded.not_before, read_at = excluded.read_at",
        cursor.repo_id,
        cursor.org_id,
        cursor.stream,
        cursor.address,
        cursor.start,
        cursor.etag,
        cursor.head,
        cursor.mark,
        cursor.top,
        cursor.floor,
        cursor.pass_at,
        cursor.whole_at,
        cursor.not_before,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that a list of every repository was read to its end: for data that does not
/// come from GitHub.
pub async fn note_whole(db: &mut PgConnection, stream: Stream, now: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into api_cursor (repo_id, org_id, stream, address, whole_at, read_at)
         select repo_id, 0, $1, '', $2, $2 from repo where repo_id > 0",
        stream.name(),
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes whom an organisation names as members on a day.
pub(super) async fn note_members(
    db: &mut PgConnection,
    org_id: i64,
    actors: &[i64],
    day: NaiveDate,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into org_member (org_id, actor_id, first_seen, last_seen)
         select distinct $1::bigint, a, $3::date, $3::date from unnest($2::bigint[]) a
         on conflict on constraint org_member_pkey do update
         set first_seen = least(org_member.first_seen, excluded.first_seen),
             last_seen = greatest(org_member.last_seen, excluded.last_seen)",
        org_id,
        actors,
        day
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that GitHub has no issue and no pull request of a number.
pub(super) async fn note_absent(
    db: &mut PgConnection,
    repo_id: i64,
    number: i32,
    reason: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into absent_number (repo_id, number, reason, told_at) values ($1, $2, $3, $4)
         on conflict on constraint absent_number_pkey do update set reason = excluded.reason, told_at = excluded.told_at",
        repo_id,
        number,
        reason,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What could not be read, from any source but the archive.
pub async fn unread_size(db: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar!(r#"select count(*) as "n!" from unread"#).fetch_one(db).await
}

/// Keeps what could not be read: place, reason and body of each.
pub(in crate::ingest) async fn keep_unread(
    db: &mut PgConnection,
    source: i16,
    place: &str,
    unread: &[(String, String)],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let digests: Vec<Vec<u8>> = unread.iter().map(|(_, body)| Sha256::digest(body).to_vec()).collect();
    let storable = |text: &String| text.replace('\0', "\u{fffd}");
    let reasons: Vec<String> = unread.iter().map(|(reason, _)| storable(reason)).collect();
    let bodies: Vec<String> = unread.iter().map(|(_, body)| storable(body)).collect();
    sqlx::query!(
        "insert into unread (source, digest, place, reason, body, seen_at)
         select $1, digest, $2, reason, body, $6
         from unnest($3::bytea[], $4::text[], $5::text[]) u (digest, reason, body)
         on conflict on constraint unread_pkey do nothing",
        source,
        place,
        &digests,
        &reasons,
        &bodies,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
