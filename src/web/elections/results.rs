//! `/elections/{slug}/results`: who is elected, in a sentence a newspaper could
//! print, and everything it follows from. The same as `.json` and the matrix as
//! `.csv`. Officers see it from the count on, to check it before it is published.

use anyhow::Context;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tally::sensitivity::{Recount, Sensitivity};
use tally::{Candidate, Duel};

use crate::app::App;
use crate::clock::utc_text;
use crate::election::result::{self, ElectionResult, ResultError};
use crate::election::{Election, Phase};
use crate::web::elections as shared;
use crate::web::html;
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, Visitor, WebError, export};

/// A result.
#[derive(Debug, Template)]
#[template(path = "elections/results.html")]
pub struct ResultsPage {
    layout: Layout,
    election: Election,
    result: ElectionResult,
    /// Nothing of a small election.
    sensitivity: Option<Sensitivity>,
    is_public: bool,
}

/// A cell of the matrix, and how it stands against its mirror.
struct Cell {
    votes: u64,
    class: &'static str,
}

/// A method, and whether it would have seated others.
struct Comparison {
    method: String,
    verdicts: Vec<Verdict>,
}

/// Whom a method seats, and in how many of the ways to count by it.
struct Verdict {
    class: &'static str,
    text: String,
    /// Nothing where it is the same in all of them.
    ways: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates lend what they loop over")]
impl ResultsPage {
    /// "Ada, Ben and Cy are elected".
    fn headline(&self) -> String {
        let said = self.result.outcome.seats.named(self.result.names()).to_string();
        said.strip_prefix("nobody").map_or_else(|| said.clone(), |rest| format!("Nobody{rest}"))
    }

    /// "3 seats · 307 of 692 voted (44 %) · certified 4 October 2026".
    fn lead(&self) -> String {
        let (n, all) =
            (i64::try_from(self.result.ballots()).unwrap_or(0), i64::try_from(self.result.eligible).unwrap_or(0));
        let values: [&dyn std::fmt::Display; 3] = [&html::thousands(n), &html::thousands(all), &html::percent(n, all)];
        let mut parts = vec![self.election.title.clone(), shared::seats(&self.layout, &self.election)];
        parts.push(self.layout.say("election.results.voted", &["n", "all", "share"], &values));
        if let Some(at) = self.election.certified_at {
            parts.push(self.layout.say("election.results.certified", &["date"], &[&at.format("%-d %B %Y")]));
        }
        parts.join(" · ")
    }

    fn name(&self, candidate: &Candidate) -> &str {
        &self.result.names()[candidate.0]
    }

    /// "Ada, Ben and Cy".
    fn list(&self, candidates: &[Candidate]) -> String {
        let names: Vec<&str> = candidates.iter().map(|c| self.name(c)).collect();
        match names.split_last() {
            Some((last, others)) if !others.is_empty() => {
                self.layout.say("election.results.and", &["others", "last"], &[&others.join(", "), last])
            }
            _ => names.concat(),
        }
    }

    /// Whether a tie was broken: none ever is, here.
    fn broken(&self) -> String {
        let tied = !self.result.outcome.seats.tie().is_empty();
        self.layout.t(if tied { "election.results.tie_stands" } else { "election.results.no_tie_broken" })
    }

    fn page_of(&self, candidate: &Candidate) -> String {
        format!("{}/candidates/{}", self.url(), self.result.candidates[candidate.0].candidate_id)
    }

    fn url(&self) -> String {
        shared::address(&self.election)
    }

    fn winners(&self) -> &[Candidate] {
        &self.result.outcome.seats.winners
    }

    /// Why this seat; of a small election nothing, for it would name votes.
    fn reason(&self, candidate: &Candidate) -> Option<String> {
        let reason = || self.result.outcome.reason(*candidate).named(self.result.names()).to_string();
        (!self.result.is_small()).then(reason)
    }

    fn tie(&self) -> Option<String> {
        let seats = &self.result.outcome.seats;
        let key = if seats.open == 1 { "election.results.tie" } else { "election.results.ties" };
        (!seats.tie().is_empty())
            .then(|| self.layout.say(key, &["names", "n"], &[&self.list(seats.tie()), &seats.open]))
    }

    fn vacant(&self) -> Option<String> {
        let seats = &self.result.outcome.seats;
        let key = if seats.open == 1 { "election.results.vacant_one" } else { "election.results.vacant" };
        (seats.tie().is_empty() && seats.open > 0).then(|| self.layout.say(key, &["n"], &[&seats.open]))
    }

