//! The filter bar of the dashboards: one GET form, so that every view has an
//! address. What cannot be understood is said beside its field, and nothing is
//! counted until it can.

use std::ops::RangeInclusive;
use std::sync::Arc;

use axum::http::StatusCode;
use chrono::{DateTime, Datelike, Months, TimeDelta, Utc};

use crate::stats::{self, Coverage, Filter, Metric, Page, Period, Reader, StatsError, Window};
use crate::web::dashboard::Dashboard;
use crate::web::form::Fields;
use crate::web::{WebError, html, urls};

/// Most points of one chart.
const MOST_POINTS: i64 = 2_000;

/// Most names of organisations and of repositories: each is looked up.
const MOST_NAMES: usize = 100;

/// The years that a window may touch: hours are counted one by one.
const YEARS: RangeInclusive<i32> = 1970..=2100;

/// Rows of one page of a table.
pub const ROWS: i64 = 50;

/// What a reader asked for, as typed and as understood.
#[derive(Clone, Debug)]
pub struct Asked {
    pub fields: Fields,
    /// Everything there is; `None` before the first ingest.
    pub span: Option<Window>,
    /// `None` while a field is wrong, or when there is nothing yet.
    pub filter: Option<Filter>,
    pub period: Period,
    /// Least number of contributions to be listed.
    pub min: i64,
    /// Which page of a long list, from 1.
    pub page: i64,
    pub groups: Vec<String>,
    /// Those with most people first.
    pub companies: Arc<[String]>,
}

/// An active filter, and the address without it.
#[derive(Clone, Debug)]
pub struct Chip {
    pub name: &'static str,
    pub label: String,
    pub url: String,
}

impl Asked {
    /// Understands a query.
    pub async fn read(db: &mut Reader<'_>, fields: Fields) -> sqlx::Result<Self> {
        let span = stats::known_span(db).await?;
        let groups = stats::groups(db).await?;
        let companies = db.companies().await?;
        let mut asked = Self { fields, span, filter: None, period: Period::Month, min: 1, page: 1, groups, companies };
        if let Some(span) = span {
            asked.understand(span);
        }
        Ok(asked)
    }

    fn understand(&mut self, span: Window) {
        let default = default_window(span);
        let from = self.instant("from", default.from);
        let to = self.instant("to", default.to);
        let metric = self.metric();
        self.min = self.number("min", 1, 1_000_000);
        self.page = self.number("page", 1, 1_000_000);
        self.bots();
        for name in ["org", "repo"] {
            if self.fields.all(name).len() > MOST_NAMES {
                self.fields.fail(name, format!("At most {MOST_NAMES} names can be asked for at once."));
            }
        }
        let (Some(from), Some(to), Some(metric)) = (from, to, metric) else { return };
        let Ok(window) = Window::new(from, to) else {
            return self.fields.fail("to", "The end must be after the beginning.");
        };
        self.period = self.period(window);
        if self.fields.is_valid() {
            self.filter = Some(self.filter_of(window, metric));
        }
    }

    fn filter_of(&self, window: Window, metric: &'static Metric) -> Filter {
        let all = |name| self.fields.all(name).into_iter().map(str::to_owned).collect::<Vec<_>>();
        Filter {
            orgs: all("org"),
            repos: all("repo"),
            group: all("group").into_iter().next(),
            company: all("company").into_iter().next(),
            bots: self.fields.has("bots"),
            ..Filter::new(window, metric)
        }
    }

    fn instant(&mut self, name: &str, default: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if !self.fields.has(name) {
            return Some(default);
        }
        let Ok(read) = stats::parse_instant(self.fields.get(name)) else {
            self.fields.fail(name, "This is not a time: write 2016-01-31 or 2016-01-31 13:00 (UTC).");
            return None;
        };
        if !YEARS.contains(&read.year()) {
            self.fields.fail(name, format!("A year from {} to {} is expected.", YEARS.start(), YEARS.end()));
        }
        Some(read)
    }

