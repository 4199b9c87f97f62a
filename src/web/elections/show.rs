//! `/elections/{slug}`: where an election stands, what you can do now, who stands,
//! who may vote.

use askama::Template;
use axum::extract::Path;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::clock::aoe_text;
use crate::election::{self, Candidate, Election, LogLine, Phase, Turnout};
use crate::eligibility::{self, Rule};
use crate::stats;
use crate::web::elections as shared;
use crate::web::html::{self, Time, filters};
use crate::web::markdown::{SafeHtml, markdown};
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, Visitor, WebError};

/// An election.
#[derive(Debug, Template)]
#[template(path = "elections/show.html")]
pub struct ElectionPage {
    layout: Layout,
    election: Election,
    phase: Phase,
    /// By name; every voter's ballot has its own order.
    candidates: Vec<Candidate>,
    roll: i64,
    turnout: Turnout,
    rule: Option<Rule>,
    coverage: Option<stats::Coverage>,
    log: Vec<LogLine>,
    is_officer: bool,
}

/// A step of the timeline.
struct Step {
    key: &'static str,
    class: &'static str,
    at: Option<DateTime<Utc>>,
}

impl Step {
    fn day(&self) -> Option<Time> {
        self.at.map(html::short_day)
    }
}

impl ElectionPage {
    fn url(&self) -> String {
        shared::address(&self.election)
    }

    fn status(&self) -> String {
        shared::status(&self.layout, self.phase)
    }

    fn state(&self) -> &'static str {
        shared::state(self.phase)
    }

    fn now(&self) -> String {
        shared::what_now(&self.layout, &self.election, self.phase)
    }

    fn description(&self) -> SafeHtml {
        markdown(&self.election.description)
    }

    /// From, to, and to anywhere on Earth.
    fn nominations(&self) -> Option<(Time, Time, String)> {
        let (from, to) = self.election.nominations_open_at.zip(self.election.nominations_close_at)?;
        Some((html::time(from), html::time(to), aoe_text(to)))
    }

    fn closes_aoe(&self) -> String {
        aoe_text(self.election.closes_at)
    }

    /// The steps of the life of an election, the present one marked.
    fn steps(&self) -> Vec<Step> {
        let e = &self.election;
        let nominations = e.nominations_open_at.map(|at| ("nominations", Some(at)));
        let rest = [
            ("waiting", e.nominations_close_at.or(e.announced_at)),
            ("voting", Some(e.opens_at)),
            ("counting", Some(e.closes_at)),
            ("results", e.published_at),
        ];
        let all: Vec<_> = nominations.into_iter().chain(rest).collect();
        let here = self.step().and_then(|key| all.iter().position(|s| s.0 == key));
        let class = |i: usize| match here {
            Some(now) if i < now => "done",
            Some(now) if i == now => "now",
            _ => "",
        };
        all.iter().enumerate().map(|(i, (key, at))| Step { key, class: class(i), at: *at }).collect()
    }

    fn step(&self) -> Option<&'static str> {
        match self.phase {
            Phase::Nominating => Some("nominations"),
            Phase::Waiting => Some("waiting"),
            Phase::Voting => Some("voting"),
            Phase::Closed | Phase::Certified => Some("counting"),
            Phase::Published | Phase::Archived => Some("results"),
            Phase::Draft | Phase::Announced | Phase::Cancelled => None,
        }
    }

    fn step_word(&self, step: &Step) -> String {
        self.layout.t(&format!("election.step.{}", step.key))
    }

    fn seats(&self) -> String {
        shared::seats(&self.layout, &self.election)
    }

    fn method(&self) -> String {
        shared::method(&self.layout, &self.election)
    }

    fn blank(&self) -> String {
        self.layout.t(&format!("election.blank.{}", self.election.blank))
    }

    /// Who may vote, in a sentence.
    fn who(&self) -> String {
        match &self.rule {
            Some(rule) => self.layout.say("election.who.rule", &["rule"], &[&rule.sentence()]),
            None => self.layout.t("election.who.imported"),
        }
    }

    /// "12,345 people may vote; …" once there is a roll.
    fn roll_size(&self) -> String {
        let key = if self.election.frozen_at.is_some() { "election.roll.frozen" } else { "election.roll.open" };
        self.layout.say(key, &["people"], &[&html::count(self.roll, "person", "people")])
    }

    fn voted(&self) -> String {
        let all = html::thousands(self.roll);
        let (key, n) = match self.turnout {
            Turnout::None => return String::new(),
            Turnout::Fewer(n) => ("fewer", n),
            Turnout::AtLeast(n) => ("at_least", n),
            Turnout::Exactly(n) => ("exactly", n),
        };
        let share = html::percent(n, self.roll);
        let (key, n) = (format!("election.turnout.{key}"), html::thousands(n));
        self.layout.say(&key, &["n", "all", "share"], &[&n, &all, &share])
    }

    fn gap(&self) -> Option<String> {
        let coverage = self.coverage.as_ref()?;
        let key = if coverage.is_complete() { "election.roll.complete" } else { "election.roll.gap" };
        Some(self.layout.say(key, &["hours"], &[&coverage.sentence()]))
    }

    fn hash(&self) -> Option<String> {
        self.election.definition_sha256.as_ref().map(hex::encode)
    }

    fn roll_hash(&self) -> Option<String> {
        self.election.roll_sha256.as_ref().map(hex::encode)
    }
}

