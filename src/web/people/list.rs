//! `/people`: developer activity counts, the list that elections are decided by.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::{PARTS, parts};
use crate::app::App;
use crate::stats::{self, Kind, Page as Rows, PersonCount, StatsError};
use crate::web::chart::{BarChart, BarRow};
use crate::web::filter::{Asked, Foot, ROWS, instant};
use crate::web::form::{Fields, QueryFields};
use crate::web::html::{self, filters};
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, WebError, export, urls};

const PATH: &str = "/people";

/// Bars of the chart.
const TOP: usize = 20;

#[derive(Debug, Template)]
#[template(path = "people/list.html")]
struct People {
    layout: Layout,
    asked: Asked,
    shown: Option<Shown>,
}

#[derive(Debug)]
struct Shown {
    /// People on all pages.
    people: i64,
    contributions: i64,
    rows: Vec<PersonCount>,
    /// Kinds that anyone on this page did.
    kinds: Vec<Kind>,
    chart: BarChart,
    foot: Foot,
}

impl People {
    /// What the list is, in a sentence.
    fn sentence(&self, shown: &Shown) -> String {
        let metric = self.asked.counted();
        let people = html::count(shown.people, "person", "people");
        let least = match self.asked.min {
            1 => String::new(),
            min => format!(" with at least {}", html::thousands(min)),
        };
        let window = shown.foot.coverage.window;
        let (from, to) = (instant(window.from), instant(window.to));
        format!(
            "{people}{least}; in all, {} {} between {from} and {to}.",
            html::thousands(shown.contributions),
            metric.label
        )
    }

    fn url(&self, login: &str) -> String {
        self.asked.query(&urls::person(login))
    }

    fn has_more(&self, shown: &Shown) -> bool {
        self.asked.page * ROWS < shown.people
    }

