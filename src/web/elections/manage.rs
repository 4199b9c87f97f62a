//! `/elections/{slug}/manage`: what an election still needs, each step as one
//! button with what it does in words. The steps themselves are in [`steps`].

pub mod steps;

use std::collections::HashMap;

use askama::Template;
use axum::extract::{FromRequestParts, Path, State};
use axum::response::Response;
use sqlx::{PgConnection, Postgres, Transaction};

use crate::app::App;
use crate::clock::utc_text;
use crate::election::{self, Candidate, Election, Phase, freeze, freeze::Todo};
use crate::eligibility::{self, Rule};
use crate::mail::{self, MailRow};
use crate::web::elections as shared;
use crate::web::elections::show::coverage;
use crate::web::form::{Fields, QueryFields};
use crate::web::html::{self, filters};
use crate::web::state::{Snapshot, WebState};
use crate::web::{Layout, OfficerOnly, Page, Visitor, WebError};

/// The desk of one election.
#[derive(Debug, Template)]
#[template(path = "elections/manage.html")]
pub struct ManagePage {
    layout: Layout,
    election: Election,
    phase: Phase,
    todo: Vec<Todo>,
    roll: i64,
    unreachable: i64,
    /// What is missing of the rule's window.
    gap: Option<String>,
    nominees: Vec<Candidate>,
    mails: Vec<(String, String, i64)>,
    /// Mails that did not go out, with the login; never a reminder.
    troubled: Vec<(String, MailRow)>,
    fields: Fields,
    done: Option<&'static str>,
    problem: Option<String>,
}

impl ManagePage {
    fn url(&self) -> String {
        shared::address(&self.election)
    }

    fn status(&self) -> String {
        shared::status(&self.layout, self.phase)
    }

    fn state(&self) -> &'static str {
        shared::state(self.phase)
    }

    fn has_rule(&self) -> bool {
        !self.election.rule.is_empty()
    }

    fn is_frozen(&self) -> bool {
        self.election.frozen_at.is_some()
    }

    /// Whether nothing that must be done is left.
    fn is_ready(&self) -> bool {
        !self.todo.iter().any(|todo| todo.must)
    }

    fn can_announce(&self) -> bool {
        self.election.announced_at.is_none() && self.phase != Phase::Cancelled
    }

    fn can_prepare(&self) -> bool {
        !self.is_frozen() && self.phase != Phase::Cancelled
    }

    fn can_address(&self) -> bool {
        self.roll > 0 && steps::takes_addresses(self.phase)
    }

    fn can_close(&self) -> bool {
        self.phase == Phase::Closed && self.election.closed_at.is_none()
    }

    fn can_certify(&self) -> bool {
        self.phase == Phase::Closed && self.election.closed_at.is_some()
    }

    fn has_voters_links(&self) -> bool {
        matches!(self.phase, Phase::Voting)
    }

    fn people(&self) -> String {
        html::count(self.roll, "person", "people")
    }

    fn closes(&self) -> String {
        utc_text(self.election.closes_at)
    }
}

/// What a step needs to know: who acts, on which election, when.
#[derive(Debug, FromRequestParts)]
#[from_request(state(WebState))]
pub struct Desk {
    slug: Path<String>,
    officer: OfficerOnly,
    layout: Layout,
    app: State<App>,
}

impl Desk {
    /// Begins the step's transaction.
    async fn begin(&self) -> Result<(Transaction<'static, Postgres>, Election), WebError> {
        let mut tx = self.app.pool.begin().await?;
        let visitor = Visitor(Some(self.officer.0.clone()));
        let election = shared::find(&mut tx, &self.slug, self.layout.now, &visitor).await?;
        Ok((tx, election))
    }
}

