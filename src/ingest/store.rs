//! SQL of `ingest`: names, facts and the ledger's rows. Everything is written in
//! the order of its key, so that connections wait for each other in one direction.

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{
    archive::{Batch, Origin, READER},
    fact::{ARCHIVE, Fact, LAG, LEAD},
    sightings::Seen,
};
use crate::{
    db::{self, LockClass},
    people::{self, Bots},
    stats::{self, Kind},
};

/// Names are written by one transaction at a time: the label of an account is
/// the latest of all its sightings, so they must all be in sight.
pub(super) async fn lock_names(db: &mut PgConnection) -> sqlx::Result<()> {
    db::lock_exclusive(db, LockClass::Names, 0).await
}

/// Two transactions stood in each other's way, and this one was ended.
pub(super) fn is_deadlock(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(e) if e.code().as_deref() == Some("40P01"))
}

struct Columns<'a> {
    ids: Vec<i64>,
    names: Vec<&'a str>,
    orgs: Vec<Option<i64>>,
    first: Vec<NaiveDate>,
    last: Vec<NaiveDate>,
}

impl<'a> Columns<'a> {
    fn of(seen: &'a [(i64, Seen)]) -> Self {
        Self {
            ids: seen.iter().map(|(id, _)| *id).collect(),
            names: seen.iter().map(|(_, seen)| &*seen.name).collect(),
            orgs: seen.iter().map(|(_, seen)| seen.org_id).collect(),
            first: seen.iter().map(|(_, seen)| seen.first).collect(),
            last: seen.iter().map(|(_, seen)| seen.last).collect(),
        }
    }
}

