//! What is done over time, a line for each kind of deed: `/pull-requests`,
//! `/issues`, `/reviews`, and who comes anew: `/contributors`.

use std::marker::PhantomData;

use askama::Template;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::stats::{self, Filter, Kind, Metric, Page as Rows, Period, Reader, StatsError};
use crate::web::chart::{Chart, Series, period_label};
use crate::web::dashboard::{Dashboard, Table};
use crate::web::export::stamp;
use crate::web::filter::{Asked, Foot};
use crate::web::html::filters;
use crate::web::{Layout, WebError, urls};

/// What a page of this kind is about.
pub trait Topic: std::fmt::Debug + Send + Sync + 'static {
    const PATH: &'static str;
    const TITLE: &'static str;
    const LEAD: &'static str;
    /// What one is called, in the plural.
    const UNIT: &'static str;
    /// Its lines, each with the kinds it is about.
    const LINES: &'static [(&'static str, &'static [Kind])];
    /// What people can be ranked by, beside it.
    const METRICS: &'static [&'static str];

    /// Its values, for each line one of each of these periods: how often its kinds were done.
    fn values(
        db: &mut Reader<'_>,
        filter: &Filter,
        period: Period,
        starts: &[DateTime<Utc>],
    ) -> impl Future<Output = Result<Vec<Vec<i64>>, StatsError>> + Send {
        async move {
            let counts = stats::kind_series(db, filter, &kinds::<Self>(), period).await?;
            let line = |kinds: &[Kind]| starts.iter().map(|start| counts.of(*start, kinds)).collect();
            Ok(Self::LINES.iter().map(|(_, kinds)| line(kinds)).collect())
        }
    }
}

/// Everything that a topic is about.
fn kinds<T: Topic + ?Sized>() -> Vec<Kind> {
    let mut kinds: Vec<_> = T::LINES.iter().flat_map(|(_, kinds)| kinds.iter().copied()).collect();
    kinds.dedup();
    kinds
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "flows.html")]
pub struct FlowPage {
    layout: Layout,
    asked: Asked,
    path: &'static str,
    title: &'static str,
    lead: &'static str,
    metrics: Vec<(&'static Metric, String)>,
    shown: Option<Shown>,
}

/// What is to be seen.
#[derive(Debug)]
struct Shown {
    chart: Chart,
    foot: Foot,
}

/// Its lines.
#[derive(Debug)]
pub struct Flow<T> {
    shown: Shown,
    topic: PhantomData<T>,
}

impl Shown {
    /// Each line's sum.
    fn sums(&self) -> Vec<(String, i64)> {
        self.chart.series.iter().map(|line| (line.label.clone(), line.values.iter().sum())).collect()
    }
}

impl<T: Topic> Dashboard for Flow<T> {
    type Page = FlowPage;
    const PATH: &'static str = T::PATH;

    async fn load(
        db: &mut Reader<'_>,
        asked: &Asked,
        filter: &Filter,
        _: Rows,
        now: DateTime<Utc>,
    ) -> Result<Self, StatsError> {
        let starts = asked.period.starts(filter.window);
        let values = T::values(db, filter, asked.period, &starts).await?;
        let subject = filter.subject().counting(&kinds::<T>());
        let coverage = stats::coverage_of(db, &subject, filter.window, now).await?;
        let lines = T::LINES.iter().zip(values);
        let mut chart = Chart {
            id: "over-time",
            title: format!("{} per {}", T::TITLE, asked.period.name()),
            description: String::new(),
            unit: T::UNIT.to_owned(),
            window: filter.window,
            period: asked.period,
            starts,
            series: lines.map(|((label, _), values)| Series { label: (*label).to_owned(), values }).collect(),
            gaps: coverage.missing.clone(),
            marks: Vec::new(),
        };
        chart.describe();
        let mut foot = Foot::of::<Self>(asked, coverage);
        foot.metric = T::METRICS.first().and_then(|name| Metric::by_name(name)).unwrap_or(foot.metric);
        Ok(Self { shown: Shown { chart, foot }, topic: PhantomData })
    }

    async fn page(
        _: &mut PgConnection,
        layout: Layout,
        asked: Asked,
        shown: Option<Self>,
    ) -> Result<FlowPage, WebError> {
        let rest = || asked.fields.pairs().filter(|(name, _)| !matches!(*name, "metric" | "by" | "page"));
        let people = |name: &&'static str| {
            Some((Metric::by_name(name)?, urls::with_query("/people", rest().chain([("metric", *name)]))))
        };
        let metrics = T::METRICS.iter().filter_map(people).collect();
        let shown = shown.map(|flow| flow.shown);
        Ok(FlowPage { layout, asked, path: T::PATH, title: T::TITLE, lead: T::LEAD, metrics, shown })
    }

    fn foot(&self) -> &Foot {
        &self.shown.foot
    }

