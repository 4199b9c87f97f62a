//! How fast hours go in, next to what cannot be beaten: unpacking and parsing
//! alone, and COPY of the same rows into the same indexed tables. Takes
//! `DATABASE_URL`, makes a database `hustings_bench` beside it and drops that
//! again. Wants the six hours of 2016-01-01 in the shared data.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use futures_util::TryStreamExt;
use hustings::{
    clock::Clock,
    db,
    ingest::archive::{Limits, Options, Quiet, Scope, Sources, count_events, ingest, read_hour},
    stats::{self, Filter, Metric, Page, Window},
};
use sqlx::{Connection, PgConnection, PgPool, postgres::PgConnectOptions};

const RUNS: usize = 3;
const QUERIES: usize = 25;
/// Facts that are there before, in the second measurement.
const CROWD: i64 = 10_000_000;
const CROWDED: &str = "hustings_bench_crowded";
const TABLES: &[&str] = &["actor", "actor_login", "repo", "repo_name", "org", "fact", "activity_day"];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Some((url, dir)) = environment() else {
        eprintln!("skipped: needs DATABASE_URL, and the archive hours in HUSTINGS_SHARED or ../shared/data");
        return Ok(());
    };
    let options = PgConnectOptions::from_str(&url)?;
    let mut admin = PgConnection::connect_with(&options).await?;
    let bench = Bench { hours: Sources::range(six_hours()?, &dir)?, files: files(&dir)?, jobs: jobs() };
    println!("{} jobs, {}", bench.jobs, settings(&mut admin).await?);
    bench.run(&mut admin, &options.database("hustings_bench")).await
}

#[expect(clippy::disallowed_methods, reason = "a bench is told by the environment where to work")]
fn environment() -> Option<(String, PathBuf)> {
    let root = std::env::var("HUSTINGS_SHARED")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let dir = root.join("gharchive");
    dir.join("2016-01-01-1.json.gz").exists().then_some(())?;
    Some((std::env::var("DATABASE_URL").ok()?, dir))
}

fn jobs() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn six_hours() -> anyhow::Result<Window> {
    Ok(Window::parse("2016-01-01T01", "2016-01-01T07")?)
}

fn files(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files: Vec<_> = (1..=6).map(|hour| dir.join(format!("2016-01-01-{hour}.json.gz"))).collect();
    files.iter().all(|file| file.exists()).then_some(files).context("not all six hours are there")
}

async fn settings(db: &mut PgConnection) -> anyhow::Result<String> {
    let text: String = sqlx::query_scalar(
        "select string_agg(name || ' ' || setting, ', ' order by name)
         from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'server_version')",
    )
    .fetch_one(db)
    .await?;
    Ok(text)
}

struct Bench {
    hours: Sources,
    files: Vec<PathBuf>,
    jobs: usize,
}

impl Bench {
    async fn run(&self, admin: &mut PgConnection, options: &PgConnectOptions) -> anyhow::Result<()> {
        let (parse, events) = self.parse()?;
        let filtered = self.read(&Scope::new(&["kubernetes".into()], &[]))?;
        let read = self.read(&Scope::everything())?;
        let full = self.ingests(admin, options, "template1").await?;
        let pool = db::connect(options.clone(), 8).await?;
        let again = self.ingest(&pool).await?;
        sqlx::raw_sql("update archive_hour set reader = 0").execute(&pool).await?;
        let anew = self.ingest(&pool).await?;
        let copy = copy_again(&pool).await?;
        pool.close().await;
        // Last: what is written to make it goes to the disk for a while after.
        let crowded = crowd(admin, options.clone()).await?;
        println!("10,000,000 facts made and indexed in {:.0} s", crowded.as_secs_f64());
        let into_many = self.ingests(admin, options, CROWDED).await?;
        let pool = db::connect(options.clone(), 8).await?;
        println!("\n{:<46} {:>9} {:>10} {:>7}", "six hours of 2016", "hours/s", "events/s", "ratio");
        for (what, took) in [
            ("unpack and parse the envelope alone", parse),
            ("unpack, and make facts of one organisation", filtered),
            ("unpack, parse and make facts", read),
            ("COPY of the same rows, indexes kept, 1 connection", copy),
            ("ingest: everything kept, durable", full),
            ("ingest: the same into 10,000,000 facts", into_many),
            ("ingest again: every fact known", anew),
            ("ingest again: hours known", again),
        ] {
            line(what, took, events, full);
        }
        println!("\n{:<46} {}", "peak memory of this process", peak_memory());
        queries(&pool).await?;
        pool.close().await;
        for sql in ["drop database hustings_bench", "drop database hustings_bench_crowded"] {
            sqlx::raw_sql(sql).execute(&mut *admin).await?;
        }
        Ok(())
    }