/// Adds organisations; the login of the latest day stays.
pub(super) async fn add_orgs(db: &mut PgConnection, seen: &[(i64, Seen)]) -> sqlx::Result<()> {
    let columns = Columns::of(seen);
    sqlx::query!(
        r#"insert into org (org_id, login, last_seen)
           select distinct on (id) id, login, seen
           from unnest($1::bigint[], $2::text[], $3::date[]) s (id, login, seen)
           order by id, seen desc, login collate "C" desc
           on conflict on constraint org_pkey do update set login = excluded.login, last_seen = excluded.last_seen
           where (excluded.last_seen, excluded.login collate "C") > (org.last_seen, org.login collate "C")"#,
        &columns.ids,
        &columns.names as &[&str],
        &columns.last
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Adds accounts and their logins; the login of the latest sighting is the label.
pub(super) async fn add_actors(db: &mut PgConnection, seen: &[(i64, Seen)], bots: &Bots) -> sqlx::Result<()> {
    let columns = Columns::of(seen);
    let marks: Vec<bool> = seen.iter().map(|(id, seen)| bots.is_bot(*id, &seen.name)).collect();
    sqlx::query!(
        "insert into actor (actor_id, person_id, login, bot)
         select id, id, login, bot from unnest($1::bigint[], $2::text[], $3::bool[]) s (id, login, bot)
         on conflict on constraint actor_pkey do nothing",
        &columns.ids,
        &columns.names as &[&str],
        &marks
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into actor_login (actor_id, login, first_seen, last_seen)
         select * from unnest($1::bigint[], $2::text[], $3::date[], $4::date[])
         on conflict on constraint actor_login_pkey do update
         set first_seen = least(actor_login.first_seen, excluded.first_seen),
             last_seen = greatest(actor_login.last_seen, excluded.last_seen)
         where excluded.first_seen < actor_login.first_seen or excluded.last_seen > actor_login.last_seen",
        &columns.ids,
        &columns.names as &[&str],
        &columns.first,
        &columns.last
    )
    .execute(&mut *db)
    .await?;
    relabel_actors(db, &columns.ids, bots).await?;
    people::store::fold(db, &columns.ids).await
}

/// Of the accounts that have had more than one login, takes the latest.
async fn relabel_actors(db: &mut PgConnection, ids: &[i64], bots: &Bots) -> sqlx::Result<()> {
    let changed = sqlx::query!(
        r#"update actor a set login = l.login
           from (select distinct on (actor_id) actor_id, login
                 from actor_login
                 where actor_id in (select actor_id from actor_login where actor_id = any($1)
                                    group by actor_id having count(*) > 1)
                 order by actor_id, last_seen desc, first_seen desc, login collate "C" desc) l
           where a.actor_id = l.actor_id and a.login <> l.login
           returning a.actor_id, a.login"#,
        ids
    )
    .fetch_all(&mut *db)
    .await?;
    if !changed.is_empty() {
        let marks: Vec<_> = changed.iter().map(|row| (row.actor_id, bots.is_bot(row.actor_id, &row.login))).collect();
        people::store::mark_bots(db, &marks).await?;
    }
    Ok(())
}

/// Adds accounts that a source calls bots, and marks those and any of the accounts
/// just added that were called so before.
pub(super) async fn add_bots(db: &mut PgConnection, seen: &[(i64, Seen)], bots: &[i64]) -> sqlx::Result<()> {
    let ids: Vec<i64> = seen.iter().map(|(id, _)| *id).chain(bots.iter().copied()).collect();
    people::store::add_bot_accounts(db, bots, &ids).await
}

/// Adds repositories and their names, in the same way.
pub(super) async fn add_repos(db: &mut PgConnection, seen: &[(i64, Seen)]) -> sqlx::Result<()> {
    let columns = Columns::of(seen);
    sqlx::query!(
        "insert into repo (repo_id, name, org_id)
         select * from unnest($1::bigint[], $2::text[], $3::bigint[])
         on conflict on constraint repo_pkey do nothing",
        &columns.ids,
        &columns.names as &[&str],
        &columns.orgs as &[Option<i64>]
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into repo_name (repo_id, name, org_id, first_seen, last_seen)
         select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::date[], $5::date[])
         on conflict on constraint repo_name_pkey do update
         set first_seen = least(repo_name.first_seen, excluded.first_seen),
             last_seen = greatest(repo_name.last_seen, excluded.last_seen),
             org_id = greatest(repo_name.org_id, excluded.org_id)
         where excluded.first_seen < repo_name.first_seen or excluded.last_seen > repo_name.last_seen
            or excluded.org_id > coalesce(repo_name.org_id, 0)",
        &columns.ids,
        &columns.names as &[&str],
        &columns.orgs as &[Option<i64>],
        &columns.first,
        &columns.last
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        r#"update repo r set name = n.name, org_id = n.org_id
           from (select distinct on (repo_id) repo_id, name, org_id
                 from repo_name
                 where repo_id = any($1)
                 order by repo_id, last_seen desc, first_seen desc, name collate "C" desc) n
           where r.repo_id = n.repo_id and (r.name <> n.name or r.org_id is distinct from n.org_id)"#,
        &columns.ids
    )
    .execute(&mut *db)
    .await?;
    place_stand_ins(db, &columns.ids).await
}

/// The greatest repository number of the first hour of 2015: nothing before was
/// about a repository with a greater one.
const LAST_OF_2014: i64 = 28_678_207;

/// Says anew which repository each stand-in is that could be one of these.
async fn place_stand_ins(db: &mut PgConnection, ids: &[i64]) -> sqlx::Result<()> {
    sqlx::query!(
        "with touched as (
             select s.repo_id
             from repo_name n join repo s on lower(s.name) = lower(n.name) and s.repo_id < 0
             where n.repo_id = any($1) and exists (select from repo where repo_id < 0)
         ), placed as (
             select repo_id, (
                 select n.repo_id from repo_name n
                 where lower(n.name) = lower(r.name) and n.repo_id between 1 and $2
                 order by n.first_seen, n.repo_id limit 1) as same_as
             from repo r where repo_id in (select repo_id from touched)
         )
         update repo r set same_as = p.same_as
         from placed p where r.repo_id = p.repo_id and r.same_as is distinct from p.same_as",
        ids,
        LAST_OF_2014
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Plans every statement of this transaction for the arrays it is given: a plan
/// kept from the first small hours into an empty database is a bad one later.
pub(super) async fn plan_for_each_batch(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql("set local plan_cache_mode = force_custom_plan").execute(db).await?;
    Ok(())
}

/// Makes this connection's own staging table, which hides the empty one.
pub(super) async fn prepare_stage(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql("create temporary table if not exists fact_stage (like public.fact_stage) on commit delete rows")
        .execute(db)
        .await?;
    Ok(())
}

/// Puts facts on the stage: rows in COPY's binary format.
pub(super) async fn stage(db: &mut PgConnection, rows: Bytes) -> sqlx::Result<u64> {
    const CHUNK: usize = 1 << 20;
    let mut copy = db.copy_in_raw("copy pg_temp.fact_stage from stdin (format binary)").await?;
    for start in (0..rows.len()).step_by(CHUNK) {
        copy.send(rows.slice(start..rows.len().min(start + CHUNK))).await?;
    }
    copy.finish().await
}

/// Adds the staged facts that are new; says how many.
pub(super) async fn add_staged(db: &mut PgConnection, source: i16, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "insert into fact (kind, key_a, key_b, at, actor_id, repo_id, number, sources, seen_at)
         select kind, key_a, key_b, at, actor_id, repo_id, number, $1, $2
         from fact_stage
         on conflict on constraint fact_pkey do nothing",
        source,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Who writes closings and reopenings: hours of the archive together, a source
/// that names exact instants alone, so that neither overlooks the other.
pub(super) async fn lock_occurrences(db: &mut PgConnection, source: i16) -> sqlx::Result<()> {
    if source == ARCHIVE {
        db::lock_shared(db, LockClass::Occurrences, 0).await
    } else {
        db::lock_exclusive(db, LockClass::Occurrences, 0).await
    }
}

/// Takes the staged events off the stage whose exact instant is known.
pub(super) async fn drop_staged_near(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from fact_stage s using fact e
         where s.kind = any($1) and s.key_b < 0
           and e.kind = s.kind and e.key_a = s.key_a and e.key_b between -s.key_b - $2 and -s.key_b + $3",
        &again(),
        LAG,
        LEAD
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes out the facts of events whose exact instant is on the stage.
pub(super) async fn drop_kept_near(db: &mut PgConnection) -> sqlx::Result<Vec<Fact>> {
    let rows = sqlx::query_as!(
        Row,
        "delete from fact f using fact_stage s
         where s.kind = any($1) and s.key_b > 0
           and f.kind = s.kind and f.key_a = s.key_a and f.key_b between -s.key_b - $2 and -s.key_b + $3
         returning f.kind, f.key_a, f.key_b, f.at, f.actor_id, f.repo_id, f.number",
        &again(),
        LAG,
        LEAD
    )
    .fetch_all(db)
    .await?;
    Ok(rows.iter().filter_map(Row::fact).collect())
}

fn again() -> Vec<i16> {
    Kind::AGAIN.iter().map(|kind| *kind as i16).collect()
}

struct Row {
    kind: i16,
    key_a: i64,
    key_b: i64,
    at: DateTime<Utc>,
    actor_id: i64,
    repo_id: i64,
    number: Option<i32>,
}

impl Row {
    fn fact(&self) -> Option<Fact> {
        let &Self { kind, key_a, key_b, at, actor_id, repo_id, number } = self;
        Some(Fact { kind: Kind::by_number(kind)?, key_a, key_b, at: at.timestamp(), actor_id, repo_id, number })
    }
}

/// The staged facts that this very transaction has added.
pub(super) async fn staged_and_new(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<Vec<Fact>> {
    let rows = sqlx::query_as!(
        Row,
        "select kind, key_a, key_b, f.at, f.actor_id, f.repo_id, f.number
         from fact_stage join fact f using (kind, key_a, key_b)
         -- Transaction ids are used again after 2^32; the instant is not.
         where f.xmin = pg_current_xact_id()::xid and f.seen_at = $1",
        now
    )
    .fetch_all(db)
    .await?;
    Ok(rows.iter().filter_map(Row::fact).collect())
}

/// Staged facts that were there already and differ, or that this source had not
/// stated yet: as staged, and as kept. Locks the kept ones.
pub(super) async fn lock_clashes(db: &mut PgConnection, source: i16) -> sqlx::Result<Vec<(Fact, Fact)>> {
    let rows = sqlx::query!(
        r#"select kind, key_a, key_b, s.at, s.actor_id, s.repo_id, s.number,
                  f.at as kept_at, f.actor_id as kept_actor, f.repo_id as kept_repo, f.number as kept_number
           from fact_stage s join fact f using (kind, key_a, key_b)
           -- The order of facts in src/ingest/fact.rs.
           where (s.actor_id <= 0, s.at, s.actor_id, s.repo_id <= 0, s.repo_id, coalesce(s.number, -1))
                 < (f.actor_id <= 0, f.at, f.actor_id, f.repo_id <= 0, f.repo_id, coalesce(f.number, -1))
              or f.sources & $1 = 0
           order by kind, key_a, key_b
           for update of f"#,
        source
    )
    .fetch_all(db)
    .await?;
    let mut pairs = Vec::with_capacity(rows.len());
    for row in rows {
        let (kind, key_a, key_b) = (row.kind, row.key_a, row.key_b);
        let (at, actor_id, repo_id, number) = (row.at, row.actor_id, row.repo_id, row.number);
        let staged = Row { kind, key_a, key_b, at, actor_id, repo_id, number };
        let (at, actor_id, repo_id, number) = (row.kept_at, row.kept_actor, row.kept_repo, row.kept_number);
        let kept = Row { kind, key_a, key_b, at, actor_id, repo_id, number };
        pairs.extend(staged.fact().zip(kept.fact()));
    }
    Ok(pairs)
}

/// Gives each kept fact the smaller statement, and notes the source.
pub(super) async fn resolve(db: &mut PgConnection, clashes: &[(Fact, Fact)], source: i16) -> sqlx::Result<()> {
    let winners: Vec<&Fact> = clashes.iter().map(|(staged, kept)| staged.min(kept)).collect();
    let column = |get: fn(&Fact) -> i64| winners.iter().map(|fact| get(fact)).collect::<Vec<_>>();
    let kinds: Vec<i16> = winners.iter().map(|fact| fact.kind as i16).collect();
    let instants: Vec<_> = winners.iter().filter_map(|fact| DateTime::from_timestamp(fact.at, 0)).collect();
    let numbers: Vec<Option<i32>> = winners.iter().map(|fact| fact.number).collect();
    sqlx::query!(
        "update fact f
         set at = w.at, actor_id = w.actor_id, repo_id = w.repo_id, number = w.number, sources = f.sources | $8
         from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::bigint[], $7::integer[])
              w (kind, key_a, key_b, at, actor_id, repo_id, number)
         where (f.kind, f.key_a, f.key_b) = (w.kind, w.key_a, w.key_b)",
        &kinds,
        &column(|fact| fact.key_a),
        &column(|fact| fact.key_b),
        &instants,
        &column(|fact| fact.actor_id),
        &column(|fact| fact.repo_id),
        &numbers as &[Option<i32>],
        source
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An hour that this reader, or a later one, has read.
pub(super) struct KnownHour {
    pub sha256: Vec<u8>,
    pub etag: Option<String>,
    pub partial: bool,
}

/// What is known of an hour that was read.
pub(super) async fn known(
    db: &mut PgConnection,
    hour: DateTime<Utc>,
    scope: &str,
    reader: i16,
) -> sqlx::Result<Option<KnownHour>> {
    sqlx::query_as!(
        KnownHour,
        r#"select sha256 as "sha256!", etag, status = 'partial' as "partial!"
           from archive_hour
           where hour = $1 and scope = $2 and status in ('done', 'partial') and reader >= $3"#,
        hour,
        scope,
        reader
    )
    .fetch_optional(db)
    .await
}

/// Notes an hour that is there but unreadable. What was read before stays.
pub(super) async fn note_failed(
    db: &mut PgConnection,
    hour: DateTime<Utc>,
    scope: &str,
    problem: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into archive_hour (hour, scope, status, problem, read_at) values ($1, $2, 'failed', $3, $4)
         on conflict on constraint archive_hour_pkey do update
         set status = 'failed', problem = excluded.problem, read_at = excluded.read_at
         where archive_hour.status not in ('done', 'partial')",
        hour,
        scope,
        problem,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes hours that were looked for and are not there.
pub(super) async fn note_missing(
    db: &mut PgConnection,
    hours: &[DateTime<Utc>],
    scope: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into archive_hour (hour, scope, status, read_at)
         select hour, $2, 'missing', $3 from unnest($1::timestamptz[]) hour
         on conflict on constraint archive_hour_pkey do nothing",
        hours,
        scope,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes a filter that never kept anything out of the ledger.
pub(super) async fn forget_scope(db: &mut PgConnection, scope: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from archive_hour
         where scope = $1 and not exists (select from archive_hour where scope = $1 and events > 0)",
        scope
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "delete from archive_day where scope = $1 and not exists (select from archive_hour where scope = $1)",
        scope
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Brings the index on time up to the last page; autovacuum would, later.
pub(super) async fn summarise_times(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("select brin_summarize_new_values('fact_at'::regclass)").fetch_one(db).await?;
    Ok(())
}

/// Writes an hour's row of the ledger, with its types, bad lines and unknown events.
/// Of two readings the whole one stays, then the longer one, then one of them
/// whatever the order: its facts have gone in all the same.
pub(super) async fn write_ledger(
    db: &mut PgConnection,
    hour: DateTime<Utc>,
    scope: &str,
    batch: &Batch,
    origin: &Origin,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let counts = &batch.counts;
    let written = sqlx::query!(
        "insert into archive_hour (hour, scope, status, sha256, bytes, lines, events, ids, bad_lines, unknown_lines,
                                   same_fact, actors, repos, reader, read_at, behind, etag)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         on conflict on constraint archive_hour_pkey do update
         set status = excluded.status, problem = null, sha256 = excluded.sha256, bytes = excluded.bytes,
             lines = excluded.lines, events = excluded.events, ids = excluded.ids, bad_lines = excluded.bad_lines,
             unknown_lines = excluded.unknown_lines, same_fact = excluded.same_fact, actors = excluded.actors,
             repos = excluded.repos, reader = excluded.reader, read_at = excluded.read_at,
             behind = excluded.behind, etag = excluded.etag
         where archive_hour.status in ('missing', 'failed') or excluded.reader > archive_hour.reader
            or (excluded.status = 'done', excluded.lines, excluded.sha256)
               > (archive_hour.status = 'done', archive_hour.lines, archive_hour.sha256)",
        hour,
        scope,
        if origin.partial { "partial" } else { "done" },
        &batch.sha256[..],
        batch.bytes.cast_signed(),
        counts.lines,
        counts.events,
        counts.ids,
        counts.bad_lines,
        counts.unknown_lines,
        counts.same_fact,
        counts.actors,
        counts.repos,
        READER,
        now,
        batch.behind,
        origin.etag
    )
    .execute(&mut *db)
    .await?;
    if written.rows_affected() == 0 {
        return Ok(());
    }
    write_types(db, hour, scope, batch).await?;
    stats::rollup::count_days(db, scope, &[hour]).await?;
    write_quarantine(db, hour, scope, batch).await?;
    write_unknown(db, hour, scope, batch).await
}

async fn write_types(db: &mut PgConnection, hour: DateTime<Utc>, scope: &str, batch: &Batch) -> sqlx::Result<()> {
    let (types, counts): (Vec<String>, Vec<i32>) = batch.counts.by_type.clone().into_iter().unzip();
    sqlx::query!("delete from archive_hour_type where hour = $1 and scope = $2", hour, scope).execute(&mut *db).await?;
    sqlx::query!(
        "insert into archive_hour_type (hour, scope, event_type, events)
         select $1, $2, t.* from unnest($3::text[], $4::integer[]) t",
        hour,
        scope,
        &types,
        &counts
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn write_quarantine(db: &mut PgConnection, hour: DateTime<Utc>, scope: &str, batch: &Batch) -> sqlx::Result<()> {
    sqlx::query!("delete from quarantine where hour = $1 and scope = $2", hour, scope).execute(&mut *db).await?;
    let lines: Vec<i32> = batch.quarantine.iter().map(|bad| bad.line).collect();
    let reasons: Vec<&str> = batch.quarantine.iter().map(|bad| bad.reason.as_str()).collect();
    let excerpts: Vec<&str> = batch.quarantine.iter().map(|bad| bad.excerpt.as_str()).collect();
    sqlx::query!(
        "insert into quarantine (hour, scope, line, reason, excerpt)
         select $1, $2, q.* from unnest($3::integer[], $4::text[], $5::text[]) q",
        hour,
        scope,
        &lines,
        &reasons as &[&str],
        &excerpts as &[&str]
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn write_unknown(db: &mut PgConnection, hour: DateTime<Utc>, scope: &str, batch: &Batch) -> sqlx::Result<()> {
    sqlx::query!("delete from unknown_event where hour = $1 and scope = $2", hour, scope).execute(&mut *db).await?;
    let lines: Vec<i32> = batch.unknown.iter().map(|unknown| unknown.line).collect();
    let types: Vec<&str> = batch.unknown.iter().map(|unknown| unknown.event_type.as_str()).collect();
    let bodies: Vec<&str> = batch.unknown.iter().map(|unknown| unknown.body.as_str()).collect();
    sqlx::query!(
        "insert into unknown_event (hour, scope, line, event_type, body)
         select $1, $2, u.* from unnest($3::integer[], $4::text[], $5::text[]) u",
        hour,
        scope,
        &lines,
        &types as &[&str],
        &bodies as &[&str]
    )
    .execute(db)
    .await?;
    Ok(())
}