    /// Everyone else in the order of the count; "=" between those level.
    fn not_seated(&self) -> Option<String> {
        let seats = &self.result.outcome.seats;
        let out = |c: &&Candidate| !seats.winners.contains(c) && !seats.tie().contains(c);
        let tiers = self
            .result
            .outcome
            .ranking
            .iter()
            .map(|tier| tier.iter().filter(out).map(|c| self.name(c)).collect::<Vec<_>>());
        let tiers: Vec<String> = tiers.filter(|tier| !tier.is_empty()).map(|tier| tier.join(" = ")).collect();
        (!tiers.is_empty()).then(|| self.layout.say("election.results.not_seated", &["names"], &[&tiers.join(", ")]))
    }

    /// The candidates in the order of the count.
    fn ranked(&self) -> Vec<Candidate> {
        self.result.outcome.ranking.concat()
    }

    fn cells(&self, row: &Candidate) -> Vec<Option<Cell>> {
        let matrix = &self.result.outcome.matrix;
        let cell = |column: Candidate| {
            let Duel { for_first, for_second, .. } = matrix.duel(*row, column);
            let class = match for_first.cmp(&for_second) {
                std::cmp::Ordering::Greater => "won",
                std::cmp::Ordering::Equal => "level",
                std::cmp::Ordering::Less => "",
            };
            Cell { votes: for_first, class }
        };
        self.ranked().into_iter().map(|column| (column != *row).then(|| cell(column))).collect()
    }

    fn duels(&self) -> Vec<String> {
        self.result.outcome.matrix.duels().map(|duel| duel.named(self.result.names()).to_string()).collect()
    }

    /// What to say when nobody beats everyone.
    fn no_winner(&self) -> Option<String> {
        let outcome = &self.result.outcome;
        let names = self.list(&outcome.smith);
        (outcome.smith.len() > 1).then(|| self.layout.say("election.results.cycle", &["names"], &[&names]))
    }

    /// The cycles of victories, those that the seat line goes through marked.
    fn cycles(&self) -> Vec<(String, bool)> {
        let cycles = self.result.outcome.cycles();
        cycles.iter().map(|cycle| (cycle.named(self.result.names()).to_string(), cycle.at_seat_line)).collect()
    }

    /// What decided each pair that its own duel did not.
    fn detours(&self) -> Vec<String> {
        let names = self.result.names();
        let detours = self.result.outcome.explain().detours;
        detours.iter().map(|it| format!("{} {}", self.name(&it.duel.first), it.named(names))).collect()
    }

    /// The rounds, stages or locked victories, where the method has any.
    fn steps(&self) -> Vec<String> {
        self.result.outcome.explain().steps(self.result.names())
    }

    fn blank(&self) -> String {
        let key = if self.result.blank == 1 { "election.results.blank_one" } else { "election.results.blank" };
        self.layout.say(key, &["n"], &[&html::thousands(self.result.blank)])
    }

    /// "3 more ballots that rank Ben above Ada …".
    fn change(&self) -> Option<String> {
        self.sensitivity.as_ref().map(|it| it.change.named(self.result.names()).to_string())
    }

    fn comparisons(&self) -> Vec<Comparison> {
        let recounts = self.sensitivity.iter().flat_map(|it| &it.recounts).collect::<Vec<_>>();
        recounts.chunk_by(|a, b| a.way.method == b.way.method).map(|alike| self.compare(alike)).collect()
    }

    /// The counts by one method, those with the same verdict together.
    fn compare(&self, recounts: &[&Recount]) -> Comparison {
        let mut verdicts: Vec<(String, bool, usize)> = Vec::new();
        for recount in recounts {
            let text = recount.named(self.result.names()).to_string();
            match verdicts.iter_mut().find(|(other, ..)| *other == text) {
                Some((.., ways)) => *ways += 1,
                None => verdicts.push((text, recount.same, 1)),
            }
        }
        let all = recounts.len();
        let ways = |n: usize| (n < all).then(|| self.layout.say("election.results.ways", &["n", "all"], &[&n, &all]));
        let verdict = |(text, same, n): (String, bool, usize)| {
            let text = if same { self.layout.t("election.results.same") } else { text };
            Verdict { class: if same { "ok" } else { "warn" }, text, ways: ways(n) }
        };
        Comparison {
            method: self.layout.t(&format!("election.method.{}", recounts[0].way.method)),
            verdicts: verdicts.into_iter().map(verdict).collect(),
        }
    }

    /// Every other count, a line each.
    fn recounts(&self) -> Vec<String> {
        let say = |it: &Recount| format!("{}: {}", it.way, it.named(self.result.names()));
        self.sensitivity.iter().flat_map(|it| &it.recounts).map(say).collect()
    }