/// Shows an election.
pub async fn show(
    Path(slug): Path<String>,
    visitor: Visitor,
    layout: Layout,
    mut snapshot: Snapshot,
) -> Result<Page<ElectionPage>, WebError> {
    let db = snapshot.db();
    let election = shared::find(db, &slug, layout.now, &visitor).await?;
    let id = election.election_id;
    let (roll, _) = eligibility::size(db, id).await?;
    let rule = Rule::parse(&election.rule).ok();
    Ok(Page(ElectionPage {
        phase: election.phase(layout.now),
        candidates: by_name(election::candidates(db, id).await?),
        roll,
        turnout: election::shown_turnout(db, &election, layout.now).await?,
        coverage: coverage(db, rule.as_ref()).await?,
        rule,
        log: election::log(db, id).await?,
        is_officer: visitor.is_officer(),
        layout: layout.crumb("Elections", "/elections"),
        election,
    }))
}

fn by_name(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by_key(|c| c.name.to_lowercase());
    candidates
}

/// How complete the data is that a rule counts.
pub async fn coverage(db: &mut PgConnection, rule: Option<&Rule>) -> sqlx::Result<Option<stats::Coverage>> {
    match rule {
        Some(rule) => Ok(Some(rule.coverage(db).await?)),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::elections::testing::{Bench, make};
    use crate::web::router::tests::{page, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_timeline_marks_today_and_one_thing_to_do(pool: PgPool) {
        let bench = Bench::new(&pool);
        let election = make(&pool, "announced").await;
        let shown = page(&bench.site, "/elections/board").await;
        assert_eq!(words(&shown, "h1"), ["Board <2026>"]);
        assert_eq!(words(&shown, ".state"), ["Nominations open"]);
        assert_eq!(words(&shown, ".strip [aria-current=step] b"), ["Nominations"]);
        assert_eq!(words(&shown, ".actions a.button"), ["Nominate somebody"]);

        bench.freeze(&election, 30).await;
        let shown = page(&bench.site, "/elections/board").await;
        assert_eq!(words(&shown, ".strip [aria-current=step] b"), ["Voting"]);
        assert!(words(&shown, ".actions a.button").is_empty(), "voters vote by their link");
        assert_eq!(words(&shown, ".strip .done b"), ["Nominations", "Waiting"]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn candidates_stand_by_name_and_nominees_not_at_all(pool: PgPool) {
        let bench = Bench::new(&pool);
        let election = make(&pool, "announced").await;
        sqlx::query("insert into candidate (election_id, name, employer, bio, nominated_by, nominated_at) values ($1, 'Nominee', '', '', '', now())")
            .bind(election.election_id).execute(&pool).await.unwrap();
        let shown = page(&bench.site, "/elections/board").await;
        assert_eq!(words(&shown, ".cards h3"), ["Ada", "Ben", "Cy <b>"]);
        assert!(!shown.html().contains("Nominee"));
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn turnout_goes_in_steps_of_25_until_the_close(pool: PgPool) {
        let bench = Bench::new(&pool);
        let election = bench.open(60).await;
        let mut pages = Vec::new();
        for voter in 1..=26 {
            bench.cast(&election, voter, &[1, 2, 3]).await;
            let shown = page(&bench.site, "/elections/board").await;
            pages.push(words(&shown, "main").concat());
        }
        assert!(pages[..24].iter().all(|p| *p == pages[0]), "a cast changes nothing below a full step");
        assert!(pages[0].contains("Fewer than 25 of 60 have voted"));
        assert!(pages[24].contains("At least 25 of 60 have voted") && pages[24] == pages[25]);
        bench.close(&election).await;
        let shown = page(&bench.site, "/elections/board").await;
        assert!(words(&shown, "main").concat().contains("26 of 60 voted (43 %)"));
    }
}
