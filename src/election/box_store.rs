//! The rows of the ballot box. `SECRECY.md` decides every statement here.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, PgConnection};

/// Makes the partition that holds an election's ballots.
pub(super) async fn make(db: &mut PgConnection, election_id: i64) -> sqlx::Result<()> {
    let ddl = format!("create table ballot_{election_id} partition of ballot for values in ({election_id})");
    sqlx::query(AssertSqlSafe(ddl)).execute(db).await?;
    Ok(())
}

/// Drops it with its heap, its dead versions and its index.
pub(super) async fn drop(db: &mut PgConnection, election_id: i64) -> sqlx::Result<()> {
    sqlx::query(AssertSqlSafe(format!("drop table if exists ballot_{election_id}"))).execute(db).await?;
    Ok(())
}

/// Writes a ballot and its log leaf, in one statement, and nothing else,
/// anywhere. Returns whether a ballot of the same link was replaced.
pub(super) async fn cast(
    db: &mut PgConnection,
    election_id: i64,
    ballot_key: &[u8],
    leaf: &[u8],
    sealed: &[u8],
) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"with cast_ballot as (
            insert into ballot (election_id, ballot_key, leaf, sealed) values ($1, $2, $3, $4)
            on conflict on constraint ballot_pkey do update
                set replaced = ballot.leaf, leaf = excluded.leaf, sealed = excluded.sealed
            returning replaced)
           insert into ballot_log (election_id, leaf, replaced) select $1, $3, replaced from cast_ballot
           returning replaced is not null as "replaced!""#,
        election_id,
        ballot_key,
        leaf,
        sealed,
    )
    .fetch_one(db)
    .await
}

/// Whether a ballot lies under this key.
pub(super) async fn holds(db: &mut PgConnection, election_id: i64, ballot_key: &[u8]) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from ballot where election_id = $1 and ballot_key = $2) as "is_there!""#,
        election_id,
        ballot_key,
    )
    .fetch_one(db)
    .await
}

/// Which of these keys have a ballot.
pub(super) async fn held(db: &mut PgConnection, election_id: i64, keys: &[Vec<u8>]) -> sqlx::Result<Vec<Vec<u8>>> {
    sqlx::query_scalar!(
        "select ballot_key from ballot where election_id = $1 and ballot_key = any($2)",
        election_id,
        keys
    )
    .fetch_all(db)
    .await
}

/// Notes how far the close has come.
pub(super) async fn set_close_step(db: &mut PgConnection, election_id: i64, step: &str) -> sqlx::Result<()> {
    sqlx::query!("update election set close_step = $2 where election_id = $1", election_id, step).execute(db).await?;
    Ok(())
}

/// Rewrites the ballots without their keys, in order of ciphertext.
pub(super) async fn rewrite(db: &mut PgConnection, election_id: i64) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "insert into sealed_ballot (election_id, sealed)
         select election_id, sealed from ballot where election_id = $1 order by sealed",
        election_id
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

pub(super) async fn sealed(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Vec<Vec<u8>>> {
    sqlx::query_scalar!("select sealed from sealed_ballot where election_id = $1 order by sealed", election_id)
        .fetch_all(db)
        .await
}

/// Live leaves: acknowledged and never replaced, in order.
pub(super) async fn live_leaves(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Vec<Vec<u8>>> {
    sqlx::query_scalar!(
        "select leaf from ballot_log where election_id = $1
         except select replaced from ballot_log where election_id = $1 order by 1",
        election_id
    )
    .fetch_all(db)
    .await
    .map(|leaves| leaves.into_iter().flatten().collect())
}

/// Stores the opened ballots, identical ones merged, in order of their ranks.
pub(super) async fn store_counted(
    db: &mut PgConnection,
    election_id: i64,
    ballots: &BTreeMap<Vec<u8>, i32>,
) -> sqlx::Result<()> {
    for (ranks, n) in ballots {
        let ranks: Vec<i16> = ranks.iter().map(|r| i16::from(*r)).collect();
        sqlx::query!(
            "insert into counted_ballot (election_id, ranks, ballots) values ($1, $2, $3)",
            election_id,
            &ranks,
            n
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

pub(super) async fn set_closed(db: &mut PgConnection, election_id: i64, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "update election set closed_at = $2 where election_id = $1 and closed_at is null",
        election_id,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// The opened ballots: ranks by candidate, and how many cast them.
pub(super) async fn counted(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Vec<(Vec<i16>, i32)>> {
    let rows =
        sqlx::query!("select ranks, ballots from counted_ballot where election_id = $1 order by ranks", election_id)
            .fetch_all(db)
            .await?;
    Ok(rows.into_iter().map(|r| (r.ranks, r.ballots)).collect())
}