    /// Into a copy of a database, several times.
    async fn ingests(
        &self,
        admin: &mut PgConnection,
        options: &PgConnectOptions,
        template: &str,
    ) -> anyhow::Result<Duration> {
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            fresh(admin, template).await?;
            let pool = db::connect(options.clone(), 8).await?;
            runs.push(self.ingest(&pool).await?);
            pool.close().await;
        }
        Ok(median(runs))
    }

    /// On as many threads as an ingest reads with.
    fn each(&self, work: impl Fn(&Path) -> anyhow::Result<u64> + Sync) -> anyhow::Result<(Duration, u64)> {
        let began = Instant::now();
        let counts = thread::scope(|scope| {
            let workers: Vec<_> = (0..self.jobs)
                .map(|n| {
                    let (files, work) = (&self.files, &work);
                    scope.spawn(move || files.iter().skip(n).step_by(self.jobs).map(|file| work(file)).sum())
                })
                .collect();
            workers.into_iter().map(|w| w.join().unwrap_or_else(|_| anyhow::bail!("a thread died"))).collect()
        });
        let counts: anyhow::Result<Vec<u64>> = counts;
        Ok((began.elapsed(), counts?.into_iter().sum()))
    }

    fn parse(&self) -> anyhow::Result<(Duration, u64)> {
        let runs: Vec<_> = (0..RUNS)
            .map(|_| self.each(|file| Ok(count_events(file, Limits::default())?)))
            .collect::<Result<_, _>>()?;
        Ok((median(runs.iter().map(|run| run.0).collect()), runs[0].1))
    }

    fn read(&self, scope: &Scope) -> anyhow::Result<Duration> {
        let hour = six_hours()?.from;
        let make = |file: &Path| {
            let batch = read_hour(file, hour, scope, Limits::default())?;
            Ok(u64::from(batch.counts.lines.unsigned_abs()))
        };
        let runs: Vec<_> = (0..RUNS).map(|_| self.each(make)).collect::<Result<_, _>>()?;
        Ok(median(runs.into_iter().map(|run| run.0).collect()))
    }

    async fn ingest(&self, pool: &PgPool) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let options = Options::jobs(self.jobs);
        ingest(pool, &self.hours, &Scope::everything(), options, &Clock::system(), &Quiet).await?;
        Ok(began.elapsed())
    }
}

/// A copy of a database, straight after a checkpoint.
async fn fresh(admin: &mut PgConnection, template: &str) -> anyhow::Result<()> {
    let create = format!("create database hustings_bench template {template} strategy file_copy");
    sqlx::raw_sql("drop database if exists hustings_bench").execute(&mut *admin).await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut *admin).await?;
    sqlx::raw_sql("checkpoint").execute(admin).await?;
    Ok(())
}

