use sqlx::PgConnection;

/// One person who may vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub github_id: i64,
    pub login: String,
    /// Counted under the rule; `None` on an imported roll.
    pub contributions: Option<i32>,
    pub reason: String,
    pub email: Option<String>,
}

/// The roll of an election, by numeric id.
pub async fn entries(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Vec<Entry>> {
    sqlx::query_as!(
        Entry,
        "select github_id, login, contributions, reason, email from roll_entry
         where election_id = $1 order by github_id",
        election_id
    )
    .fetch_all(db)
    .await
}

/// The entry with this login, in any case.
pub async fn entry_by_login(db: &mut PgConnection, election_id: i64, login: &str) -> sqlx::Result<Option<Entry>> {
    sqlx::query_as!(
        Entry,
        "select github_id, login, contributions, reason, email from roll_entry
         where election_id = $1 and lower(login) = lower($2) order by github_id limit 1",
        election_id,
        login
    )
    .fetch_optional(db)
    .await
}

/// The entry of this person.
pub async fn entry_by_id(db: &mut PgConnection, election_id: i64, github_id: i64) -> sqlx::Result<Option<Entry>> {
    sqlx::query_as!(
        Entry,
        "select github_id, login, contributions, reason, email from roll_entry
         where election_id = $1 and github_id = $2",
        election_id,
        github_id
    )
    .fetch_optional(db)
    .await
}

/// How many may vote, and how many of them have no address.
pub async fn size(db: &mut PgConnection, election_id: i64) -> sqlx::Result<(i64, i64)> {
    let row = sqlx::query!(
        r#"select count(*) as "all!", count(*) filter (where email is null) as "unreachable!"
           from roll_entry where election_id = $1"#,
        election_id
    )
    .fetch_one(db)
    .await?;
    Ok((row.all, row.unreachable))
}

/// Replaces the roll; addresses already known for a person are kept.
pub(super) async fn replace(db: &mut PgConnection, election_id: i64, entries: &[Entry]) -> sqlx::Result<()> {
    let ids: Vec<i64> = entries.iter().map(|e| e.github_id).collect();
    let logins: Vec<String> = entries.iter().map(|e| e.login.clone()).collect();
    let counts: Vec<Option<i32>> = entries.iter().map(|e| e.contributions).collect();
    let reasons: Vec<String> = entries.iter().map(|e| e.reason.clone()).collect();
    let emails: Vec<Option<String>> = entries.iter().map(|e| e.email.clone()).collect();
    sqlx::query!("delete from roll_entry where election_id = $1 and github_id <> all($2)", election_id, &ids)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "insert into roll_entry (election_id, github_id, login, contributions, reason, email)
         select $1, e.* from unnest($2::bigint[], $3::text[], $4::integer[], $5::text[], $6::text[]) as e
         order by 2
         on conflict on constraint roll_entry_pkey do update set login = excluded.login,
            contributions = excluded.contributions, reason = excluded.reason,
            email = coalesce(excluded.email, roll_entry.email)",
        election_id,
        &ids,
        &logins,
        &counts as &[Option<i32>],
        &reasons,
        &emails as &[Option<String>],
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets addresses of people on the roll, or only those that are missing; returns how many.
pub(super) async fn set_emails(
    db: &mut PgConnection,
    election_id: i64,
    ids: &[i64],
    emails: &[String],
    only_missing: bool,
) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update roll_entry set email = e.email from unnest($2::bigint[], $3::text[]) as e (github_id, email)
         where election_id = $1 and roll_entry.github_id = e.github_id and (roll_entry.email is null or not $4)",
        election_id,
        ids,
        emails,
        only_missing,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

pub(super) async fn bot_list(db: &mut PgConnection) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!("select pattern from bot_pattern order by pattern collate \"C\"").fetch_all(db).await
}

pub(super) async fn aliases(db: &mut PgConnection) -> sqlx::Result<Vec<(i64, i64)>> {
    // Stand-ins for logins of before 2015 follow from the hours, which are listed too.
    let rows = sqlx::query!(
        "select actor_id, person_id from actor where actor_id <> person_id and actor_id > 0 order by actor_id"
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|r| (r.actor_id, r.person_id)).collect())
}

pub(super) async fn overrides(db: &mut PgConnection) -> sqlx::Result<Vec<(i64, bool)>> {
    let rows = sqlx::query!("select actor_id, bot from bot_override order by actor_id").fetch_all(db).await?;
    Ok(rows.into_iter().map(|r| (r.actor_id, r.bot)).collect())
}

pub(super) struct Hour {
    pub hour: String,
    pub scope: String,
    pub sha256: String,
}

/// Archive hours that were read inside a window, with the checksum of their file.
pub(super) async fn hours(
    db: &mut PgConnection,
    from: chrono::DateTime<chrono::Utc>,
    to: chrono::DateTime<chrono::Utc>,
) -> sqlx::Result<Vec<Hour>> {
    sqlx::query_as!(
        Hour,
        r#"select to_char(hour at time zone 'UTC', 'YYYY-MM-DD"T"HH24"Z"') as "hour!", scope,
                  encode(sha256, 'hex') as "sha256!"
           from archive_hour where status = 'done' and hour >= date_trunc('hour', $1, 'UTC') and hour < $2
           order by hour, scope collate "C""#,
        from,
        to,
    )
    .fetch_all(db)
    .await
}

pub(super) async fn set_lock(db: &mut PgConnection, election_id: i64, lock: &str, sha256: &[u8]) -> sqlx::Result<()> {
    sqlx::query!(
        "update election set roll_lock = $2, roll_sha256 = $3 where election_id = $1 and frozen_at is null",
        election_id,
        lock,
        sha256,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What decides whether a roll may still be changed.
pub(super) struct Standing {
    pub is_frozen: bool,
    pub has_rule: bool,
    pub opens_at: chrono::DateTime<chrono::Utc>,
}

pub(super) async fn standing(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Standing> {
    sqlx::query_as!(
        Standing,
        r#"select frozen_at is not null as "is_frozen!", rule <> '' as "has_rule!", opens_at
           from election where election_id = $1 for update"#,
        election_id
    )
    .fetch_one(db)
    .await
}

/// `roll.lock` of an election, if its roll was made.
pub async fn lock_text(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar!("select roll_lock from election where election_id = $1", election_id).fetch_one(db).await
}