    fn metric(&mut self) -> Option<&'static Metric> {
        let name = self.fields.get("metric");
        let metric = if name.is_empty() { Some(Metric::contributions()) } else { Metric::by_name(name) };
        if metric.is_none() {
            let names: Vec<_> = Metric::all().iter().map(|metric| metric.name).collect();
            self.fields.fail("metric", format!("There is no such thing to count; there are {}.", names.join(", ")));
        }
        metric
    }

    /// "with bots", as a form ticks it or a program writes it.
    fn bots(&mut self) {
        match self.fields.get("bots") {
            "" | "1" | "true" => {}
            "0" | "false" => self.fields.set("bots", ""),
            _ => self.fields.fail("bots", "Write true to count bots, or false."),
        }
    }

    /// A whole number from 1 to `most`.
    pub fn number(&mut self, name: &str, default: i64, most: i64) -> i64 {
        if !self.fields.has(name) {
            return default;
        }
        let problem = format!("A whole number from 1 to {} is expected.", html::thousands(most));
        match self.fields.parse::<i64>(name, &problem) {
            Some(n) if (1..=most).contains(&n) => n,
            _ => {
                self.fields.fail(name, problem);
                default
            }
        }
    }

    fn period(&mut self, window: Window) -> Period {
        if !self.fields.has("by") {
            return default_period(window);
        }
        let period = Period::by_name(self.fields.get("by"));
        match period.map(|p| (p, points(window, p))) {
            Some((period, n)) if n <= MOST_POINTS => return period,
            Some((_, n)) => {
                self.fields.fail(
                    "by",
                    format!("That would be {n} points, and at most {MOST_POINTS} are drawn; choose a longer period."),
                );
            }
            None => self.fields.fail("by", "Choose hour, day, week, month, quarter or year."),
        }
        Period::Month
    }

    /// Takes the answer apart: an unknown name is said beside its field.
    pub fn answer<T>(&mut self, answer: Result<Option<T>, StatsError>) -> Result<Option<T>, WebError> {
        let error = match answer {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let field = match &error {
            StatsError::UnknownOrg { .. } => "org",
            StatsError::UnknownRepo { .. } => "repo",
            StatsError::UnknownGroup { .. } => "group",
            StatsError::UnknownCompany { .. } => "company",
            StatsError::UnknownPerson(_) => "person",
            StatsError::Db(_) => return Err(error.into()),
        };
        self.fields.fail(field, sentence(&error.to_string()));
        Ok(None)
    }

    /// The same for an export, which has no form to show an error beside: what was
    /// asked with its answer, or a refusal.
    pub fn export<T>(mut self, answer: Result<Option<T>, StatsError>) -> Result<(Self, T), WebError> {
        match self.answer(answer)? {
            Some(shown) => Ok((self, shown)),
            None => Err(self.refuse()),
        }
    }

    /// 422 when something could not be understood.
    pub fn status(&self) -> StatusCode {
        if self.fields.is_valid() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// For exports, which have no form to show: everything that is wrong at once.
    pub fn refuse(&self) -> WebError {
        let problems: Vec<_> = self.fields.errors().map(|(name, error)| format!("{name}: {error}")).collect();
        if problems.is_empty() {
            return WebError::not_found("There is no data yet.");
        }
        WebError::Unprocessable(problems.join(" "))
    }

    /// The rows of the page asked for.
    pub fn rows(&self) -> Page {
        Page { limit: ROWS, offset: (self.page - 1) * ROWS }
    }

    /// The data page of a range, for the organisations and repositories in force.
    pub fn data_url(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> String {
        let (from, to) = (instant(from), instant(to));
        let names = self.fields.pairs().filter(|(name, _)| matches!(*name, "org" | "repo"));
        urls::with_query("/data", [("from", from.as_str()), ("to", to.as_str())].into_iter().chain(names))
    }

    /// What stands in a date field: what was typed, else the default.
    pub fn from(&self) -> String {
        self.shown("from", |window| window.from)
    }

    /// See [`Asked::from`].
    pub fn to(&self) -> String {
        self.shown("to", |window| window.to)
    }

    fn shown(&self, name: &str, end: fn(Window) -> DateTime<Utc>) -> String {
        match (self.fields.has(name), self.span) {
            (false, Some(span)) => instant(end(default_window(span))),
            _ => self.fields.get(name).to_owned(),
        }
    }

    /// Whether a choice of a list is the one in force.
    pub fn is_chosen(&self, name: &str, value: &str) -> bool {
        match name {
            "by" => self.period.name() == value,
            "metric" if !self.fields.has(name) => value == Metric::contributions().name,
            _ => self.fields.get(name).eq_ignore_ascii_case(value),
        }
    }

    /// The same question at another address, about one thing alone: `name` is its field.
    /// A repository is of its organisation anyway.
    pub fn about(&self, path: &str, name: &str, value: &str) -> String {
        let is_kept = |other: &str| other != name && other != "page" && !(name == "repo" && other == "org");
        let rest = self.fields.pairs().filter(|(other, _)| is_kept(other));
        urls::with_query(path, rest.chain([(name, value)]))
    }

    /// The one thing that is asked about, if it is one: what it is, and its name.
    pub fn subject(&self) -> Option<(&'static str, &str)> {
        let mut things = self.things();
        things.next().filter(|_| things.next().is_none())
    }

    /// Whether anything less than everything is asked about.
    pub fn is_narrowed(&self) -> bool {
        self.things().next().is_some()
    }

    fn things(&self) -> impl Iterator<Item = (&'static str, &str)> {
        const THINGS: [(&str, &str); 4] =
            [("org", "Organisation"), ("repo", "Repository"), ("group", "Group"), ("company", "Company")];
        THINGS.iter().flat_map(|(field, word)| self.fields.all(field).into_iter().map(|name| (*word, name)))
    }

    /// The metric in force.
    pub fn counted(&self) -> &'static Metric {
        self.filter.as_ref().map_or(Metric::contributions(), |f| f.metric)
    }

    /// The query in force, from the first page, for links to other views of it.
    pub fn query(&self, path: &str) -> String {
        self.query_without(path, "page", None)
    }

    /// The same query at another page of the list.
    pub fn at_page(&self, path: &str, page: i64) -> String {
        let page = page.to_string();
        let pairs = self.fields.pairs().filter(|(name, _)| *name != "page").chain([("page", page.as_str())]);
        urls::with_query(path, pairs)
    }

    fn query_without(&self, path: &str, name: &str, value: Option<&str>) -> String {
        let keep = |(n, v): &(&str, &str)| *n != "page" && (*n != name || value.is_some_and(|value| value != *v));
        urls::with_query(path, self.fields.pairs().filter(keep))
    }

    /// Every filter in force, each with the address without it.
    pub fn chips(&self, path: &str) -> Vec<Chip> {
        const NAMES: &[(&str, &str)] = &[
            ("from", "from"),
            ("to", "to"),
            ("metric", "counting"),
            ("org", "organisation"),
            ("repo", "repository"),
            ("group", "group"),
            ("company", "company"),
            ("bots", "with bots"),
            ("min", "at least"),
        ];
        let mut chips = Vec::new();
        for (name, label) in NAMES {
            for value in self.fields.all(name) {
                let label = if *name == "bots" { (*label).to_owned() } else { format!("{label} {value}") };
                chips.push(Chip { name, label, url: self.query_without(path, name, Some(value)) });
            }
        }
        chips
    }
}

/// `2016-01-01`, or `2016-01-01 13:00` when it is not midnight: as a field takes it.
pub fn instant(at: DateTime<Utc>) -> String {
    let at = at.format("%Y-%m-%d %H:%M").to_string();
    at.strip_suffix(" 00:00").map(str::to_owned).unwrap_or(at)
}

/// An error of a store as a sentence for a field.
fn sentence(error: &str) -> String {
    let mut letters = error.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// The last twelve months that we have, or all of it when that is less.
fn default_window(span: Window) -> Window {
    Window { from: span.from.max(span.to - Months::new(12)), to: span.to }
}

fn default_period(window: Window) -> Period {
    match (window.to - window.from).num_days() {
        ..4 => Period::Hour,
        4..=62 => Period::Day,
        63..=400 => Period::Week,
        401..=3_000 => Period::Month,
        _ => Period::Quarter,
    }
}

fn points(window: Window, period: Period) -> i64 {
    let length = period.next(window.from) - window.from;
    let whole: TimeDelta = window.to - window.from;
    whole.num_seconds() / length.num_seconds().max(1) + 1
}

/// What stands under every dashboard: of when, how complete, by which definition,
/// and the same numbers for programs.
#[derive(Clone, Debug)]
pub struct Foot {
    pub coverage: Coverage,
    pub metric: &'static Metric,
    /// Whether only one repository group is counted.
    pub grouped: bool,
    /// The page's address without an ending, and its query.
    pub formats: Vec<(&'static str, String)>,
    /// The data page for the same window.
    pub data_url: String,
}

impl Foot {
    /// The foot of a dashboard.
    pub fn of<D: Dashboard>(asked: &Asked, coverage: Coverage) -> Self {
        Self::with(asked, coverage, D::PATH, D::endings())
    }

    /// The foot of a page whose exports are at `path` with an ending.
    pub fn with(asked: &Asked, coverage: Coverage, path: &str, endings: &[&'static str]) -> Self {
        let format = |ending: &&'static str| (*ending, asked.query(&format!("{path}.{}", ending.to_lowercase())));
        let data_url = asked.data_url(coverage.window.from, coverage.window.to);
        let (metric, grouped) = (asked.counted(), asked.fields.has("group"));
        Self { metric, formats: endings.iter().map(format).collect(), data_url, grouped, coverage }
    }
}
