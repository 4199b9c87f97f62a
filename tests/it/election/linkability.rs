//! Can anyone who holds the whole database tell whose ballot is whose? The suite
//! plays that reader: it joins voters and ballots on every trace `PostgreSQL`
//! keeps. It must find no more than chance in our schema, and everyone in a schema
//! that marks the voter and stores the ballot in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use hustings::{
    auth::Officer,
    election::{self, ballot::Ranking, ballot_box, post},
    mail::Mailer,
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use sqlx::{AssertSqlSafe, PgPool, Row};

use crate::harness::{
    poll::{self, opens},
    site::Site,
};

const VOTERS: usize = 300;
/// Guessing an order at random hits one of them on average (σ = 1). Many guesses
/// are made, so the bound is the one that all of them together stay under
/// with a probability of 1 − 10⁻⁶ (Poisson), not 1 + 3σ of a single one.
const CHANCE: usize = 10;

/// The truth, as only the test knows it: voter id → leaf or ballot id, as text.
type Truth = BTreeMap<i64, String>;

/// A table with every row's traces: the columns as text, and the hidden ones.
struct Traces {
    name: String,
    rows: Vec<HashMap<String, String>>,
}

async fn traces(pool: &PgPool) -> Vec<Traces> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relkind = 'r' and c.relname !~ '^_sqlx' order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut all = Vec::new();
    for name in tables {
        let query = format!(
            "select j.key, j.value, n from
               (select row_number() over (order by t.ctid) as n,
                       to_jsonb(t) || jsonb_build_object('xmin', lpad(t.xmin::text, 12, '0'), 'ctid', 'row') as j
                from {name} t) r, jsonb_each_text(r.j) j where j.value is not null"
        );
        let mut rows: BTreeMap<i64, HashMap<String, String>> = BTreeMap::new();
        for row in sqlx::query(AssertSqlSafe(query)).fetch_all(pool).await.unwrap() {
            let n: i64 = row.get(2);
            let cells = rows.entry(n).or_default();
            cells.insert("ctid".into(), format!("{n:012}"));
            let (key, value): (String, String) = (row.get(0), row.get(1));
            if key != "ctid" {
                cells.insert(key, sortable(value));
            }
        }
        all.push(Traces { name, rows: rows.into_values().collect() });
    }
    all
}

/// Numbers padded, so that text sorts as they do.
fn sortable(value: String) -> String {
    if value.parse::<u64>().is_ok() { format!("{value:0>20}") } else { value }
}

/// Whom a row is about, and which ballot, if it says so.
fn voter(row: &HashMap<String, String>) -> Option<i64> {
    row.get("github_id").or_else(|| row.get("voter_id"))?.trim_start_matches('0').parse().ok()
}

fn ballot(row: &HashMap<String, String>) -> Option<&String> {
    row.get("leaf").or_else(|| row.get("ballot_id"))
}

/// Links voters to ballots by equal values in any two columns, xmin among them:
/// the most pairs that one join gets right.
fn by_equal_values(tables: &[Traces], truth: &Truth) -> (usize, String) {
    best(tables, |voters, ballots, vc, bc| {
        let mut by_value: HashMap<&String, Vec<&String>> = HashMap::new();
        for row in &ballots.rows {
            if let (Some(value), Some(id)) = (row.get(bc), ballot(row)) {
                by_value.entry(value).or_default().push(id);
            }
        }
        let hits = voters.rows.iter().filter(|row| {
            let found = row.get(vc).and_then(|value| by_value.get(value));
            let only = found.filter(|ids| ids.iter().collect::<BTreeSet<_>>().len() == 1).map(|ids| ids[0]);
            only.is_some() && only == voter(row).and_then(|id| truth.get(&id))
        });
        hits.count()
    })
}

/// Links the n-th voter to the n-th ballot in every order that two columns give,
/// the order on disk among them.
fn by_order(tables: &[Traces], truth: &Truth) -> (usize, String) {
    best(tables, |voters, ballots, vc, bc| {
        let mut people: Vec<_> =
            voters.rows.iter().filter(|r| voter(r).is_some_and(|id| truth.contains_key(&id))).collect();
        let mut cast: Vec<_> = ballots.rows.iter().filter(|r| ballot(r).is_some()).collect();
        people.sort_by_key(|row| row.get(vc));
        cast.sort_by_key(|row| row.get(bc));
        let hits = people.iter().zip(&cast).filter(|(p, b)| voter(p).and_then(|id| truth.get(&id)) == ballot(b));
        hits.count()
    })
}

/// The best of all pairs of columns between tables of people and tables of ballots.
fn best(tables: &[Traces], hits: impl Fn(&Traces, &Traces, &str, &str) -> usize) -> (usize, String) {
    let mut best = (0, String::new());
    let with = |what: fn(&HashMap<String, String>) -> bool| tables.iter().filter(move |t| t.rows.iter().any(what));
    for voters in with(|r| voter(r).is_some()) {
        for ballots in with(|r| ballot(r).is_some()) {
            for vc in columns(voters) {
                for bc in columns(ballots) {
                    let n = hits(voters, ballots, vc, bc);
                    if n > best.0 {
                        best = (n, format!("{}.{vc} with {}.{bc}", voters.name, ballots.name));
                    }
                }
            }
        }
    }
    best
}

fn columns(table: &Traces) -> BTreeSet<&String> {
    table.rows.iter().flat_map(HashMap::keys).collect()
}