    fn rules(&self) -> String {
        let blank = self.layout.t(&format!("election.blank.{}", self.election.blank));
        format!("{} {blank}", shared::method(&self.layout, &self.election))
    }
}

/// There is no result yet.
#[derive(Debug, Template)]
#[template(path = "elections/not_yet.html")]
struct NotYetPage {
    layout: Layout,
    election: Election,
    phase: Phase,
}

impl NotYetPage {
    fn message(&self) -> String {
        let key = match self.phase {
            Phase::Closed | Phase::Certified => "election.not_yet.checking",
            Phase::Cancelled => "election.not_yet.cancelled",
            _ => "election.not_yet.open",
        };
        self.layout.say(key, &["date"], &[&utc_text(self.election.closes_at)])
    }

    fn url(&self) -> String {
        shared::address(&self.election)
    }
}

/// Shows the result, or says when there will be one.
pub async fn show(
    Path(slug): Path<String>,
    visitor: Visitor,
    layout: Layout,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let election = shared::find(snapshot.db(), &slug, layout.now, &visitor).await?;
    let phase = election.phase(layout.now);
    let layout = shared::below(layout, &election);
    match counted(snapshot.db(), &election, phase, &visitor).await? {
        None => Ok((StatusCode::NOT_FOUND, Page(NotYetPage { layout, election, phase })).into_response()),
        Some(result) => {
            let (result, sensitivity) = tokio::task::spawn_blocking(|| {
                let sensitivity = result.sensitivity();
                (result, sensitivity)
            })
            .await
            .context("the sensitivity of a result")?;
            let is_public = phase.shows_result();
            Ok(Page(ResultsPage { layout, election, result, sensitivity, is_public }).into_response())
        }
    }
}

/// The result in the shape of `hustings recount --json`.
pub async fn json(
    Path(slug): Path<String>,
    visitor: Visitor,
    State(app): State<App>,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let result = find(snapshot.db(), &slug, app.clock.now(), &visitor).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text(&result)?).into_response())
}

/// A result in the shape of `hustings recount --json`.
pub fn text(result: &ElectionResult) -> Result<String, WebError> {
    let json = result.json().map_err(|e| anyhow::Error::new(e).context("a result as JSON"))?;
    Ok(json + "\n")
}

/// The matrix as CSV: how many rank the row above the column.
pub async fn csv(
    Path(slug): Path<String>,
    visitor: Visitor,
    State(app): State<App>,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let result = find(snapshot.db(), &slug, app.clock.now(), &visitor).await?;
    if result.is_small() {
        let why = "The matrix of this election is not published: fewer than 20 ballots would tell how somebody voted.";
        return Err(WebError::not_found(why));
    }
    let named = |name: &str, cells: Vec<String>| std::iter::once(name.to_owned()).chain(cells).collect::<Vec<_>>();
    let head = named("", result.names().to_vec());
    let numbers = result.outcome.matrix.rows().map(|row| row.iter().map(ToString::to_string).collect());
    let rows = result.names().iter().zip(numbers).map(|(name, cells)| named(name, cells));
    export::table(std::iter::once(head).chain(rows))
}

/// The result of the election of this name, if this visitor may see it.
pub async fn find(
    db: &mut PgConnection,
    slug: &str,
    now: DateTime<Utc>,
    visitor: &Visitor,
) -> Result<ElectionResult, WebError> {
    let election = shared::find(db, slug, now, visitor).await?;
    let result = counted(db, &election, election.phase(now), visitor).await?;
    result.ok_or_else(|| WebError::not_found("The result of this election is not published yet."))
}