/// Shows the desk; `?done=` says what was just done.
pub async fn show(
    desk: Desk,
    QueryFields(query): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Page<ManagePage>, WebError> {
    let mut page = load(snapshot.db(), desk, Fields::default()).await?;
    page.done = steps::done(query.get("done"));
    Ok(Page(page))
}

/// The desk again, with what a step was refused for.
async fn refused(desk: Desk, fields: Fields, problem: Option<String>) -> Result<Response, WebError> {
    use axum::{http::StatusCode, response::IntoResponse};
    let mut snapshot = crate::db::snapshot(&desk.app.pool).await?;
    let mut page = load(&mut snapshot, desk, fields).await?;
    let status = if problem.is_some() { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    page.problem = problem;
    Ok((status, Page(page)).into_response())
}

async fn load(db: &mut PgConnection, desk: Desk, fields: Fields) -> Result<ManagePage, WebError> {
    let visitor = Visitor(Some(desk.officer.0));
    let now = desk.layout.now;
    let election = shared::find(db, &desk.slug, now, &visitor).await?;
    let id = election.election_id;
    let (roll, unreachable) = eligibility::size(db, id).await?;
    let coverage = coverage(db, Rule::parse(&election.rule).ok().as_ref()).await?;
    let preparing = election.frozen_at.is_none();
    Ok(ManagePage {
        todo: if preparing { freeze::readiness(db, &election, now).await? } else { Vec::new() },
        gap: coverage.filter(|c| preparing && !c.is_complete()).map(|c| c.sentence()),
        nominees: election::nominees(db, id).await?,
        mails: mail::by_kind(db, id).await?,
        troubled: troubled(db, id).await?,
        phase: election.phase(now),
        layout: shared::below(desk.layout, &election),
        roll,
        unreachable,
        election,
        fields,
        done: None,
        problem: None,
    })
}

/// The mails that did not go out, reminders aside, with their logins.
async fn troubled(db: &mut PgConnection, election_id: i64) -> sqlx::Result<Vec<(String, MailRow)>> {
    let rows = mail::listed(db, election_id).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let roll = eligibility::entries(db, election_id).await?;
    let logins: HashMap<i64, String> = roll.into_iter().map(|e| (e.github_id, e.login)).collect();
    let login = |id: i64| logins.get(&id).cloned().unwrap_or_else(|| id.to_string());
    Ok(rows.into_iter().map(|row| (login(row.github_id), row)).collect())
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::elections::testing::{Bench, ada, get_as, make, post, roll, seen, session, signed_in};
    use crate::web::router::tests::{get_from, page, words};
    use crate::web::urls::encode;

    const STEPS: [&str; 9] =
        ["announce", "roll", "import-roll", "import-addresses", "freeze", "remind", "close", "certify", "publish"];

    /// Posts a step as Ada on the present day; returns status and where it leads.
    async fn step(bench: &Bench, step: &str, form: &str) -> (u16, String) {
        let cookie = session(&bench.app.pool, bench.app.clock.now()).await;
        let answer = post(&bench.site, &format!("/elections/board/manage/{step}"), &cookie, form).await;
        let leads = answer.headers().get("location").map(|v| v.to_str().unwrap().to_owned());
        (answer.status().as_u16(), leads.unwrap_or_default())
    }

    async fn desk(bench: &Bench) -> scraper::Html {
        let cookie = session(&bench.app.pool, bench.app.clock.now()).await;
        seen(get_as(&bench.site, "/elections/board/manage", &cookie).await).await
    }

    fn done(what: &str) -> (u16, String) {
        (303, format!("/elections/board/manage?done={what}"))
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_small_election_from_draft_to_result(pool: PgPool) {
        let bench = Bench::new(&pool);
        ada(&pool).await;
        let election = make(&pool, "draft").await;
        assert!(words(&desk(&bench).await, ".steps li").contains(&"announce the election must".to_owned()));
        assert_eq!(step(&bench, "announce", "").await, done("announced"));
        let csv = format!("roll={}", encode(&roll(25)));
        assert_eq!(step(&bench, "import-roll", &csv).await, done("roll"));
        assert_eq!(step(&bench, "freeze", "confirm=yes").await.0, 409, "nominations are still open");

        bench.at_day(8);
        assert_eq!(step(&bench, "freeze", "").await.0, 422, "the box must be ticked");
        assert_eq!(step(&bench, "freeze", "confirm=yes").await, done("frozen"));
        assert_eq!(step(&bench, "freeze", "confirm=yes").await.0, 409);
        assert_eq!(step(&bench, "import-roll", &csv).await.0, 409, "a frozen roll cannot change");
        assert_eq!(step(&bench, "remind", "").await.0, 409);

        bench.at_day(10);
        for voter in 1..=21 {
            bench.cast(&election, voter, &[3, 1, 2]).await;
        }
        for early in ["close", "certify"] {
            assert_eq!(step(&bench, early, "").await.0, 409, "{early} while open");
        }
        assert_eq!(step(&bench, "publish", "confirm=yes").await.0, 409);
        assert_eq!(step(&bench, "remind", "").await, done("reminded"));
        let other = "addresses=github_id%2Clogin%2Cemail%0A1%2Cvoter1%2Cevil%40example.org";
        assert_eq!(step(&bench, "import-addresses", other).await.0, 409, "no address changes while the poll is open");

        bench.at_day(20);
        assert_eq!(step(&bench, "close", "").await, done("closed"));
        assert_eq!(step(&bench, "certify", "").await, done("certified"));
        assert_eq!(get_from(&bench.site, "/elections/board/results").await.status(), 404);
        assert_eq!(step(&bench, "publish", "").await.0, 422, "the box must be ticked");
        assert_eq!(step(&bench, "publish", "confirm=yes").await, done("published"));
        let result = page(&bench.site, "/elections/board/results").await;
        assert_eq!(words(&result, "h1"), ["Ada and Ben are elected"]);
        let log = words(&page(&bench.site, "/elections/board").await, ".log .by");
        assert!(log.contains(&"Ada".to_owned()), "{log:?}");
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn nobody_but_officers_sees_the_desk_or_takes_a_step(pool: PgPool) {
        let bench = Bench::new(&pool);
        make(&pool, "announced").await;
        let answer = get_from(&bench.site, "/elections/board/manage").await;
        assert_eq!(answer.headers()["location"], "/sign-in?next=%2Felections%2Fboard%2Fmanage");
        for step in STEPS {
            let url = format!("/elections/board/manage/{step}");
            assert_eq!(post(&bench.site, &url, "", "confirm=yes").await.status(), 403, "{step}");
            assert_eq!(post(&bench.site, &url, "__Host-session=forged", "confirm=yes").await.status(), 403, "{step}");
        }
        let log: i64 = sqlx::query_scalar("select count(*) from election_log").fetch_one(&pool).await.unwrap();
        assert_eq!(log, 2, "made and announced, nothing else");
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_step_of_no_election_is_not_found(pool: PgPool) {
        let bench = Bench::new(&pool);
        let cookie = signed_in(&pool).await;
        for step in STEPS {
            let answer = post(&bench.site, &format!("/elections/none/manage/{step}"), &cookie, "confirm=yes").await;
            assert_eq!(answer.status(), 404, "{step}");
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_wrong_roll_is_shown_again_with_every_wrong_line(pool: PgPool) {
        let bench = Bench::new(&pool);
        make(&pool, "draft").await;
        let cookie = signed_in(&pool).await;
        let form = format!("roll={}", encode("github_id,login,email\nx,ada,\n2,,\n"));
        let answer = post(&bench.site, "/elections/board/manage/import-roll", &cookie, &form).await;
        assert_eq!(answer.status(), 422);
        let shown = seen(answer).await;
        assert!(
            words(&shown, "#roll-error")[0].contains("line 2") && words(&shown, "#roll-error")[0].contains("line 3")
        );
        assert!(words(&shown, "textarea#roll")[0].contains("x,ada,"));
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_roll_larger_than_other_forms_is_taken(pool: PgPool) {
        let bench = Bench::new(&pool);
        make(&pool, "draft").await;
        let cookie = signed_in(&pool).await;
        let form = format!("roll={}", encode(&roll(3000)));
        assert!(form.len() > 64 * 1024);
        let answer = post(&bench.site, "/elections/board/manage/import-roll", &cookie, &form).await;
        assert_eq!(answer.status(), 303);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_roll_with_gaps_needs_a_written_reason(pool: PgPool) {
        let bench = Bench::new(&pool);
        ada(&pool).await;
        let election = make(&pool, "announced").await;
        crate::web::fixture::three_hours(&pool).await;
        let rule = "from = \"2016-01-01T01\"\nto = \"2016-01-01T04\"\nminimum = 1\n";
        sqlx::query("update election set rule = $1").bind(rule).execute(&pool).await.unwrap();
        let mut tx = pool.begin().await.unwrap();
        let rule = crate::eligibility::Rule::parse(rule).unwrap();
        crate::eligibility::roll::build(&mut tx, election.election_id, &rule).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(step(&bench, "import-roll", &format!("roll={}", encode(&roll(3)))).await.0, 409, "it has a rule");
        bench.at_day(8);
        let shown = desk(&bench).await;
        assert!(words(&shown, ".note.warn")[0].contains("2 of 3 hours; missing 2016-01-01 02:00"));
        let everyone = words(&page(&bench.site, "/elections/board").await, "main").concat();
        assert!(everyone.contains("Counted from 2 of 3 hours; missing"));
        assert_eq!(step(&bench, "freeze", "confirm=yes&reason=+").await.0, 422);
        assert_eq!(step(&bench, "freeze", "confirm=yes&reason=The+hours+are+lost").await, done("frozen"));
        let log = words(&page(&bench.site, "/elections/board").await, ".log").concat();
        assert!(log.contains("The hours are lost"));
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_reminder_is_counted_and_never_listed(pool: PgPool) {
        let bench = Bench::new(&pool);
        ada(&pool).await;
        bench.open(30).await;
        assert_eq!(step(&bench, "remind", "").await, done("reminded"));
        sqlx::query("update mail set state = 'failed', last_error = 'no such user'").execute(&pool).await.unwrap();
        let shown = desk(&bench).await;
        assert!(words(&shown, "table").concat().contains("reminder"));
        assert!(!shown.html().contains("@voter1"));
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn while_voting_is_open_no_page_tells_anyone_how_it_stands(pool: PgPool) {
        let bench = Bench::new(&pool);
        ada(&pool).await;
        let election = bench.open(40).await;
        let mut seen_before = Vec::new();
        for ranks in [[1, 2, 3], [3, 2, 1]] {
            for voter in 1..=30 {
                bench.cast(&election, voter, &ranks).await;
            }
            let mut all = Vec::new();
            let cookie = session(&pool, bench.app.clock.now()).await;
            for below in ["", "/manage", "/results", "/receipt", "/definition.json", "/roll.lock"] {
                for cookie in ["", &cookie] {
                    let path = format!("/elections/board{below}");
                    all.push(words(&seen(get_as(&bench.site, &path, cookie).await).await, "body").concat());
                }
            }
            seen_before.push(all);
        }
        assert_eq!(seen_before[0], seen_before[1], "thirty ballots turned round and nothing shows it");
    }
}
