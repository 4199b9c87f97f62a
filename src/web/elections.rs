//! `/elections`: every election, the running ones first. Below it, one file per
//! page; what they share is here.

pub mod candidates;
pub mod data;
pub mod feed;
pub mod manage;
pub mod new;
pub mod nominate;
pub mod receipt;
pub mod results;
pub mod show;
#[cfg(test)]
pub(crate) mod testing;

use askama::Template;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::clock::utc_text;
use crate::election::{self, Election, Phase};
use crate::web::error::Refusal;
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, Visitor, WebError};

/// The list.
#[derive(Debug, Template)]
#[template(path = "elections.html")]
pub struct ElectionsPage {
    layout: Layout,
    running: Vec<Line>,
    past: Vec<Line>,
    is_officer: bool,
}

/// An election with where it stands.
#[derive(Debug)]
pub struct Line {
    pub election: Election,
    pub phase: Phase,
}

impl Line {
    fn is_past(&self) -> bool {
        self.phase.shows_result() || self.phase == Phase::Cancelled
    }

    /// The word of its chip.
    pub fn status(&self, layout: &Layout) -> String {
        status(layout, self.phase)
    }

    /// The colour of its chip.
    pub fn state(&self) -> &'static str {
        state(self.phase)
    }

    /// What happens now, or next.
    pub fn now(&self, layout: &Layout) -> String {
        what_now(layout, &self.election, self.phase)
    }

    /// How many are elected.
    pub fn seats(&self, layout: &Layout) -> String {
        seats(layout, &self.election)
    }
}

/// Shows the list.
pub async fn list(layout: Layout, visitor: Visitor, mut snapshot: Snapshot) -> Result<Page<ElectionsPage>, WebError> {
    let now = layout.now;
    let lines =
        election::all(snapshot.db()).await?.into_iter().map(|election| Line { phase: election.phase(now), election });
    let seen = lines.filter(|line| line.phase.is_public() || visitor.is_officer());
    let (past, mut running): (Vec<_>, Vec<_>) = seen.partition(Line::is_past);
    running.sort_by_key(|line| (urgency(line.phase), line.election.closes_at));
    Ok(Page(ElectionsPage { layout, running, past, is_officer: visitor.is_officer() }))
}

/// What somebody can act on comes first.
fn urgency(phase: Phase) -> u8 {
    match phase {
        Phase::Voting => 0,
        Phase::Nominating => 1,
        Phase::Draft => 3,
        _ => 2,
    }
}

/// The election of this name, if this visitor may know of it.
pub async fn find(
    db: &mut PgConnection,
    slug: &str,
    now: DateTime<Utc>,
    visitor: &Visitor,
) -> Result<Election, WebError> {
    let found = election::by_slug(db, slug).await?;
    found
        .filter(|election| election.phase(now).is_public() || visitor.is_officer())
        .ok_or_else(|| WebError::not_found("There is no election at this address."))
}

/// The word for a phase.
pub fn status(layout: &Layout, phase: Phase) -> String {
    layout.t(&format!("election.phase.{}", phase.name()))
}

/// The colour of a phase's chip.
pub fn state(phase: Phase) -> &'static str {
    match phase {
        Phase::Voting | Phase::Nominating => "open",
        Phase::Announced | Phase::Waiting | Phase::Closed | Phase::Certified => "soon",
        Phase::Published | Phase::Archived => "done",
        Phase::Cancelled => "off",
        Phase::Draft => "",
    }
}

/// What happens now, or next, in a sentence.
pub fn what_now(layout: &Layout, election: &Election, phase: Phase) -> String {
    let date = match phase {
        Phase::Announced => election.nominations_open_at,
        Phase::Nominating => election.nominations_close_at,
        Phase::Waiting => Some(election.opens_at),
        Phase::Voting => Some(election.closes_at),
        _ => None,
    };
    let late = phase == Phase::Waiting && election.opens_at <= layout.now;
    let key = if late { "late" } else { phase.name() };
    layout.say(&format!("election.now.{key}"), &["date"], &[&date.map(utc_text).unwrap_or_default()])
}

/// "3 seats".
pub fn seats(layout: &Layout, election: &Election) -> String {
    let key = if election.seats == 1 { "election.seat" } else { "election.seats" };
    layout.say(key, &["n"], &[&election.seats])
}

/// How the ballots are counted, in a sentence.
pub fn method(layout: &Layout, election: &Election) -> String {
    match election.method.as_str() {
        "schulze" => layout.t(&format!("election.strength.{}", election.strength)),
        // `approval-3` is a kind of `approval`.
        method => {
            let name = layout
                .t(&format!("election.method.{}", method.trim_end_matches(|c: char| c == '-' || c.is_ascii_digit())));
            layout.say("election.counted_by", &["method"], &[&name])
        }
    }
}

/// A refusal that leads back to the election's page.
pub fn refusal(election: &Election, title: impl Into<String>, message: impl Into<String>) -> WebError {
    let url = address(election);
    WebError::Conflict(Refusal::new(title, message, (&election.title, &url)))
}

/// The address of an election's page.
pub fn address(election: &Election) -> String {
    format!("/elections/{}", election.slug)
}

/// The layout of a page below an election's.
pub fn below(layout: Layout, election: &Election) -> Layout {
    layout.crumb("Elections", "/elections").crumb(&election.title, address(election))
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::elections::testing::{get_as, make, seen, signed_in, site_of};
    use crate::web::router::tests::{page, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn without_elections_the_list_says_so(pool: PgPool) {
        let page = page(&site_of(&pool), "/elections").await;
        assert_eq!(words(&page, ".empty h2"), ["No election yet"]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_draft_is_seen_by_officers_only(pool: PgPool) {
        let site = site_of(&pool);
        make(&pool, "draft").await;
        assert!(words(&page(&site, "/elections").await, ".election").is_empty());
        assert_eq!(words(&page(&site, "/elections/board").await, ".status-code"), ["404"]);
        for data in ["/elections/board/definition.json", "/elections/board/results.json", "/elections/board/nominate"] {
            assert_eq!(crate::web::router::tests::get_from(&site, data).await.status(), 404, "{data}");
        }
        let cookie = signed_in(&pool).await;
        assert_eq!(words(&seen(get_as(&site, "/elections", &cookie).await).await, ".election .state"), ["Draft"]);
        assert_eq!(get_as(&site, "/elections/board", &cookie).await.status(), 200);
    }
}
