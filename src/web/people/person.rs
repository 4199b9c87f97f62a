//! `/people/{login}`: who someone is, what they did in a window, and the facts
//! behind that number.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};

use crate::people::{Person, store as people};
use crate::stats::{self, FactRow, Filter, Kind, Page as Rows, Period, Point, Reader, StatsError};
use crate::web::chart::{Chart, HeatMap, Series};
use crate::web::filter::{Asked, Foot, ROWS, instant};
use crate::web::form::QueryFields;
use crate::web::html::{self, filters};
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, WebError, urls};

#[derive(Debug, Template)]
#[template(path = "people/person.html")]
struct PersonPage {
    layout: Layout,
    person: Person,
    asked: Asked,
    shown: Option<Shown>,
}

#[derive(Debug)]
struct Shown {
    total: i64,
    by_kind: Vec<(Kind, i64)>,
    repositories: Vec<(String, i64)>,
    calendar: HeatMap,
    trend: Chart,
    /// The page of facts asked for.
    facts: Vec<FactRow>,
    foot: Foot,
}

impl PersonPage {
    fn path(&self) -> String {
        urls::person(&self.person.login)
    }

    fn sentence(&self, shown: &Shown) -> String {
        let who = if self.person.bot { "This account is taken for a bot" } else { "A person" };
        let repos = html::count(i64::try_from(shown.repositories.len()).unwrap_or(0), "repository", "repositories");
        let (metric, window) = (self.asked.counted(), shown.foot.coverage.window);
        let (from, to) = (instant(window.from), instant(window.to));
        format!("{who}: {} {} in {repos} between {from} and {to}.", html::thousands(shown.total), metric.label)
    }

    fn has_more(&self, shown: &Shown) -> bool {
        self.asked.page * ROWS < shown.total
    }

    fn claim_url(&self) -> String {
        self.path() + "/affiliation"
    }
}

/// `owner/name#12`.
fn subject(fact: &FactRow) -> String {
    fact.number.map_or_else(|| fact.repo.clone(), |number| format!("{}#{number}", fact.repo))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
impl Shown {
    fn share(&self, n: &i64) -> String {
        html::percent(*n, self.total)
    }

    fn bar(&self, n: &i64) -> i64 {
        n * 100 / self.by_kind.iter().map(|(_, n)| *n).max().unwrap_or_default().max(1)
    }
}

/// The page. A former login leads to its person's present one.
pub async fn show(
    layout: Layout,
    Path(login): Path<String>,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let db = &mut snapshot.reader();
    let login = login.replace('\0', "");
    let person = people::by_login(db, &login).await?;
    let person = person.ok_or_else(|| WebError::not_found(format!("Nobody called {login} has been seen here.")))?;
    let mut asked = Asked::read(db, fields).await?;
    if person.login != login {
        return Ok(Redirect::temporary(&asked.query(&urls::person(&person.login))).into_response());
    }
    let loaded = load(db, &asked, &person, layout.now).await;
    let shown = asked.answer(loaded)?;
    let layout = layout.crumb("People", asked.query("/people"));
    Ok((asked.status(), Page(PersonPage { layout, person, asked, shown })).into_response())
}

async fn load(
    db: &mut Reader<'_>,
    asked: &Asked,
    person: &Person,
    now: DateTime<Utc>,
) -> Result<Option<Shown>, StatsError> {
    // A bot's own page shows what it did, whatever the list it was reached from.
    let Some(filter) = asked.filter.clone().map(|filter| of(person, filter)) else {
        return Ok(None);
    };
    let coverage = filter.coverage(db, now).await?;
    let totals = stats::totals(db, &filter).await?;
    let repositories = stats::repositories(db, &filter, Rows::ALL).await?;
    let days = stats::series(db, &filter, HeatMap::period(filter.window), &coverage).await?;
    let days = days.iter().map(|point| (point.start, point.contributions));
    let points = stats::series(db, &filter, asked.period, &coverage).await?;
    Ok(Some(Shown {
        total: totals.contributions,
        by_kind: most_first(totals.by_kind),
        repositories: repositories.into_iter().map(|it| (it.name, it.contributions)).collect(),
        calendar: HeatMap::of("calendar", filter.metric.label, filter.window, days, &coverage.missing),
        trend: trend(asked.period, &filter, &points, &coverage.missing),
        facts: stats::facts(db, person.person_id, &filter, asked.rows()).await?,
        foot: Foot::with(asked, coverage, &urls::person(&person.login), &[]),
    }))
}

/// What someone is asked about; what a bot did is counted when it is asked for by name.
pub fn of(person: &Person, filter: Filter) -> Filter {
    Filter { bots: filter.bots || person.bot, person: Some(person.person_id), ..filter }
}

/// The most frequent kinds first.
pub fn most_first(mut kinds: Vec<(Kind, i64)>) -> Vec<(Kind, i64)> {
    kinds.sort_by_key(|(_, n)| -n);
    kinds
}

fn trend(period: Period, filter: &Filter, points: &[Point], missing: &[stats::Window]) -> Chart {
    let label = filter.metric.label;
    let mut chart = Chart {
        id: "trend",
        title: format!("{label} per {}", period.name()),
        description: String::new(),
        unit: label.to_owned(),
        window: filter.window,
        period,
        starts: points.iter().map(|point| point.start).collect(),
        series: vec![Series {
            label: label.to_owned(),
            values: points.iter().map(|point| point.contributions).collect(),
        }],
        gaps: missing.to_vec(),
        marks: Vec::new(),
    };
    chart.describe();
    chart
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::fixture;
    use crate::web::router::tests::{get_from, page, site, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_number_is_the_count_of_the_facts_listed(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        let page = page(&site, "/people/ada").await;
        assert_eq!(words(&page, "#total"), ["3"]);
        assert_eq!(words(&page, "#facts tbody tr").len(), 3);
        assert_eq!(words(&page, "#facts a[href='https://github.com/engine/core/issues/7']"), ["engine/core#7"]);
        assert_eq!(words(&page, "dd.affiliation"), ["Analytical Engines since 2015-01-01"]);
        assert_eq!(words(&page, ".former"), ["lovelace"]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_former_login_leads_to_the_present_one(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        let response = get_from(&site, "/people/Lovelace?metric=pushes").await;
        assert_eq!(response.headers()["location"], "/people/ada?metric=pushes");
        assert_eq!(get_from(&site, "/people/nobody").await.status(), 404);
        assert_eq!(get_from(&site, "/people/%00").await.status(), 404);
    }
}
