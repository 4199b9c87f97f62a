use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Election, definition::NewElection};
use crate::db::{LockClass, lock_exclusive};

/// Someone who stands, or was asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub candidate_id: i64,
    pub github_id: Option<i64>,
    pub login: Option<String>,
    pub name: String,
    pub employer: String,
    /// Markdown as written; sanitised when shown.
    pub bio: String,
    pub nominated_by: String,
    pub accepted_at: Option<DateTime<Utc>>,
}

impl Candidate {
    /// Whether they named themselves.
    pub fn is_self_nominated(&self) -> bool {
        self.login.as_ref().is_some_and(|login| self.nominated_by == format!("@{login}"))
    }
}

/// One line of the public election log.
#[derive(Clone, Debug)]
pub struct LogLine {
    pub seq: i32,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub event: String,
    pub detail: String,
}

/// What the log knows of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// No ballot with this leaf was acknowledged.
    Unknown,
    /// In the box; the poll is open or being closed.
    Received,
    /// A later ballot of the same voter took its place.
    Replaced,
    /// Among the ballots that were counted.
    Counted,
}

macro_rules! select_election {
    ($rest:literal $(, $arg:expr)*) => {
        sqlx::query_as!(
            Election,
            "select election_id, slug, title, organisation, description, seats, method, seat_order, strength, blank, rule,
                    nominations_open_at, nominations_close_at, opens_at, closes_at, announced_at, frozen_at,
                    definition, definition_sha256, seal_public, roll_sha256, close_step, closed_at,
                    certified_at, published_at, archived_at, cancelled_at
             from election " + $rest
            $(, $arg)*
        )
    };
}

macro_rules! select_candidate {
    ($rest:literal $(, $arg:expr)*) => {
        sqlx::query_as!(
            Candidate,
            "select candidate_id, github_id, login, name, employer, bio, nominated_by, accepted_at
             from candidate " + $rest
            $(, $arg)*
        )
    };
}

/// Every election, the one that opens last first.
pub async fn all(db: &mut PgConnection) -> sqlx::Result<Vec<Election>> {
    select_election!("order by opens_at desc, election_id desc").fetch_all(db).await
}

/// The election with this name in its address.
pub async fn by_slug(db: &mut PgConnection, slug: &str) -> sqlx::Result<Option<Election>> {
    select_election!("where slug = $1", slug).fetch_optional(db).await
}

