//! The 2018 Kubernetes Steering Committee election, from its real ballots.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use chrono::TimeDelta;
use hustings::{
    auth::Officer,
    election::{self, close, post, result},
    mail::Mailer,
};
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use sqlx::{PgPool, Row};

use crate::harness::{
    poll::{self, closes, opens},
    shared::shared,
    site::Site,
    smtp::{Received, SmtpServer},
};

const VOTERS: usize = 692;

/// Candidates, and every ballot as the form's choices.
fn ballots() -> Option<(Vec<String>, Vec<Vec<String>>)> {
    let file = shared("elections/k8s-steering-2018/ballots.csv")?;
    let mut reader = csv::Reader::from_path(file).unwrap();
    let candidates = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let choice = |cell: &str| if cell == "-" { "none".to_owned() } else { cell.to_owned() };
    let rows = reader.records().map(|row| row.unwrap().iter().map(choice).collect()).collect();
    Some((candidates, rows))
}

#[sqlx::test(migrator = "hustings::MIGRATOR")]
async fn the_2018_election_replayed_gives_the_published_order(pool: PgPool) {
    let Some((candidates, mut ballots)) = ballots() else { return };
    let smtp = SmtpServer::start();
    let mailer = Mailer::smtp(&smtp.url, "Elections <elections@example.org>").unwrap();
    let site = Site::start(pool.clone(), opens() - TimeDelta::days(1), mailer).await;
    let election = poll::freeze(&site, &candidates, 3, VOTERS).await;
    assert_eq!(ballots.len(), 307);
    assert_eq!(ballots.iter().filter(|b| b.iter().all(|c| c == "none")).count(), 3);

    // Nothing is sent before the poll opens; then everyone gets one mail.
    site.app.clock.set(opens() - TimeDelta::seconds(1));
    site.work().await;
    assert_eq!(smtp.mails().len(), 0);
    site.app.clock.set(opens());
    site.work().await;
    let invitations = smtp.take();
    assert_eq!(distinct(&invitations, |m| &m.to), VOTERS);
    assert_eq!(distinct(&invitations, |m| &m.message_id), VOTERS);
    assert!(invitations.iter().all(|m| m.subject == "[Kubernetes] Your ballot: Steering Committee 2018"));
    assert!(invitations.iter().all(|m| m.html.contains(&m.link("/vote/"))), "both bodies hold the link");

    // 307 of them vote, in an order that has nothing to do with the roll's.
    let mut voters = invitations.clone();
    let rng = &mut ChaCha8Rng::seed_from_u64(307);
    voters.sort_by(|a, b| a.to.cmp(&b.to));
    voters.shuffle(rng);
    ballots.shuffle(rng);
    for (mail, ballot) in voters.iter().zip(&ballots) {
        let choices: Vec<&str> = ballot.iter().map(String::as_str).collect();
        let fields = poll::filled(&site, &election, &choices).await;
        let counted = poll::vote(&site, &mail.link("/vote/"), &fields).await;
        assert_eq!((counted.status.as_u16(), counted.path.as_str()), (200, "/ballot/counted"));
    }
    // One of them changes their mind three times and comes back to the first ballot.
    let fields = poll::filled(&site, &election, &ballots[0].iter().map(String::as_str).collect::<Vec<_>>()).await;
    for _ in 0..3 {
        poll::vote(&site, &voters[0].link("/vote/"), &fields).await;
    }

    remind_the_others(&site, &election, &smtp, &voters[..ballots.len()]).await;

    // One second before the hour it cannot be counted; at the hour the worker closes it.
    site.app.clock.set(closes() - TimeDelta::seconds(1));
    site.work().await;
    let mut db = pool.acquire().await.unwrap();
    let early = close::close(&mut db, &site.app.keys, &site.app.clock, election.election_id).await;
    assert!(matches!(early, Err(close::CloseError::Open(at)) if at == closes()));
    site.app.clock.set(closes());
    site.work().await;
    assert!(site.app.keys.election("steering-2018").is_err(), "the election key is destroyed");

    let election = election::by_id(&mut db, election.election_id).await.unwrap();
    let result = result::count(&mut db, &election).await.unwrap();
    assert_eq!((result.ballots(), result.blank, result.eligible), (307, 3, 692));
    let tally = tally(&site, &pool);
    assert_eq!(
        tally["ranking"],
        serde_json::json!([
            ["Aaron Crickenberger"],
            ["Timothy St. Clair"],
            ["Davanum Srinivas"],
            ["Nikhita Raghunath"],
            ["Kris Nova"],
            ["Quinton Hoole"],
            ["Stephen Augustus"],
            ["Tim Pepper"]
        ])
    );
    assert_eq!(tally["winners"], serde_json::json!(["Aaron Crickenberger", "Timothy St. Clair", "Davanum Srinivas"]));
    assert_eq!((&tally["ballots"], &tally["tie_at_seat_line"]), (&307.into(), &serde_json::json!([])));
}

fn distinct<'a>(mails: &'a [Received], what: impl Fn(&'a Received) -> &'a String) -> usize {
    mails.iter().map(what).collect::<BTreeSet<_>>().len()
}

/// The 385 others are reminded; afterwards nothing in the database tells who was.
async fn remind_the_others(site: &Site, election: &election::Election, smtp: &SmtpServer, voted: &[Received]) {
    site.app.clock.set(opens() + TimeDelta::days(12));
    let mut tx = site.app.pool.begin().await.unwrap();
    let with = (site.app.public_url.as_str(), &site.app.random);
    post::remind(&mut tx, &Officer::operator(), election.election_id, with, site.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    site.work().await;

    let reminded = smtp.take();
    let links: BTreeMap<_, _> = voted.iter().map(|m| (&m.to, m.link("/vote/"))).collect();
    assert_eq!(distinct(&reminded, |m| &m.to), VOTERS - voted.len());
    assert!(reminded.iter().all(|m| !links.contains_key(&m.to)), "nobody who voted is reminded");

    // Every row of the run is alike but for the person and the random message id.
    let rows = sqlx::query(
        "select state, last_error, changed_at::text, count(*) from mail where kind = 'reminder' group by 1, 2, 3",
    )
    .fetch_all(&site.app.pool)
    .await
    .unwrap();
    assert_eq!(rows.len(), 1);
    let row: (String, Option<String>, i64) = (rows[0].get(0), rows[0].get(1), rows[0].get(3));
    assert_eq!(row, ("reminded".to_owned(), None, i64::try_from(VOTERS).unwrap()));
    let jobs: i64 = sqlx::query_scalar("select count(*) from job where kind <> 'election.close'")
        .fetch_one(&site.app.pool)
        .await
        .unwrap();
    assert_eq!(jobs, 0, "no job is left that names a voter");
}

/// What `hustings tally --json` prints, as a process of its own.
fn tally(site: &Site, pool: &PgPool) -> serde_json::Value {
    let output = Command::new(env!("CARGO_BIN_EXE_hustings"))
        .args(["tally", "steering-2018", "--json"])
        .env("DATABASE_URL", crate::harness::url(pool))
        .env("HUSTINGS_KEY_DIR", site.keys.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