    /// The address that asks for everybody.
    fn without_min(&self) -> Option<String> {
        (self.asked.min > 1).then(|| urls::with_query(PATH, self.asked.fields.pairs().filter(|(n, _)| *n != "min")))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
impl Shown {
    #[expect(clippy::unused_self, reason = "called from the template")]
    fn of(&self, person: &PersonCount, kind: &Kind) -> i64 {
        person.kinds.iter().find(|(k, _)| k == kind).map_or(0, |(_, n)| *n)
    }
}

/// The page.
pub async fn show(
    layout: Layout,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let db = snapshot.db();
    let mut asked = Asked::read(db, fields).await?;
    let loaded = load(db, &asked, asked.rows(), layout.now).await;
    let shown = asked.answer(loaded)?;
    Ok((asked.status(), Page(People { layout, asked, shown })).into_response())
}

/// Everybody, with every kind as a column.
pub async fn csv(
    State(app): State<App>,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let (asked, shown) = exported(snapshot.db(), fields, app.clock.now()).await?;
    let kinds = asked.counted().kinds();
    let mut head = vec!["rank", "login", "github_id", "bot", "company", asked.counted().name];
    head.extend(kinds.iter().map(|k| k.name()));
    let row = |p: &PersonCount| {
        let company = p.company.clone().unwrap_or_default();
        let who = [p.rank.to_string(), p.login.clone(), p.person_id.to_string(), p.bot.to_string(), company];
        let counts = kinds.iter().map(|kind| shown.of(p, kind).to_string());
        who.into_iter().chain([p.contributions.to_string()]).chain(counts).collect()
    };
    export::csv("people", &shown.foot, &head, shown.rows.iter().map(row))
}

/// See [`csv()`].
pub async fn json(
    State(app): State<App>,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let (asked, shown) = exported(snapshot.db(), fields, app.clock.now()).await?;
    let row = |p: &PersonCount| {
        let kinds: serde_json::Map<_, _> = p.kinds.iter().map(|(k, n)| (k.name().to_owned(), json!(n))).collect();
        json!({
            "rank": p.rank, "login": p.login, "github_id": p.person_id, "bot": p.bot, "company": p.company,
            asked.counted().name: p.contributions, "kinds": kinds,
        })
    };
    let rows = shown.rows.iter().map(row).collect();
    Ok(export::json("people", &asked, &shown.foot, &rows))
}

/// The chart as a file.
pub async fn svg(
    State(app): State<App>,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let (_, shown) = exported(snapshot.db(), fields, app.clock.now()).await?;
    Ok(export::svg("people", &shown.foot, shown.chart.file()))
}

async fn exported(db: &mut PgConnection, fields: Fields, now: DateTime<Utc>) -> Result<(Asked, Shown), WebError> {
    let asked = Asked::read(db, fields).await?;
    let loaded = load(db, &asked, Rows { limit: export::MOST_ROWS, offset: 0 }, now).await;
    asked.export(loaded)
}

async fn load(
    db: &mut PgConnection,
    asked: &Asked,
    rows: Rows,
    now: DateTime<Utc>,
) -> Result<Option<Shown>, StatsError> {
    let Some(filter) = &asked.filter else { return Ok(None) };
    let rows = stats::people(db, filter, asked.min, rows).await?;
    let kinds = filter.metric.kinds().iter().copied();
    let seen = kinds.filter(|kind| rows.iter().any(|p| p.kinds.iter().any(|(k, n)| k == kind && *n > 0))).collect();
    Ok(Some(Shown {
        people: stats::people_count(db, filter, asked.min).await?,
        contributions: stats::totals(db, filter).await?.contributions,
        chart: chart(asked, &rows),
        rows,
        kinds: seen,
        foot: Foot::of(asked, filter.coverage(db, now).await?, PATH, &["CSV", "JSON", "SVG"]),
    }))
}

fn chart(asked: &Asked, people: &[PersonCount]) -> BarChart {
    let bar = |p: &PersonCount| BarRow {
        label: p.login.clone(),
        url: asked.query(&urls::person(&p.login)),
        total: p.contributions,
        values: parts(&p.kinds),
    };
    let description = match people {
        [] => "Nobody is on this list.".to_owned(),
        [first, ..] => format!(
            "{} leads with {} {}; the table below has every value.",
            first.login,
            html::thousands(first.contributions),
            asked.counted().label
        ),
    };
    BarChart {
        id: "top",
        title: format!("{} by person", asked.counted().label),
        description,
        parts: PARTS.to_vec(),
        rows: people.iter().take(TOP).map(bar).collect(),
        alone: false,
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::fixture;
    use crate::web::router::tests::{get_from, page, site, text, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn people_are_ranked_without_bots_unless_asked(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        let plain = page(&site, "/people").await;
        assert_eq!(words(&plain, "#people tbody td a"), ["ada", "grace"]);
        let bots = page(&site, "/people?bots=1").await;
        assert_eq!(words(&bots, "#people tbody td a"), ["ada", "ci-bot", "grace"]);
        assert_eq!(words(&bots, ".chip"), ["with bots ✕"]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_bar_cuts_the_list_and_an_empty_one_says_so(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        assert_eq!(words(&page(&site, "/people?min=2").await, "#people tbody td a"), ["ada"]);
        let empty = page(&site, "/people?min=50").await;
        assert_eq!(words(&empty, ".empty h2"), ["Nobody reaches 50"]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_unknown_name_is_said_beside_its_field(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        for (query, field) in
            [("org=nowhere", "org"), ("repo=no/where", "repo"), ("company=x", "company"), ("min=-1", "min")]
        {
            let response = get_from(&site, &format!("/people?{query}")).await;
            assert_eq!(response.status(), 422, "{query}");
            let page = scraper::Html::parse_document(&text(response).await);
            assert_eq!(words(&page, &format!("#{field}-error")).len(), 1, "{query}");
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_export_has_every_kind_as_a_column(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let csv = text(get_from(&site(pool), "/people.csv?metric=pushes").await).await;
        assert_eq!(csv, "rank,login,github_id,bot,company,pushes,push\r\n1,ada,1,false,Analytical Engines,2,2\r\n");
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn hostile_queries_are_answered_not_obeyed(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        for evil in [
            "'%20or%201=1--",
            "%00",
            "%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
            "%F0%9F%92%A9",
            "1;drop%20table%20fact",
        ] {
            for field in ["from", "org", "repo", "group", "company", "metric", "min", "page", "by"] {
                let response = get_from(&site, &format!("/people?{field}={evil}")).await;
                assert!(matches!(response.status().as_u16(), 200 | 400 | 422), "{field}={evil}: {}", response.status());
                assert!(!text(response).await.contains("<script>alert"), "{field}={evil}");
            }
        }
    }
}
