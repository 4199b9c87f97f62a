//! How fast pages are: every dashboard over HTTP, under many filters, beside ten million
//! facts of ten years by 60,000 people in 400 repositories; next to the same server
//! asking the database for `select 1`. Takes `DATABASE_URL`, makes a database
//! `hustings_pages` beside it and drops that again. `HUSTINGS_BENCH_FACTS` makes fewer.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    str::FromStr,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use hustings::db;
use reqwest::Client;
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool, postgres::PgConnectOptions};

const FACTS: i64 = 10_000_000;
/// Requests of each page under each filter; the first fills caches and counts too.
const ROUNDS: usize = 8;

const PAGES: &[&str] = &[
    "/",
    "/people",
    "/people.csv",
    "/people/person-9",
    "/repositories",
    "/companies",
    "/pull-requests",
    "/issues",
    "/reviews",
    "/contributors",
    "/compare",
    "/groups",
    "/data",
    "/definitions",
    "/search?q=person-99",
];

/// What people ask for: a month, a quarter, a year, everything, and parts of it.
const FILTERS: &[&str] = &[
    "",
    "from=2025-11-01&to=2025-12-01",
    "from=2019-01-01&to=2019-04-01",
    "from=2016-01-01&to=2026-01-01",
    "from=2016-01-01&to=2026-01-01&by=month&bots=1",
    "org=org-3",
    "repo=org-2/repo-21",
    "group=group-4",
    "company=Company+7",
    "metric=pull_requests&by=week",
    "metric=activity&from=2024-01-01T05&to=2025-06-01T17",
    "org=org-3&company=Company+7&metric=comments&from=2020-01-01&to=2026-01-01",
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Some(url) = setting("DATABASE_URL") else {
        eprintln!("skipped: needs DATABASE_URL");
        return Ok(());
    };
    let facts = setting("HUSTINGS_BENCH_FACTS").map_or(Ok(FACTS), |n| n.parse())?;
    let options = PgConnectOptions::from_str(&url)?;
    let mut admin = PgConnection::connect_with(&options).await?;
    for sql in ["drop database if exists hustings_pages", "create database hustings_pages"] {
        sqlx::raw_sql(sql).execute(&mut admin).await?;
    }
    let options = options.database("hustings_pages");
    let began = Instant::now();
    let pool = db::connect(options.clone(), 1).await?;
    fill(&pool, facts).await?;
    pool.close().await;
    println!("{facts} facts made and indexed in {:.0} s\n", began.elapsed().as_secs_f64());
    let site = Site::start(&options).await?;
    site.measure().await?;
    drop(site);
    sqlx::raw_sql("drop database hustings_pages with (force)").execute(&mut admin).await?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a bench is told by the environment where to work")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Some people do much and most do little; ids grow with time.
async fn fill(pool: &PgPool, facts: i64) -> anyhow::Result<()> {
    for sql in [
        "alter table fact drop constraint fact_pkey; drop index fact_actor_at",
        "insert into actor select n, n, 'person-' || n, n % 100 = 0 from generate_series(1, 60000) n",
        "insert into actor_login select actor_id, login, '2016-01-01', '2025-12-31' from actor",
        "insert into org select n, 'org-' || n, '2025-12-31' from generate_series(1, 20) n",
        "insert into repo select n, 'org-' || n % 20 + 1 || '/repo-' || n, n % 20 + 1 from generate_series(1, 400) n",
        "insert into repo_name select repo_id, name, org_id, '2016-01-01', '2025-12-31' from repo",
        "insert into group_repository select 'group-' || repo_id % 40, name, '2025-12-31' from repo",
        "insert into affiliation
         select n, 'Company ' || floor(200 * power(random(), 2)), daterange(null, '2021-01-01') from generate_series(1, 60000, 2) n
         union all
         select n, 'Company ' || floor(200 * power(random(), 2)), daterange('2021-01-01', null) from generate_series(1, 60000, 3) n",
        "insert into archive_day
         select day, '*', array_fill(6000, '{24}'), '{PushEvent,IssuesEvent}', '{90000,20000}'
         from generate_series(date '2016-01-01', date '2025-12-31', '1 day') day",
    ] {
        sqlx::raw_sql(sql).execute(pool).await?;
    }
    sqlx::query(
        "insert into fact
         select kind, case when kind in (3, 4, 8, 9, 20) then repo else n end, case when kind in (3, 4, 8, 9, 20) then n else 0 end,
                at, person, repo, case when kind <> 1 then (n / 400)::integer end, 1, at
         from (select n, (array[1, 1, 1, 1, 7, 7, 12, 12, 13, 14, 3, 4, 8, 9, 20, 1, 7, 24, 24, 12])[1 + n % 20] as kind,
                      timestamptz '2016-01-01Z' + n * (interval '3653 days' / $1) as at,
                      1 + floor(60000 * power(random(), 3))::bigint as person,
                      1 + floor(400 * power(random(), 2))::bigint as repo
               from generate_series(1, $1 - 1) n) made",
    )
    .bind(facts)
    .execute(pool)
    .await?;
    sqlx::raw_sql(
        "alter table fact add constraint fact_pkey primary key (kind, key_a, key_b);
         create index fact_actor_at on fact (actor_id, at);
         insert into activity_day
         select (at at time zone 'UTC')::date, actor_id, repo_id, kind, count(*) from fact group by 1, 2, 3, 4
         -- An ingest writes day after day.
         order by 1",
    )
    .execute(pool)
    .await?;
    sqlx::raw_sql("vacuum analyze").execute(pool).await?;
    Ok(())
}

/// The site, as a process of its own.
struct Site {
    process: Child,
    url: String,
    client: Client,
}

impl Drop for Site {
    fn drop(&mut self) {
        // Whatever it says, the database goes away now.
        drop(self.process.kill().and_then(|()| self.process.wait()));
    }
}

impl Site {
    async fn start(database: &PgConnectOptions) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let folder = tempfile::tempdir()?;
        let process = Command::new(env!("CARGO_BIN_EXE_hustings"))
            .args(["web", "--listen", &address, "--public-url", "http://localhost"])
            .args(["--database-url", database.to_url_lossy().as_str(), "--mail-from", "a@example.org"])
            .arg("--key-dir")
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()?;
        // Clients are built without a TLS provider of their own.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let site = Self { process, url: format!("http://{address}"), client: Client::new() };
        let began = Instant::now();
        while site.client.get(format!("{}/readyz", site.url)).send().await.is_err() {
            ensure!(began.elapsed() < Duration::from_secs(30), "the site does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(site)
    }

    /// From the request to the last byte.
    async fn ask(&self, path: &str) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let answer = self.client.get(format!("{}{path}", self.url)).send().await?;
        let status = answer.status();
        answer.bytes().await?;
        ensure!(status.is_success(), "{path}: {status}");
        Ok(began.elapsed())
    }

    async fn measure(&self) -> anyhow::Result<()> {
        let began = Instant::now();
        self.ask("/?from=2016-01-01&to=2026-01-01").await?;
        println!("the first page over everything, right after the start: {:.1} s\n", began.elapsed().as_secs_f64());
        let mut worst = Vec::new();
        println!("{:<22} {:>9} {:>9} {:>9}", "page", "p50, ms", "p99, ms", "requests");
        let mut least = Vec::new();
        for _ in 0..200 {
            least.push(self.ask("/readyz").await?);
        }
        line("select 1 (/readyz)", &mut least);
        for page in PAGES {
            let mut all = Vec::new();
            for filter in FILTERS {
                let join = if page.contains('?') { '&' } else { '?' };
                let compared = "&of=repo&with=org-2/repo-1&with=org-3/repo-2&with=org-4/repo-3&with=org-5/repo-4&with=org-6/repo-5";
                let compared = if *page == "/compare" { compared } else { "" };
                let path = format!("{page}{join}{filter}{compared}");
                let mut runs = Vec::new();
                for _ in 0..ROUNDS {
                    runs.push(self.ask(&path).await.context(path.clone())?);
                }
                all.extend_from_slice(&runs);
                runs.sort_unstable();
                worst.push((runs[ROUNDS / 2], path));
            }
            line(page, &mut all);
        }
        worst.sort_unstable_by(|a, b| b.cmp(a));
        println!("\nthe 20 slowest, each by its median of {ROUNDS}");
        for (took, path) in worst.iter().take(20) {
            println!("{:>9.1} ms  {path}", milliseconds(*took));
        }
        Ok(())
    }
}

fn line(what: &str, runs: &mut [Duration]) {
    runs.sort_unstable();
    let at = |share: usize| milliseconds(runs[(runs.len() - 1) * share / 100]);
    println!("{what:<22} {:>9.1} {:>9.1} {:>9}", at(50), at(99), runs.len());
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}