/// The result, if it is there and this visitor may see it.
async fn counted(
    db: &mut PgConnection,
    election: &Election,
    phase: Phase,
    visitor: &Visitor,
) -> Result<Option<ElectionResult>, WebError> {
    let checked_by_officers = visitor.is_officer() && matches!(phase, Phase::Closed | Phase::Certified);
    if !phase.shows_result() && !checked_by_officers {
        return Ok(None);
    }
    match result::count(db, election).await {
        Ok(result) => Ok(Some(result)),
        Err(ResultError::NotCounted) => Ok(None),
        Err(ResultError::Database(error)) => Err(error.into()),
        Err(error) => Err(anyhow::Error::new(error).context("a count").into()),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::web::elections::testing::{Bench, ada, get_as, seen, session};
    use crate::web::router::tests::{get_from, page, text, words};

    /// 12 rank Ada, Ben, Cy; 9 rank Cy, Ada; one has no opinion.
    async fn published(bench: &Bench) -> Election {
        let election = bench.open(40).await;
        for voter in 1..=22 {
            let ranks: &[u8] = if voter <= 12 { &[3, 1, 2] } else { &[1, 2, 0] };
            bench.cast(&election, voter, if voter == 22 { &[0, 0, 0] } else { ranks }).await;
        }
        bench.publish(&election).await;
        election
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_winners_come_first_and_the_matrix_follows(pool: PgPool) {
        let bench = Bench::new(&pool);
        published(&bench).await;
        let shown = page(&bench.site, "/elections/board/results").await;
        assert_eq!(words(&shown, "h1"), ["Ada and Ben are elected"]);
        assert!(
            words(&shown, ".lead")[0]
                .starts_with("Board <2026> · 2 seats · 22 of 40 voted (55 %) · certified 22 October 2026")
        );
        assert_eq!(words(&shown, ".seats b"), ["Ada", "Ben"]);
        assert_eq!(words(&shown, ".seats small")[0], "beats every other candidate: the Condorcet winner");
        assert_eq!(words(&shown, ".duels .won").len(), 3);
        assert_eq!(words(&shown, ".duels tbody tr:first-child td"), ["·", "21 ✓ more", "12 ✓ more"]);
        assert!(words(&shown, "main").concat().contains("1 ballot ranks nobody"));
        assert_eq!(words(&shown, ".others td").len(), tally::Method::ALL.len(), "a verdict for each method");
        assert_eq!(
            words(&shown, ".change"),
            ["3 more ballots that rank Cy <b> above Ben (Cy <b> > Ada > Ben) would have changed who is seated: \
              Cy <b> and Ada are elected. Fewer could not."]
        );
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_same_is_there_as_data(pool: PgPool) {
        let bench = Bench::new(&pool);
        published(&bench).await;
        let json: serde_json::Value =
            serde_json::from_str(&text(get_from(&bench.site, "/elections/board/results.json").await).await).unwrap();
        assert_eq!(json["candidates"], serde_json::json!(["Cy <b>", "Ada", "Ben"]));
        assert_eq!(json["winners"], serde_json::json!(["Ada", "Ben"]));
        assert_eq!((&json["ballots"], &json["matrix"][1][2]), (&22.into(), &21.into()));
        let csv = text(get_from(&bench.site, "/elections/board/results.csv").await).await;
        assert_eq!(csv.lines().nth(2), Some("Ada,12,0,21"));
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn before_publication_only_officers_see_it(pool: PgPool) {
        let bench = Bench::new(&pool);
        ada(&pool).await;
        let election = bench.open(30).await;
        bench.cast(&election, 1, &[1, 2, 3]).await;
        let cookie = session(&pool, bench.app.clock.now()).await;
        for address in ["results", "results.json", "results.csv"] {
            let url = format!("/elections/board/{address}");
            assert_eq!(get_from(&bench.site, &url).await.status(), 404);
            assert_eq!(get_as(&bench.site, &url, &cookie).await.status(), 404, "officers cannot see interim results");
        }
        let shown = page(&bench.site, "/elections/board/results").await;
        assert_eq!(words(&shown, "h1"), ["No result yet"]);
        assert!(words(&shown, ".lead")[0].contains("21 October 2026, 12:00 UTC"));

        bench.close(&election).await;
        let cookie = session(&pool, bench.app.clock.now()).await;
        assert_eq!(get_from(&bench.site, "/elections/board/results").await.status(), 404);
        assert_eq!(get_from(&bench.site, "/elections/board/results.json").await.status(), 404);
        let shown = seen(get_as(&bench.site, "/elections/board/results", &cookie).await).await;
        assert!(words(&shown, ".note.warn").concat().contains("Only officers"));
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn fewer_than_20_ballots_show_order_and_seats_only_and_why(pool: PgPool) {
        let bench = Bench::new(&pool);
        let election = bench.open(19).await;
        for voter in 1..=19 {
            bench.cast(&election, voter, &[3, 1, 2]).await;
        }
        bench.publish(&election).await;
        let shown = page(&bench.site, "/elections/board/results").await;
        assert_eq!(words(&shown, "h1"), ["Ada and Ben are elected"]);
        assert!(words(&shown, "table, .duels, .seats small").is_empty());
        assert!(words(&shown, ".note").concat().contains("fewer than 20"));
        let json = text(get_from(&bench.site, "/elections/board/results.json").await).await;
        assert!(json.contains("withheld") && !json.contains("matrix\":"), "{json}");
        assert_eq!(get_from(&bench.site, "/elections/board/results.csv").await.status(), 404);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_tie_at_the_seat_line_is_shown_as_one(pool: PgPool) {
        let bench = Bench::new(&pool);
        let election = bench.open(30).await;
        for voter in 1..=20 {
            bench.cast(&election, voter, if voter % 2 == 0 { &[2, 1, 3] } else { &[3, 1, 2] }).await;
        }
        bench.publish(&election).await;
        let shown = page(&bench.site, "/elections/board/results").await;
        assert_eq!(words(&shown, "h1"), ["Ada is elected; Cy <b> and Ben tie for 1 seat"]);
        assert!(words(&shown, ".note").concat().contains("level"));
    }
}
