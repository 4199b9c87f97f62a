//! `/`: how much happens here, who does it and where, and which elections run.

use askama::Template;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::election::{self, Phase};
use crate::stats::{self, Coverage, Filter, Page as Rows, PersonCount, Point, Reader, RepoCount, StatsError, Totals};
use crate::web::chart::{Chart, HeatMap, Series, Sparkline, period_label};
use crate::web::dashboard::{Dashboard, Table};
use crate::web::elections::Line;
use crate::web::export::stamp;
use crate::web::filter::{Asked, Foot};
use crate::web::html::{self, filters};
use crate::web::{Layout, WebError, urls};

/// People and repositories shown.
const TOP: Rows = Rows { limit: 10, offset: 0 };

/// The first page.
#[derive(Debug, Template)]
#[template(path = "overview.html")]
pub struct OverviewPage {
    layout: Layout,
    asked: Asked,
    elections: Vec<Line>,
    shown: Option<Overview>,
}

/// How much happens, and who does it.
#[derive(Debug)]
pub struct Overview {
    totals: Totals,
    before: Totals,
    before_known: Known,
    points: Vec<Point>,
    chart: Chart,
    people: Vec<PersonCount>,
    repositories: Vec<RepoCount>,
    /// Of one thing; of everything the chart says as much.
    calendar: Option<HeatMap>,
    foot: Foot,
}

/// How far the period before can be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Whole,
    Partly,
    Not,
}

/// One headline number.
#[derive(Debug)]
struct Figure {
    label: &'static str,
    value: String,
    url: String,
    change: Change,
    spark: Sparkline,
}

#[derive(Debug, PartialEq, Eq)]
struct Change {
    class: &'static str,
    words: String,
}

impl OverviewPage {
    fn figures(&self, shown: &Overview) -> Vec<Figure> {
        let (now, before) = (&shown.totals, &shown.before);
        let whole = shown.whole_points(self.asked.period);
        let contributions = whole.iter().map(|p| p.contributions).collect();
        let people = whole.iter().map(|p| p.people).collect();
        let figure = |label, path: &str, now: i64, before: i64, spark| Figure {
            label,
            value: html::thousands(now),
            url: self.asked.query(path),
            change: change(now, before, shown.before_known),
            spark: Sparkline(spark),
        };
        let mut figures = vec![
            figure("Contributions", "/definitions", now.contributions, before.contributions, contributions),
            figure("People", "/people", now.people, before.people, people),
            figure("Repositories", "/repositories", now.repositories, before.repositories, Vec::new()),
            figure("Companies", "/companies", now.companies, before.companies, Vec::new()),
        ];
        // Lines of the archive are not told apart by what they are about.
        if !self.asked.is_narrowed() {
            figures.push(figure("Events", "/data", now.events, before.events, Vec::new()));
        }
        figures
    }

    /// The elections of now, beside what everybody does.
    fn elections(&self) -> &[Line] {
        if self.asked.subject().is_some() { &[] } else { &self.elections }
    }

