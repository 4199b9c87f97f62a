//! The database: pool, names of violated constraints, the advisory lock of a
//! ballot box, and the private cluster that runs when no `DATABASE_URL` is given.
//!
//! Below `app`, functions take `&mut PgConnection`, never a pool: with no pool in
//! reach a query cannot slip out of its transaction.

use chrono::{DateTime, Utc};
pub mod cluster;

use sqlx::{PgConnection, PgPool, Postgres, Transaction, postgres::PgConnectOptions, postgres::PgPoolOptions};

/// Connects, and brings the schema up to date.
pub async fn connect(options: PgConnectOptions, connections: u32) -> anyhow::Result<PgPool> {
    let pool = PgPoolOptions::new().max_connections(connections).connect_with(options).await?;
    crate::MIGRATOR.run(&pool).await?;
    Ok(pool)
}

/// Whether `error` is the violation of the constraint with this name.
pub fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    matches!(error, sqlx::Error::Database(e) if e.constraint() == Some(constraint))
}

/// Classes of advisory lock, so that two users of one number never meet.
#[derive(Clone, Copy, Debug)]
#[repr(i32)]
pub enum LockClass {
    /// Casts share it, the close holds it alone; the number is the election's.
    BallotBox = 1,
    /// One worker schedules.
    Leader = 2,
    /// One transaction at a time appends to an election's log.
    ElectionLog = 3,
    /// One transaction at a time writes names of accounts, and one those of repositories.
    Names = 4,
    /// Hours share it, who names exact instants of closings holds it alone.
    Occurrences = 5,
    /// One transaction at a time derives who works where.
    Affiliations = 6,
    /// One claim at a time joins those that wait.
    Claims = 7,
}

/// Waits for this transaction's share of a lock.
pub async fn lock_shared(db: &mut PgConnection, class: LockClass, id: i32) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock_shared($1, $2)", class as i32, id).execute(db).await?;
    Ok(())
}

/// Waits until this transaction holds a lock alone.
pub async fn lock_exclusive(db: &mut PgConnection, class: LockClass, id: i32) -> sqlx::Result<()> {
    sqlx::query!("select pg_advisory_xact_lock($1, $2)", class as i32, id).execute(db).await?;
    Ok(())
}

/// Takes a lock alone for this transaction, if nobody has it.
pub async fn try_lock(db: &mut PgConnection, class: LockClass, id: i32) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1, $2) as "taken!""#, class as i32, id).fetch_one(db).await
}

/// Begins a read-only snapshot for one page: its numbers agree with each other
/// while an ingest commits, and no filter makes it wait longer than 20 s. Each question
/// is planned for what it asks: the plan that fits a month takes minutes for ten years.
pub async fn snapshot(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    let mut tx = pool.begin_with("begin isolation level repeatable read read only").await?;
    sqlx::raw_sql("set local statement_timeout = '20s'; set local plan_cache_mode = force_custom_plan")
        .execute(&mut *tx)
        .await?;
    Ok(tx)
}

/// What time the database thinks it is.
pub async fn clock(db: &mut PgConnection) -> sqlx::Result<DateTime<Utc>> {
    sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#).fetch_one(db).await
}
