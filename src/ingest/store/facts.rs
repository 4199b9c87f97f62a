//! Facts: onto the stage, from there to the others, and what two sources disagree about.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::{
    db::{self, LockClass},
    ingest::fact::{ARCHIVE, Fact, LAG, LEAD, TOLD, TOLD_LAG},
    stats::Kind,
};

/// Plans every statement of this transaction for the arrays it is given: a plan
/// kept from the first small hours into an empty database is a bad one later.
pub(in crate::ingest) async fn plan_for_each_batch(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql("set local plan_cache_mode = force_custom_plan").execute(db).await?;
    Ok(())
}

/// Makes this connection's own staging table, which hides the empty one.
pub(in crate::ingest) async fn prepare_stage(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql("create temporary table if not exists fact_stage (like public.fact_stage) on commit delete rows")
        .execute(db)
        .await?;
    Ok(())
}

/// Puts facts on the stage: rows in COPY's binary format.
pub(in crate::ingest) async fn stage(db: &mut PgConnection, rows: Bytes) -> sqlx::Result<u64> {
    const CHUNK: usize = 1 << 20;
    let mut copy = db.copy_in_raw("copy pg_temp.fact_stage from stdin (format binary)").await?;
    for start in (0..rows.len()).step_by(CHUNK) {
        copy.send(rows.slice(start..rows.len().min(start + CHUNK))).await?;
    }
    copy.finish().await
}

/// Adds the staged facts that are new; says how many.
pub(in crate::ingest) async fn add_staged(db: &mut PgConnection, source: i16, now: DateTime<Utc>) -> sqlx::Result<u64> {
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
pub(in crate::ingest) async fn lock_occurrences(db: &mut PgConnection, source: i16) -> sqlx::Result<()> {
    if source == ARCHIVE {
        db::lock_shared(db, LockClass::Occurrences, 0).await
    } else {
        db::lock_exclusive(db, LockClass::Occurrences, 0).await
    }
}

/// Takes off the stage what gives way to a fact that is known; see `Instant::betters`.
pub(in crate::ingest) async fn drop_staged_near(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!(
        "with sought as materialized (
             -- Ranges first, so that they are looked up in the index, and not a repository's every closing.
             select s.kind, s.key_a, s.key_b, low, high
             from fact_stage s
             cross join lateral (values (s.key_b > $4, -s.key_b - $2, -s.key_b + $3),
                                        (s.key_b > $4, $4 + s.key_b - $3, $4 + s.key_b + $2 - $5),
                                        (s.key_b <= $4, $4 - s.key_b - $5, $4 - s.key_b)) better (applies, low, high)
             where s.kind = any($1) and s.key_b < 0 and applies
         )
         delete from fact_stage s
         where (s.kind, s.key_a, s.key_b) in (
             select q.kind, q.key_a, q.key_b
             from sought q join fact e on e.kind = q.kind and e.key_a = q.key_a and e.key_b between q.low and q.high)",
        &again(),
        LAG,
        LEAD,
        TOLD,
        TOLD_LAG
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes out the facts that give way to what is on the stage.
pub(in crate::ingest) async fn drop_kept_near(db: &mut PgConnection) -> sqlx::Result<Vec<Fact>> {
    let rows = sqlx::query_as!(
        Row,
        "with sought as materialized (
             select s.kind, s.key_a, low, high
             from fact_stage s
             cross join lateral (values (s.key_b > 0, -s.key_b - $2, -s.key_b + $3),
                                        (s.key_b > 0, $4 - s.key_b - $5, $4 - s.key_b),
                                        (s.key_b <= $4, s.key_b - $4 - $2 + $5, s.key_b - $4 + $3)) worse (applies, low, high)
             where s.kind = any($1) and applies
         )
         delete from fact f using sought q
         where f.kind = q.kind and f.key_a = q.key_a and f.key_b between q.low and q.high
         returning f.kind, f.key_a, f.key_b, f.at, f.actor_id, f.repo_id, f.number",
        &again(),
        LAG,
        LEAD,
        TOLD,
        TOLD_LAG
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
pub(in crate::ingest) async fn staged_and_new(db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<Vec<Fact>> {
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
pub(in crate::ingest) async fn lock_clashes(db: &mut PgConnection, source: i16) -> sqlx::Result<Vec<(Fact, Fact)>> {
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
pub(in crate::ingest) async fn resolve(
    db: &mut PgConnection,
    clashes: &[(Fact, Fact)],
    source: i16,
) -> sqlx::Result<()> {
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

/// Brings the index on time up to the last page; autovacuum would, later.
pub(in crate::ingest) async fn summarise_times(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("select brin_summarize_new_values('fact_at'::regclass)").fetch_one(db).await?;
    Ok(())
}
