//! The ballot box under pressure, and what it refuses.

use chrono::TimeDelta;
use futures_util::future::join_all;
use hustings::{election, mail::Mailer};
use sqlx::{PgPool, Row};

use crate::harness::{
    poll::{self, closes, opens},
    site::{Browser, Site},
};

async fn open_poll(pool: &PgPool) -> (Site, election::Election) {
    let site = Site::start(pool.clone(), opens() - TimeDelta::days(1), Mailer::captured()).await;
    let names = ["Ada", "Ben", "Cy"].map(str::to_owned);
    let election = poll::freeze(&site, &names, 2, 60).await;
    site.app.clock.set(opens());
    (site, election)
}

/// Every row of every table, as text: what a dump would hold.
async fn dump(pool: &PgPool) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relkind = 'r' order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut rows = Vec::new();
    for table in tables {
        let query = format!("select '{table} ' || t::text || ' ' || t.xmin::text from {table} t order by 1");
        rows.extend(sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(query)).fetch_all(pool).await.unwrap());
    }
    rows
}

async fn ballots(pool: &PgPool) -> (i64, i64) {
    let row = sqlx::query("select (select count(*) from ballot), (select count(*) from ballot_log)");
    let row = row.fetch_one(pool).await.unwrap();
    (row.get(0), row.get(1))
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn following_a_link_changes_nothing(pool: PgPool) {
    let (site, election) = open_poll(&pool).await;
    site.work().await;
    let before = dump(&pool).await;
    let client = crate::harness::client().cookie_store(true).build().unwrap();
    let link = poll::link(&site, &election, 1);
    for url in [link.clone(), site.url("/ballot"), site.url("/ballot/counted"), site.url("/elections/steering-2018")] {
        for _ in 0..2 {
            client.get(&url).send().await.unwrap();
            client.head(&url).send().await.unwrap();
        }
    }
    assert_eq!(client.get(&link).send().await.unwrap().status(), 200);
    assert_eq!(dump(&pool).await, before);
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn fifty_parallel_casts_on_one_token_leave_one_row(pool: PgPool) {
    let (site, election) = open_poll(&pool).await;
    let link = poll::link(&site, &election, 1);
    let fields = poll::filled(&site, &election, &["1", "2", "3"]).await;
    let votes = (0..50).map(|_| poll::vote(&site, &link, &fields));
    for counted in join_all(votes).await {
        assert_eq!(counted.path, "/ballot/counted");
    }
    assert_eq!(ballots(&pool).await, (1, 50));
    let live: i64 = sqlx::query_scalar(
        "select count(*) from ballot_log l where not exists (select from ballot_log where replaced = l.leaf)",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(live, 1, "each of the others names the one it replaced");
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn a_cast_writes_the_ballot_and_its_leaf_and_nothing_else(pool: PgPool) {
    let (site, election) = open_poll(&pool).await;
    site.work().await;
    let before = dump(&pool).await;
    let fields = poll::filled(&site, &election, &["1", "none", "2"]).await;
    poll::vote(&site, &poll::link(&site, &election, 4), &fields).await;
    let after = dump(&pool).await;
    let new: Vec<&String> = after.iter().filter(|row| !before.contains(row)).collect();
    let tables: Vec<&str> = new.iter().map(|row| row.split(' ').next().unwrap()).collect();
    let id = election.election_id;
    assert_eq!(tables, [format!("ballot_{id}"), format!("ballot_log_{id}")]);
    assert_eq!(after.len(), before.len() + 2, "and no row was changed or taken away");
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn a_second_look_shows_an_empty_ballot_and_says_that_one_is_in(pool: PgPool) {
    let (site, election) = open_poll(&pool).await;
    let link = poll::link(&site, &election, 1);
    let fields = poll::filled(&site, &election, &["2", "1", "none"]).await;
    poll::vote(&site, &link, &fields).await;
    let again = Browser::new().get(&link).await;
    assert!(again.words(".note.warn")[0].starts_with("A ballot of yours is in the box"));
    assert_eq!(again.attributes(".cand option[selected]", "value"), ["", "", ""]);
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn what_is_no_ballot_is_refused_with_a_sentence(pool: PgPool) {
    let (site, election) = open_poll(&pool).await;
    let link = poll::link(&site, &election, 1);
    let fields = poll::filled(&site, &election, &["1", "2", "4"]).await;
    let stranger = vec![("rank-99999".to_owned(), "1".to_owned())];
    let untouched = poll::filled(&site, &election, &["", "", ""]).await;
    for (fields, words) in [
        (&fields, "Cy was given the rank \"4\", but ranks go from 1 to 3"),
        (&stranger, "a candidate who is not on this ballot"),
        (&untouched, "nothing is chosen yet"),
    ] {
        for address in ["/ballot/review", "/ballot/cast"] {
            let refused = Browser::new().fill(&site, &link, address, fields).await;
            assert_eq!(refused.status, 422, "{address} {fields:?}");
            let alert = refused.words("[role=alert]").join(" ");
            assert!(alert.contains(words), "{address}: {alert}");
        }
    }
    assert_eq!(ballots(&pool).await, (0, 0));
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn a_ballot_without_an_opinion_is_asked_about_twice(pool: PgPool) {
    let (site, election) = open_poll(&pool).await;
    let (browser, link) = (Browser::new(), poll::link(&site, &election, 1));
    for choices in [["none", "none", "none"], ["2", "2", "2"]] {
        let fields = poll::filled(&site, &election, &choices).await;
        assert_eq!(browser.fill(&site, &link, "/ballot/cast", &fields).await.status, 422);
        assert_eq!(ballots(&pool).await.1, 0);
    }
    let mut sure = poll::filled(&site, &election, &["none"; 3]).await;
    sure.push(("sure".into(), "yes".into()));
    assert_eq!(browser.fill(&site, &link, "/ballot/cast", &sure).await.path, "/ballot/counted");
    assert_eq!(ballots(&pool).await, (1, 1));
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn the_poll_opens_and_closes_to_the_second(pool: PgPool) {
    let (site, election) = open_poll(&pool).await;
    let link = poll::link(&site, &election, 1);
    let fields = poll::filled(&site, &election, &["1", "2", "3"]).await;
    let second = TimeDelta::seconds(1);
    for (at, status, title) in [
        (opens() - second, 409, "Voting has not opened yet"),
        (opens(), 200, "Your ballot is in the box"),
        (closes() - second, 200, "Your ballot is in the box"),
        (closes(), 410, "Voting has closed"),
    ] {
        // The browser came while the poll was open; only the cast is at the instant.
        let browser = Browser::new();
        site.app.clock.set(opens() + TimeDelta::days(1));
        let hidden = browser.get(&link).await.hidden();
        site.app.clock.set(at);
        let answer = browser.submit(&site, "/ballot/cast", &[hidden, fields.clone()].concat()).await;
        assert_eq!((answer.status.as_u16(), answer.words("h1")[0].as_str()), (status, title), "at {at}");
    }
    assert_eq!(ballots(&pool).await, (1, 2));
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn a_form_made_for_one_link_is_not_cast_with_another(pool: PgPool) {
    let (site, election) = open_poll(&pool).await;
    let fields = poll::filled(&site, &election, &["1", "2", "3"]).await;
    let browser = Browser::new();
    let mine = browser.get(&poll::link(&site, &election, 1)).await.hidden();
    browser.get(&poll::link(&site, &election, 2)).await;
    for address in ["/ballot/review", "/ballot/cast"] {
        let refused = browser.submit(&site, address, &[mine.clone(), fields.clone()].concat()).await;
        assert_eq!((refused.status.as_u16(), refused.words("h1")[0].as_str()), (409, "Another link was opened"));
    }
    assert_eq!(ballots(&pool).await, (0, 0));
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn unknown_mistyped_and_missing_links_read_alike(pool: PgPool) {
    let (site, _) = open_poll(&pool).await;
    let unknown = format!("/vote/{}", "a".repeat(64));
    let mut pages = Vec::new();
    for path in [unknown.as_str(), "/vote/short", "/ballot"] {
        let answer = Browser::new().get(&site.url(path)).await;
        assert_eq!(answer.status, 404);
        pages.push(answer.words("main > :not(.request-id)"));
    }
    assert!(pages.windows(2).all(|pair| pair[0] == pair[1]), "{pages:?}");
}