/// The election with this number.
pub async fn by_id(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Election> {
    select_election!("where election_id = $1", election_id).fetch_one(db).await
}

pub(super) async fn locked(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Election> {
    select_election!("where election_id = $1 for update", election_id).fetch_one(db).await
}

/// Those on the ballot, in the order of the definition: by number.
pub async fn candidates(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Vec<Candidate>> {
    select_candidate!(
        "where election_id = $1 and accepted_at is not null and withdrawn_at is null order by candidate_id",
        election_id
    )
    .fetch_all(db)
    .await
}

/// Those who were asked and have not answered.
pub async fn nominees(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Vec<Candidate>> {
    select_candidate!(
        "where election_id = $1 and accepted_at is null and withdrawn_at is null order by candidate_id",
        election_id
    )
    .fetch_all(db)
    .await
}

/// One candidate of an election, on the ballot or asked.
pub async fn candidate(db: &mut PgConnection, election_id: i64, id: i64) -> sqlx::Result<Option<Candidate>> {
    select_candidate!("where election_id = $1 and candidate_id = $2 and withdrawn_at is null", election_id, id)
        .fetch_optional(db)
        .await
}

pub(super) async fn nominee_by_token(
    db: &mut PgConnection,
    accept_sha256: &[u8],
) -> sqlx::Result<Option<(i64, Candidate)>> {
    let election = sqlx::query_scalar!("select election_id from candidate where accept_sha256 = $1", accept_sha256)
        .fetch_optional(&mut *db)
        .await?;
    let nominee = select_candidate!("where accept_sha256 = $1", accept_sha256).fetch_optional(db).await?;
    Ok(election.zip(nominee))
}

pub(super) async fn insert_election(db: &mut PgConnection, new: &NewElection, now: DateTime<Utc>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "insert into election (slug, title, organisation, description, seats, method, seat_order, strength, blank,
            rule, nominations_open_at, nominations_close_at, opens_at, closes_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         returning election_id",
        new.slug,
        new.title,
        new.organisation,
        new.description,
        new.seats,
        new.method,
        new.seat_order,
        new.strength,
        new.blank,
        new.rule,
        new.nominations.map(|n| n.0),
        new.nominations.map(|n| n.1),
        new.opens_at,
        new.closes_at,
        now,
    )
    .fetch_one(db)
    .await
}

/// A candidate to be stored.
#[derive(Clone, Debug)]
pub(super) struct NewCandidate<'a> {
    pub github_id: Option<i64>,
    pub login: Option<&'a str>,
    pub name: &'a str,
    pub employer: &'a str,
    pub bio: &'a str,
    pub nominated_by: &'a str,
    pub accepted_at: Option<DateTime<Utc>>,
}

pub(super) async fn insert_candidate(
    db: &mut PgConnection,
    election_id: i64,
    new: &NewCandidate<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "insert into candidate
            (election_id, github_id, login, name, employer, bio, nominated_by, nominated_at, accepted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning candidate_id",
        election_id,
        new.github_id,
        new.login,
        new.name,
        new.employer,
        new.bio,
        new.nominated_by,
        now,
        new.accepted_at,
    )
    .fetch_one(db)
    .await
}

pub(super) async fn accept_candidate(
    db: &mut PgConnection,
    candidate_id: i64,
    (name, employer, bio): (&str, &str, &str),
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update candidate set name = $2, employer = $3, bio = $4, accepted_at = coalesce(accepted_at, $5)
         where candidate_id = $1 and withdrawn_at is null",
        candidate_id,
        name,
        employer,
        bio,
        now,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

pub(super) async fn set_accept_link(db: &mut PgConnection, candidate_id: i64, sha256: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("update candidate set accept_sha256 = $2 where candidate_id = $1", candidate_id, sha256)
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn nominee_of(
    db: &mut PgConnection,
    election_id: i64,
    github_id: i64,
) -> sqlx::Result<Option<Candidate>> {
    select_candidate!("where election_id = $1 and github_id = $2", election_id, github_id).fetch_optional(db).await
}

/// An instant of an election's life that an officer sets once.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Announced,
    Certified,
    Published,
}

/// Sets an instant that was not set; returns whether it did.
pub(super) async fn set_step(
    db: &mut PgConnection,
    election_id: i64,
    step: Step,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let query = match step {
        Step::Announced => sqlx::query!(
            "update election set announced_at = $2 where election_id = $1 and announced_at is null",
            election_id,
            now
        ),
        Step::Certified => sqlx::query!(
            "update election set certified_at = $2 where election_id = $1 and certified_at is null",
            election_id,
            now
        ),
        Step::Published => sqlx::query!(
            "update election set published_at = $2 where election_id = $1 and published_at is null",
            election_id,
            now
        ),
    };
    Ok(query.execute(db).await?.rows_affected() == 1)
}

/// Appends to the public log, under a lock so that its numbers have no gaps.
pub(super) async fn append_log(
    db: &mut PgConnection,
    election_id: i64,
    now: DateTime<Utc>,
    actor: &str,
    event: &str,
    detail: &str,
) -> sqlx::Result<()> {
    lock_exclusive(db, LockClass::ElectionLog, lock_number(election_id)).await?;
    sqlx::query!(
        "insert into election_log (election_id, seq, at, actor, event, detail)
         select $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5 from election_log where election_id = $1",
        election_id,
        now,
        actor,
        event,
        detail,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The number of an election in the 32 bits of an advisory lock.
pub(super) fn lock_number(election_id: i64) -> i32 {
    i32::try_from(election_id).unwrap_or(i32::MAX)
}

/// The public log, oldest line first.
pub async fn log(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Vec<LogLine>> {
    sqlx::query_as!(
        LogLine,
        "select seq, at, actor, event, detail from election_log where election_id = $1 order by seq",
        election_id
    )
    .fetch_all(db)
    .await
}

pub(super) struct Frozen<'a> {
    pub definition: &'a str,
    pub definition_sha256: &'a [u8],
    pub seal_public: &'a [u8],
}

pub(super) async fn set_frozen(
    db: &mut PgConnection,
    election_id: i64,
    frozen: &Frozen<'_>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update election set frozen_at = $2, definition = $3, definition_sha256 = $4, seal_public = $5
         where election_id = $1 and frozen_at is null",
        election_id,
        now,
        frozen.definition,
        frozen.definition_sha256,
        frozen.seal_public,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Writes every voter once, by id; no cast ever touches these rows.
pub(super) async fn insert_voters(
    db: &mut PgConnection,
    election_id: i64,
    ids: &[i64],
    auth_sha256: &[Vec<u8>],
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into voter (election_id, github_id, auth_sha256)
         select $1, v.* from unnest($2::bigint[], $3::bytea[]) as v (github_id, auth_sha256) order by github_id",
        election_id,
        ids,
        auth_sha256,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) struct Voter {
    pub election_id: i64,
    pub login: String,
    pub email: Option<String>,
}

pub(super) async fn voter_by_auth(db: &mut PgConnection, auth_sha256: &[u8]) -> sqlx::Result<Option<Voter>> {
    sqlx::query_as!(
        Voter,
        "select election_id, login, email from voter join roll_entry using (election_id, github_id)
         where auth_sha256 = $1",
        auth_sha256
    )
    .fetch_optional(db)
    .await
}

pub(super) async fn generation(db: &mut PgConnection, election_id: i64, github_id: i64) -> sqlx::Result<Option<i32>> {
    sqlx::query_scalar!(
        "select generation from voter where election_id = $1 and github_id = $2",
        election_id,
        github_id
    )
    .fetch_optional(db)
    .await
}

pub(super) async fn voters(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Vec<(i64, i32)>> {
    let rows =
        sqlx::query!("select github_id, generation from voter where election_id = $1 order by github_id", election_id)
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().map(|r| (r.github_id, r.generation)).collect())
}

/// Ballots in the box: while open the live ones, after the close those that were sealed away.
pub async fn turnout(db: &mut PgConnection, election_id: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) filter (where not exists (
                select from ballot_log later where later.election_id = $1 and later.replaced = ballot_log.leaf))
              as "live!"
           from ballot_log where election_id = $1"#,
        election_id
    )
    .fetch_one(db)
    .await
}

/// What the log knows of a leaf.
pub async fn receipt(db: &mut PgConnection, election: &Election, leaf: &[u8]) -> sqlx::Result<Receipt> {
    let row = sqlx::query!(
        r#"select exists (select from ballot_log where election_id = $1 and leaf = $2) as "known!",
                  exists (select from ballot_log where election_id = $1 and replaced = $2) as "replaced!""#,
        election.election_id,
        leaf,
    )
    .fetch_one(db)
    .await?;
    Ok(match (row.known, row.replaced) {
        (false, _) => Receipt::Unknown,
        (true, true) => Receipt::Replaced,
        (true, false) if election.closed_at.is_some() => Receipt::Counted,
        (true, false) => Receipt::Received,
    })
}

#[cfg(test)]
impl Candidate {
    /// A candidate for tests.
    pub(crate) fn named(candidate_id: i64, name: &str) -> Self {
        Self {
            candidate_id,
            github_id: None,
            login: None,
            name: name.into(),
            employer: String::new(),
            bio: String::new(),
            nominated_by: String::new(),
            accepted_at: None,
        }
    }
}
