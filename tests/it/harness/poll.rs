//! An election with its voters, from file to open poll, and how they vote.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use hustings::{
    auth::Officer,
    election::{self, Election, definition, freeze, keys::Token, life},
    eligibility::import,
};

use super::site::{Answer, Browser, Site};

/// 19 September 2018, midnight: when the poll of these tests opens.
pub fn opens() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2018, 9, 19, 0, 0, 0).unwrap()
}

/// Two weeks later: when it closes.
pub fn closes() -> DateTime<Utc> {
    opens() + TimeDelta::days(14)
}

/// A numeric GitHub id for the n-th voter: in an order unlike that of the mails.
pub fn voter_id(n: usize) -> i64 {
    1000 + i64::try_from(n * 7919 % 100_003).unwrap()
}

/// The `election.toml` of a poll between these candidates.
pub fn file(candidates: &[String], seats: usize) -> String {
    let mut file = format!(
        "slug = \"steering-2018\"\ntitle = \"Steering Committee 2018\"\norganisation = \"Kubernetes\"\nseats = {seats}\n\
         blank = \"no-opinion\"\n\n[dates]\nopens = \"{}\"\ncloses = \"{}\"\n",
        opens().to_rfc3339(),
        closes().to_rfc3339()
    );
    for name in candidates {
        file += &format!("\n[[candidates]]\nname = \"{name}\"\nemployer = \"Independent\"\nbio = \"I stand.\"\n");
    }
    file
}

/// Creates, fills and freezes an election with `voters` voters, a day before it opens.
pub async fn freeze(site: &Site, candidates: &[String], seats: usize, voters: usize) -> Election {
    let (officer, now) = (Officer::operator(), opens() - TimeDelta::days(1));
    let new = definition::NewElection::parse(&file(candidates, seats)).unwrap();
    let mut tx = site.app.pool.begin().await.unwrap();
    let election = definition::create(&mut tx, &officer, &new, now).await.unwrap();
    let id = election.election_id;
    life::announce(&mut tx, &officer, id, now).await.unwrap();
    import::roll(&mut tx, id, roll(voters).as_bytes()).await.unwrap();
    let keys = (&site.app.keys, &site.app.random);
    let election = freeze::freeze(&mut tx, &officer, keys, id, None, now).await.unwrap();
    tx.commit().await.unwrap();
    election
}

/// A roll in the order of the voters' numbers.
pub fn roll(voters: usize) -> String {
    let lines = (0..voters).map(|n| format!("{},voter{n},voter{n}@example.org\n", voter_id(n)));
    std::iter::once("github_id,login,email\n".to_owned()).chain(lines).collect()
}

/// The token of the n-th voter, as the mail has it.
pub fn token(site: &Site, election: &Election, n: usize) -> Token {
    site.app.keys.election(&election.slug).unwrap().voter_token(voter_id(n), 0)
}

/// The link of the n-th voter.
pub fn link(site: &Site, election: &Election, n: usize) -> String {
    site.url(&format!("/vote/{}", token(site, election, n).reveal()))
}

/// The ballot form filled with a rank or `none` per candidate, in the order of the definition.
pub async fn filled(site: &Site, election: &Election, choices: &[&str]) -> Vec<(String, String)> {
    let mut db = site.app.pool.acquire().await.unwrap();
    let candidates = election::candidates(&mut db, election.election_id).await.unwrap();
    let name = |c: &election::Candidate| format!("rank-{}", c.candidate_id);
    candidates.iter().zip(choices).map(|(c, choice)| (name(c), (*choice).to_owned())).collect()
}

/// Follows a link, fills the form, reads the review and confirms, as a browser
/// without JavaScript would. Returns the last page.
pub async fn vote(site: &Site, link: &str, fields: &[(String, String)]) -> Answer {
    let browser = Browser::new();
    let review = browser.fill(site, link, "/ballot/review", fields).await;
    if review.status != 200 {
        return review;
    }
    let mut confirm = review.hidden();
    if !review.words("input[name=sure]").is_empty() {
        confirm.push(("sure".into(), "yes".into()));
    }
    browser.submit(site, "/ballot/cast", &confirm).await
}