    fn person_url(&self, login: &str) -> String {
        self.asked.query(&urls::person(login))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
impl Overview {
    /// Points whose period lies in the window: the first and last weeks of a year
    /// would else look like a fall.
    fn whole_points(&self, period: stats::Period) -> Vec<&Point> {
        let window = self.foot.coverage.window;
        let whole = |p: &&Point| p.start >= window.from && period.next(p.start) <= window.to;
        self.points.iter().filter(whole).collect()
    }

    fn share(&self, n: &i64) -> String {
        html::percent(*n, self.totals.contributions)
    }

    /// Of 100, for a bar.
    fn bar(&self, n: &i64) -> i64 {
        n * 100 / self.totals.by_kind.iter().map(|(_, n)| *n).max().unwrap_or_default().max(1)
    }

    fn kinds(&self) -> Vec<(stats::Kind, i64)> {
        let mut kinds = self.totals.by_kind.clone();
        kinds.sort_by_key(|(_, n)| -n);
        kinds
    }
}

impl Dashboard for Overview {
    type Page = OverviewPage;
    const PATH: &'static str = "/overview";
    const PAGE: &'static str = "/";

    async fn load(
        db: &mut Reader<'_>,
        asked: &Asked,
        filter: &Filter,
        _: Rows,
        now: DateTime<Utc>,
    ) -> Result<Self, StatsError> {
        let before = Filter { window: filter.window.before(), ..filter.clone() };
        let coverage = filter.coverage(db, now).await?;
        let points = stats::series(db, filter, asked.period, &coverage).await?;
        Ok(Self {
            totals: stats::totals(db, filter).await?,
            before: stats::totals(db, &before).await?,
            before_known: known(&before.coverage(db, now).await?),
            chart: chart(asked, filter, &points, &coverage),
            points,
            people: stats::people(db, filter, 1, TOP).await?,
            repositories: stats::repositories(db, filter, TOP).await?,
            calendar: calendar(db, asked, filter, &coverage).await?,
            foot: Foot::of::<Self>(asked, coverage),
        })
    }

    async fn page(
        db: &mut PgConnection,
        layout: Layout,
        asked: Asked,
        shown: Option<Self>,
    ) -> Result<OverviewPage, WebError> {
        let elections = elections_now(db, &layout).await?;
        Ok(OverviewPage { layout, asked, elections, shown })
    }

    fn foot(&self) -> &Foot {
        &self.foot
    }

    /// The numbers over time.
    fn table(&self, asked: &Asked) -> Table {
        let row = |p: &Point| vec![stamp(p.start).into(), p.contributions.into(), p.people.into(), p.covered.into()];
        let head = vec![asked.period.name(), "contributions", "people", "covered"];
        Table { head, rows: self.points.iter().map(row).collect() }
    }

    fn json(&self, asked: &Asked) -> Value {
        let row = |p: &Point| {
            let (start, label) = (stamp(p.start), period_label(asked.period, p.start));
            json!({ "start": start, "label": label, "contributions": p.contributions, "people": p.people, "covered": p.covered })
        };
        json!({
            "by": asked.period.name(), "contributions": self.totals.contributions, "people": self.totals.people,
            "repositories": self.totals.repositories, "companies": self.totals.companies, "events": self.totals.events,
            "kinds": self.totals.by_kind.iter().map(|(k, n)| json!({ "kind": k.name(), "n": n })).collect::<Vec<_>>(),
            "series": self.points.iter().map(row).collect::<Vec<_>>(),
        })
    }

    fn svg(self) -> String {
        self.chart.svg()
    }
}

async fn calendar(
    db: &mut Reader<'_>,
    asked: &Asked,
    filter: &Filter,
    coverage: &Coverage,
) -> Result<Option<HeatMap>, StatsError> {
    if asked.subject().is_none() {
        return Ok(None);
    }
    let days = stats::series(db, filter, HeatMap::period(filter.window), coverage).await?;
    let counted = days.iter().map(|point| (point.start, point.contributions));
    Ok(Some(HeatMap::of("calendar", filter.metric.label, filter.window, counted, &coverage.missing)))
}

/// The elections that people can do something in now.
async fn elections_now(db: &mut PgConnection, layout: &Layout) -> Result<Vec<Line>, WebError> {
    let all = election::all(db).await?.into_iter();
    let lines = all.map(|election| Line { phase: election.phase(layout.now), election });
    Ok(lines.filter(|line| matches!(line.phase, Phase::Voting | Phase::Nominating)).collect())
}

fn chart(asked: &Asked, filter: &Filter, points: &[Point], coverage: &Coverage) -> Chart {
    let values = points.iter().map(|p| p.contributions).collect();
    let mut chart = Chart {
        id: "over-time",
        title: format!("{} per {}", capital(filter.metric.label), asked.period.name()),
        description: String::new(),
        unit: filter.metric.label.to_owned(),
        window: filter.window,
        period: asked.period,
        starts: points.iter().map(|p| p.start).collect(),
        series: vec![Series { label: filter.metric.label.to_owned(), values }],
        gaps: coverage.missing.clone(),
        marks: Vec::new(),
    };
    chart.describe();
    chart
}

fn known(before: &Coverage) -> Known {
    match before.done {
        0 => Known::Not,
        _ if before.is_complete() => Known::Whole,
        _ => Known::Partly,
    }
}

fn change(now: i64, before: i64, known: Known) -> Change {
    if known != Known::Whole {
        let words = if known == Known::Not { "nothing known before" } else { "period before incomplete" };
        return Change { class: "muted", words: words.into() };
    }
    let share = html::percent((now - before).abs(), before);
    match now.cmp(&before) {
        std::cmp::Ordering::Equal => Change { class: "muted", words: "as many as before".into() },
        std::cmp::Ordering::Greater if before == 0 => Change { class: "up", words: "▲ none before".into() },
        std::cmp::Ordering::Greater => Change { class: "up", words: format!("▲ {share} on the period before") },
        std::cmp::Ordering::Less => Change { class: "down", words: format!("▼ {share} on the period before") },
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::web::fixture;
    use crate::web::router::tests::{get_from, page, site, text, words};

    #[test]
    fn a_change_is_told_only_against_a_period_that_is_known() {
        assert_eq!(change(106, 100, Known::Whole).words, "▲ 6.0 % on the period before");
        assert_eq!(change(50, 100, Known::Whole).words, "▼ 50 % on the period before");
        assert_eq!(change(106, 0, Known::Not).words, "nothing known before");
        assert_eq!(change(106, 90, Known::Partly).words, "period before incomplete");
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn without_data_the_page_says_how_to_get_some(pool: PgPool) {
        let page = page(&site(pool), "/").await;
        assert_eq!(words(&page, ".empty pre"), ["hustings ingest archive DIR"]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_headline_is_the_count_and_the_foot_says_what_is_missing(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let page = page(&site(pool), "/").await;
        assert_eq!(words(&page, ".figure .value")[..3], ["4", "2", "1"]);
        assert_eq!(
            words(&page, ".foot .warn"),
            ["Coverage 66.6 %: 2 of 3 hours; missing 2016-01-01 02:00, what that means"]
        );
        assert_eq!(words(&page, "#over-time tbody tr td:nth-child(2)"), ["3", "0", "1"]);
        assert_eq!(words(&page, "#over-time tbody .warn"), ["incomplete"]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_unreadable_range_is_said_beside_its_field(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        let response = get_from(&site, "/?from=yesterday&to=2016-01-02").await;
        assert_eq!(response.status(), 422);
        let page = scraper::Html::parse_document(&text(response).await);
        assert_eq!(words(&page, "#from-error"), ["This is not a time: write 2016-01-31 or 2016-01-31 13:00 (UTC)."]);
        assert_eq!(words(&page, "input[name=from][value=yesterday][aria-invalid=true]").len(), 1);
        assert_eq!(get_from(&site, "/overview.csv?by=fortnight").await.status(), 422);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn exports_carry_date_coverage_and_definition(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        let response = get_from(&site, "/overview.csv").await;
        assert_eq!(response.headers()["hustings-as-of"], "2016-01-01T04:00:00Z");
        assert_eq!(response.headers()["hustings-coverage"], "66.6 %; 2 of 3 hours; missing 2016-01-01 02:00");
        assert!(
            text(response).await.starts_with("hour,contributions,people,covered\r\n2016-01-01T01:00:00Z,3,2,1\r\n")
        );
        let json: serde_json::Value =
            serde_json::from_str(&text(get_from(&site, "/overview.json").await).await).unwrap();
        assert_eq!((&json["overview"]["contributions"], &json["coverage"]["done_hours"]), (&4.into(), &2.into()));
        assert_eq!(get_from(&site, "/overview.svg").await.headers()["content-type"], "image/svg+xml");
    }
}