    fn table(&self, asked: &Asked) -> Table {
        let row = |(place, start): (usize, &DateTime<Utc>)| {
            let when = [stamp(*start), period_label(asked.period, *start)];
            let values = self.shown.chart.series.iter().map(|line| line.values[place].into());
            when.map(Into::into).into_iter().chain(values).collect()
        };
        let head = ["start", "label"].into_iter().chain(T::LINES.iter().map(|(label, _)| *label)).collect();
        Table { head, rows: self.shown.chart.starts.iter().enumerate().map(row).collect() }
    }

    fn svg(self) -> String {
        self.shown.chart.svg()
    }
}

/// `/pull-requests`.
#[derive(Debug)]
pub struct PullRequests;

impl Topic for PullRequests {
    const PATH: &'static str = "/pull-requests";
    const TITLE: &'static str = "Pull requests";
    const LEAD: &'static str = "How many are opened, merged and closed, each when it happened.";
    const UNIT: &'static str = "opened";
    const LINES: &'static [(&'static str, &'static [Kind])] = &[
        ("opened", &[Kind::PrOpened]),
        ("merged", &[Kind::PrMerged]),
        ("closed", &[Kind::PrClosed]),
        ("comments and reviews", &[Kind::PrComment, Kind::Review, Kind::ReviewComment]),
    ];
    const METRICS: &'static [&'static str] = &["pull_requests", "merged", "reviews"];
}

/// `/issues`.
#[derive(Debug)]
pub struct Issues;

impl Topic for Issues {
    const PATH: &'static str = "/issues";
    const TITLE: &'static str = "Issues";
    const LEAD: &'static str = "How many are opened and closed, each when it happened.";
    const UNIT: &'static str = "opened";
    const LINES: &'static [(&'static str, &'static [Kind])] = &[
        ("opened", &[Kind::IssueOpened]),
        ("closed", &[Kind::IssueClosed]),
        ("reopened", &[Kind::IssueReopened]),
        ("comments", &[Kind::IssueComment]),
    ];
    const METRICS: &'static [&'static str] = &["issues", "issues_closed"];
}

/// `/reviews`.
#[derive(Debug)]
pub struct Reviews;

impl Topic for Reviews {
    const PATH: &'static str = "/reviews";
    const TITLE: &'static str = "Reviews";
    const LEAD: &'static str = "What is said about pull requests: reviews, comments on lines, and comments below.";
    const UNIT: &'static str = "reviews";
    const LINES: &'static [(&'static str, &'static [Kind])] =
        &[("reviews", &[Kind::Review]), ("review comments", &[Kind::ReviewComment]), ("comments", &[Kind::PrComment])];
    const METRICS: &'static [&'static str] = &["reviews"];
}

/// `/contributors`.
#[derive(Debug)]
pub struct Contributors;

impl Topic for Contributors {
    const PATH: &'static str = "/contributors";
    const TITLE: &'static str = "New and episodic contributors";
    const LEAD: &'static str = "Who opens a pull request or an issue for the first time, and who does so now and then: not in the three months before, and at most 12 times before that. “First” is as far back as there is data.";
    const UNIT: &'static str = "first pull requests";
    const LINES: &'static [(&'static str, &'static [Kind])] = &[
        ("first pull request", &[Kind::PrOpened]),
        ("episodic pull request", &[Kind::PrOpened]),
        ("first issue", &[Kind::IssueOpened]),
        ("episodic issue", &[Kind::IssueOpened]),
    ];
    const METRICS: &'static [&'static str] = &["pull_requests", "issues"];

    async fn values(
        db: &mut Reader<'_>,
        filter: &Filter,
        period: Period,
        starts: &[DateTime<Utc>],
    ) -> Result<Vec<Vec<i64>>, StatsError> {
        let authors = stats::newcomers(db, filter, &[Kind::PrOpened], period).await?;
        let creators = stats::newcomers(db, filter, &[Kind::IssueOpened], period).await?;
        let line = |of: &dyn Fn(&DateTime<Utc>) -> i64| starts.iter().map(of).collect();
        let at = |all: &std::collections::HashMap<_, stats::Newcomers>, start: &DateTime<Utc>| {
            all.get(start).copied().unwrap_or_default()
        };
        Ok(vec![
            line(&|start| at(&authors, start).new),
            line(&|start| at(&authors, start).episodic),
            line(&|start| at(&creators, start).new),
            line(&|start| at(&creators, start).episodic),
        ])
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::fixture;
    use crate::web::router::tests::{get_from, page, site, text, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn every_line_is_a_figure_a_line_and_a_column(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        for (path, lines) in [("/pull-requests", 4), ("/issues", 4), ("/reviews", 3), ("/contributors", 4)] {
            let page = page(&site, path).await;
            assert_eq!(words(&page, ".figure .value").len(), lines, "{path}");
            assert_eq!(words(&page, "#over-time thead th").len(), lines + 2, "{path}: period, lines, complete?");
            let csv = text(get_from(&site, &format!("{path}.csv")).await).await;
            assert_eq!(csv.lines().next().unwrap().split(',').count(), lines + 2, "{path}: start, label, lines");
        }
        assert_eq!(get_from(&site, "/issues?repo=no/where").await.status(), 422);
    }
}