/// A busy poll: invitations, casts on many connections in an order unrelated to
/// the roll, re-votes and a reminder run in between. Returns the truth.
async fn busy_poll(site: &Site, election: &election::Election) -> Truth {
    let rng = &mut ChaCha8Rng::seed_from_u64(9);
    let mut order: Vec<usize> = (0..VOTERS).collect();
    order.shuffle(rng);
    site.work().await;
    let mut truth = Truth::new();
    for (part, voters) in order.chunks(VOTERS / 3).enumerate() {
        let casts = voters.iter().map(|n| cast(site, election, *n));
        truth.extend(stream::iter(casts).buffer_unordered(20).collect::<Vec<_>>().await);
        if part == 1 {
            site.app.clock.set(opens() + TimeDelta::days(5));
            let mut tx = site.app.pool.begin().await.unwrap();
            let with = (site.app.public_url.as_str(), &site.app.random);
            let now = site.app.clock.now();
            post::remind(&mut tx, &Officer::operator(), election.election_id, with, now).await.unwrap();
            tx.commit().await.unwrap();
            site.work().await;
        }
    }
    for n in &order[..VOTERS / 10] {
        truth.extend([cast(site, election, *n).await]);
    }
    truth
}

async fn cast(site: &Site, election: &election::Election, n: usize) -> (i64, String) {
    let ranking = Ranking::from_ranks(vec![1, 2, u8::try_from(n % 4).unwrap()]);
    let mut tx = site.app.pool.begin().await.unwrap();
    let with = (&site.app.clock, &site.app.random);
    let cast = ballot_box::cast(&mut tx, with, &poll::token(site, election, n), &ranking).await.unwrap();
    tx.commit().await.unwrap();
    (poll::voter_id(n), format!("\\x{}", cast.receipt))
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn no_ballot_can_be_traced_after_a_busy_poll(pool: PgPool) {
    let site = Site::start(pool.clone(), opens() - TimeDelta::days(1), Mailer::captured()).await;
    let names = ["Ada", "Ben", "Cy"].map(str::to_owned);
    let election = poll::freeze(&site, &names, 1, VOTERS).await;
    site.app.clock.set(opens());
    let truth = busy_poll(&site, &election).await;
    assert_eq!(truth.len(), VOTERS);

    let tables = traces(&pool).await;
    let seen: BTreeSet<&str> = tables.iter().map(|t| t.name.as_str()).collect();
    for table in ["mail", "job", "session", "voter", "roll_entry", "ballot_log_1", "ballot_1"] {
        assert!(seen.contains(table), "the reader looks at {table}");
    }
    let (linked, how) = by_equal_values(&tables, &truth);
    assert!(linked <= CHANCE, "{linked} of {VOTERS} voters linked by {how}");
    let (linked, how) = by_order(&tables, &truth);
    assert!(linked <= CHANCE, "{linked} of {VOTERS} voters linked by the order of {how}");
}

/// After the close neither the log nor the ballots tell when anything was cast:
/// both lie on disk in order of their own bytes, written by one transaction.
#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn the_order_of_the_casts_is_gone_after_the_close(pool: PgPool) {
    let site = Site::start(pool.clone(), opens() - TimeDelta::days(1), Mailer::captured()).await;
    let names = ["Ada", "Ben", "Cy"].map(str::to_owned);
    let election = poll::freeze(&site, &names, 1, VOTERS).await;
    site.app.clock.set(opens());
    busy_poll(&site, &election).await;
    site.app.clock.set(poll::closes());
    site.work().await;
    for (table, column) in
        [("ballot_log", "leaf"), ("sealed_ballot", "sealed"), ("counted_ballot", "ranks::text::bytea")]
    {
        let query = format!("select {column}, xmin::text from {table} order by ctid");
        let rows = sqlx::query(AssertSqlSafe(query)).fetch_all(&pool).await.unwrap();
        assert!(!rows.is_empty(), "{table}");
        let writers: BTreeSet<String> = rows.iter().map(|row| row.get(1)).collect();
        assert_eq!(writers.len(), 1, "{table} was written by one transaction");
        let values: Vec<Vec<u8>> = rows.iter().map(|row| row.get(0)).collect();
        assert!(values.is_sorted(), "{table} lies in order of its own bytes");
    }
    let box_is_gone: bool =
        sqlx::query_scalar("select to_regclass('ballot_1') is null and not exists (select from ballot)")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert!(box_is_gone);
}

/// The schema that others use: one transaction marks the voter and stores the ballot.
#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn the_same_reader_finds_everyone_in_the_usual_schema(pool: PgPool) {
    sqlx::raw_sql(
        "create table usual_voter (voter_id bigint primary key, voted boolean not null default false);
         create table usual_ballot (ballot_id uuid primary key default gen_random_uuid(), ranks text not null);",
    )
    .execute(&pool)
    .await
    .unwrap();
    for n in 0..VOTERS {
        let id = poll::voter_id(n);
        sqlx::query("insert into usual_voter values ($1)").bind(id).execute(&pool).await.unwrap();
    }
    let mut order: Vec<usize> = (0..VOTERS).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(9));
    let casts = order.into_iter().map(|n| usual_cast(&pool, poll::voter_id(n)));
    let truth: Truth = stream::iter(casts).buffer_unordered(20).collect().await;

    let (linked, how) = by_equal_values(&traces(&pool).await, &truth);
    assert_eq!(linked, VOTERS, "the suite must break the usual schema; it tried {how}");
}

async fn usual_cast(pool: &PgPool, voter: i64) -> (i64, String) {
    let mut tx = pool.begin().await.unwrap();
    sqlx::query("update usual_voter set voted = true where voter_id = $1").bind(voter).execute(&mut *tx).await.unwrap();
    let ballot: String =
        sqlx::query_scalar("insert into usual_ballot (ranks) values ('1,2,3') returning ballot_id::text")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
    tx.commit().await.unwrap();
    (voter, ballot)
}
