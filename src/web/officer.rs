//! `/officer`: the officers' desk: every election with what is to do, and the ways
//! to what officers say about people.

pub mod bots;
pub mod claims;
pub mod people;

use askama::Template;

use crate::election::{self, Election, Phase, freeze, freeze::Todo};
use crate::people::store;
use crate::web::elections as shared;
use crate::web::html;
use crate::web::state::Snapshot;
use crate::web::{Layout, OfficerOnly, Page, WebError};

/// The desk.
#[derive(Debug, Template)]
#[template(path = "officer.html")]
pub struct OfficerPage {
    layout: Layout,
    login: String,
    elections: Vec<Item>,
    /// Claims that wait for an officer.
    claims: i64,
}

/// An election with what is to do.
#[derive(Debug)]
struct Item {
    election: Election,
    phase: Phase,
    todo: Vec<Todo>,
}

impl Item {
    fn status(&self, layout: &Layout) -> String {
        shared::status(layout, self.phase)
    }

    fn state(&self) -> &'static str {
        shared::state(self.phase)
    }

    fn url(&self) -> String {
        shared::address(&self.election) + "/manage"
    }

    /// What a step of the officers' is waiting for.
    fn next(&self) -> &'static str {
        match self.phase {
            Phase::Voting => "Voting is open. A reminder can be sent.",
            Phase::Closed if self.election.closed_at.is_none() => "Voting is over: the ballots are to be counted.",
            Phase::Closed => "Counted: check the result and certify it.",
            Phase::Certified => "Certified: publish the result.",
            Phase::Published | Phase::Archived => "Published. Nothing is to do.",
            Phase::Cancelled => "Cancelled. Nothing is to do.",
            _ if self.election.frozen_at.is_some() => "Frozen: voting opens by the clock.",
            _ if self.todo.is_empty() => "Ready to be frozen.",
            _ => "Before it can be frozen:",
        }
    }
}

/// Shows the desk.
pub async fn show(
    OfficerOnly(officer): OfficerOnly,
    layout: Layout,
    mut snapshot: Snapshot,
) -> Result<Page<OfficerPage>, WebError> {
    let db = snapshot.db();
    let mut elections = Vec::new();
    for election in election::all(db).await? {
        let open = election.frozen_at.is_none() && election.cancelled_at.is_none();
        let todo = if open { freeze::readiness(db, &election, layout.now).await? } else { Vec::new() };
        elections.push(Item { phase: election.phase(layout.now), election, todo });
    }
    let claims = store::waiting_claims(db).await?;
    Ok(Page(OfficerPage { layout, login: officer.login().to_owned(), elections, claims }))
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::elections::testing::{get_as, make, seen, signed_in, site_of};
    use crate::web::router::tests::words;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_desk_says_what_is_to_do(pool: PgPool) {
        let site = site_of(&pool);
        let cookie = signed_in(&pool).await;
        let empty = seen(get_as(&site, "/officer", &cookie).await).await;
        assert_eq!(words(&empty, ".empty h2"), ["No election yet"]);
        make(&pool, "draft").await;
        let desk = seen(get_as(&site, "/officer", &cookie).await).await;
        assert_eq!(words(&desk, ".election li")[0], "announce the election");
        assert_eq!(words(&desk, ".election a[href='/elections/board/manage']").len(), 1);
    }
}