/// A database with facts of the two years before the hours, of 60,000 people in
/// 40,000 repositories: ids grow with time, people come at random.
async fn crowd(admin: &mut PgConnection, options: PgConnectOptions) -> anyhow::Result<Duration> {
    let began = Instant::now();
    for sql in ["drop database if exists hustings_bench_crowded", "create database hustings_bench_crowded"] {
        sqlx::raw_sql(sql).execute(&mut *admin).await?;
    }
    let pool = db::connect(options.database(CROWDED), 1).await?;
    sqlx::raw_sql("alter table fact drop constraint fact_pkey; drop index fact_actor_at").execute(&pool).await?;
    sqlx::query(
        "insert into fact
         select kind,
                case when kind in (1, 7, 12) then 16 * n when kind = 24 then extract(epoch from at)::bigint else repo end,
                case when kind = 1 then repo when kind = 24 then (random() * 9e18)::bigint when kind = 8 then n else 0 end,
                at, 1 + (random() * 60000)::bigint * 200, repo, case when kind = 8 then n end, 1, now()
         from (select n, (array[1, 1, 1, 1, 1, 7, 12, 8, 24, 24])[1 + n % 10] as kind,
                      timestamptz '2014-01-01' + n * interval '63 seconds' / 10 as at,
                      1 + (random() * 40000)::bigint * 700 as repo
               from generate_series(1, $1) n) made",
    )
    .bind(CROWD)
    .execute(&pool)
    .await?;
    sqlx::raw_sql(
        "alter table fact add constraint fact_pkey primary key (kind, key_a, key_b);
         create index fact_actor_at on fact (actor_id, at);
         insert into activity_day
         select (at at time zone 'UTC')::date, actor_id, repo_id, kind, count(*) from fact group by 1, 2, 3, 4",
    )
    .execute(&pool)
    .await?;
    // Not beside another statement: those of one call are one transaction.
    sqlx::raw_sql("vacuum analyze").execute(&pool).await?;
    pool.close().await;
    Ok(began.elapsed())
}

/// Takes every row out and puts it back with COPY, a transaction for each table.
async fn copy_again(pool: &PgPool) -> anyhow::Result<Duration> {
    let mut db = pool.acquire().await?;
    let mut took = Duration::ZERO;
    for table in TABLES {
        let out = format!("copy {table} to stdout (format binary)");
        let rows: Vec<_> = db.copy_out_raw(&out).await?.try_collect().await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("truncate {table}"))).execute(&mut *db).await?;
        let began = Instant::now();
        let mut copy = db.copy_in_raw(&format!("copy {table} from stdin (format binary)")).await?;
        copy.send(rows.concat()).await?;
        copy.finish().await?;
        took += began.elapsed();
    }
    Ok(took)
}

async fn queries(pool: &PgPool) -> anyhow::Result<()> {
    let mut db = pool.acquire().await?;
    sqlx::raw_sql("vacuum analyze").execute(&mut *db).await?;
    let page = Page { limit: 50, offset: 0 };
    for (what, window) in [
        ("activity of the six hours, from the roll-up", Window::parse("2016-01-01", "2016-01-02")?),
        ("activity of the six hours, from the facts", six_hours()?),
    ] {
        let filter = Filter::new(window, Metric::contributions());
        let mut runs = Vec::new();
        for _ in 0..QUERIES {
            let began = Instant::now();
            stats::people(&mut stats::Reader::alone(&mut db), &filter, 1, page).await?;
            runs.push(began.elapsed());
        }
        println!("{what:<46} {:.1} ms", median(runs).as_secs_f64() * 1000.0);
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand events")]
fn line(what: &str, took: Duration, events: u64, full: Duration) {
    let seconds = took.as_secs_f64();
    let ratio = full.as_secs_f64() / seconds;
    println!("{what:<46} {:>9.1} {:>10.0} {ratio:>6.2}×", 6.0 / seconds, events as f64 / seconds);
}

fn median(mut runs: Vec<Duration>) -> Duration {
    runs.sort_unstable();
    runs[runs.len() / 2]
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "unknown".to_owned(), |peak| peak.trim().to_owned())
}
