//! `/compare`: up to five people, companies, repositories, groups or organisations,
//! a line for each on one chart.

use askama::Template;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::stats::{self, Filter, Page as Rows, Reader, StatsError};
use crate::web::chart::{Chart, Series, period_label};
use crate::web::dashboard::{Dashboard, Table};
use crate::web::export::stamp;
use crate::web::filter::{Asked, Foot};
use crate::web::{Layout, WebError, urls};

const PATH: &str = "/compare";

/// So many lines can be told apart.
const MOST: usize = 5;

/// What can be compared: the field of a filter that names one, and a word for several.
const THINGS: &[(&str, &str)] = &[
    ("person", "people"),
    ("company", "companies"),
    ("repo", "repositories"),
    ("group", "groups"),
    ("org", "organisations"),
];

/// The page.
#[derive(Debug, Template)]
#[template(path = "compare.html")]
pub struct ComparePage {
    layout: Layout,
    asked: Asked,
    shown: Option<Compare>,
}

/// A line for each.
#[derive(Debug)]
pub struct Compare {
    chart: Chart,
    foot: Foot,
}

impl ComparePage {
    /// What stands in each of the fields for names.
    fn names(&self) -> [&str; MOST] {
        let mut names = names(&self.asked).into_iter();
        std::array::from_fn(|_| names.next().unwrap_or_default())
    }

    fn is_of(&self, field: &str) -> bool {
        of(&self.asked) == field
    }

    /// What is wrong with a name.
    fn problem(&self) -> Option<&str> {
        THINGS.iter().find_map(|(field, _)| self.asked.fields.error(field))
    }
}

/// The page of some things of a kind, under the same filter.
pub fn url<'a>(asked: &'a Asked, field: &'a str, names: impl Iterator<Item = &'a str>) -> String {
    let kept = asked.fields.pairs().filter(|(name, _)| matches!(*name, "from" | "to" | "metric" | "by" | "bots"));
    urls::with_query(PATH, kept.chain([("of", field)]).chain(names.take(MOST).map(|name| ("with", name))))
}

/// The field of what is compared.
fn of(asked: &Asked) -> &'static str {
    let asked = asked.fields.get("of");
    THINGS.iter().find(|(field, _)| *field == asked).unwrap_or(&THINGS[0]).0
}

fn names(asked: &Asked) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in asked.fields.all("with") {
        if names.len() < MOST && !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    names
}

/// The filter, for things of a kind alone.
fn about(filter: &Filter, field: &str, names: &[&str]) -> Filter {
    let owned = || names.iter().map(|name| (*name).to_owned());
    let mut filter = Filter { bots: filter.bots, ..Filter::new(filter.window, filter.metric) };
    match field {
        "company" => filter.company = owned().next(),
        "group" => filter.group = owned().next(),
        "repo" => filter.repos = owned().collect(),
        "org" => filter.orgs = owned().collect(),
        _ => {}
    }
    filter
}

impl Dashboard for Compare {
    type Page = ComparePage;
    const PATH: &'static str = PATH;

    async fn load(
        db: &mut Reader<'_>,
        asked: &Asked,
        filter: &Filter,
        _: Rows,
        now: DateTime<Utc>,
    ) -> Result<Self, StatsError> {
        let (field, names) = (of(asked), names(asked));
        let coverage = about(filter, field, &names).coverage(db, now).await?;
        let mut series = Vec::new();
        for name in &names {
            let mut about = about(filter, field, &[name]);
            if field == "person" {
                // Who is asked for by name counts, bot or not.
                (about.person, about.bots) = (Some(stats::person_called(db, name).await?), true);
            }
            let counted = stats::series(db, &about, asked.period, &coverage).await?;
            let values = counted.iter().map(|point| point.contributions).collect();
            series.push(Series { label: (*name).to_owned(), values });
        }
        let mut chart = Chart {
            id: "compared",
            title: format!("{} per {}", filter.metric.label, asked.period.name()),
            description: String::new(),
            unit: filter.metric.label.to_owned(),
            window: filter.window,
            period: asked.period,
            starts: asked.period.starts(filter.window),
            series,
            gaps: coverage.missing.clone(),
            marks: Vec::new(),
        };
        chart.describe();
        Ok(Self { chart, foot: Foot::of::<Self>(asked, coverage) })
    }

    async fn page(
        _: &mut PgConnection,
        layout: Layout,
        asked: Asked,
        shown: Option<Self>,
    ) -> Result<ComparePage, WebError> {
        Ok(ComparePage { layout, asked, shown })
    }

    fn foot(&self) -> &Foot {
        &self.foot
    }

    /// A row for each period of each line.
    fn table(&self, asked: &Asked) -> Table {
        let rows = self.chart.series.iter().flat_map(|line| {
            let row = move |(start, n): (&DateTime<Utc>, &i64)| {
                vec![
                    line.label.as_str().into(),
                    stamp(*start).into(),
                    period_label(asked.period, *start).into(),
                    (*n).into(),
                ]
            };
            self.chart.starts.iter().zip(&line.values).map(row)
        });
        Table { head: vec![of(asked), "start", "label", asked.counted().name], rows: rows.collect() }
    }

    fn svg(self) -> String {
        self.chart.svg()
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::fixture;
    use crate::web::router::tests::{get_from, page, site, text, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn things_stand_beside_each_other_and_an_unknown_one_is_named(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        let asked = "of=person&with=ada&with=Grace&with=ada&by=hour";
        let found = page(&site, &format!("/compare?{asked}")).await;
        assert_eq!(words(&found, "#compared thead th"), ["hour", "ada", "Grace", "complete?"]);
        let csv = text(get_from(&site, &format!("/compare.csv?{asked}")).await).await;
        assert_eq!(csv.lines().next(), Some("person,start,label,contributions"));
        let of_ada: i64 = csv.lines().filter(|line| line.starts_with("ada,")).map(last_number).sum();
        let people = text(get_from(&site, "/people.csv").await).await;
        let row = people.lines().find(|line| line.contains(",ada,")).unwrap();
        assert_eq!(row.split(',').nth(5), Some(&*of_ada.to_string()));

        let companies = text(get_from(&site, "/compare.csv?of=company&with=analytical%20engines&by=day").await).await;
        assert!(companies.contains("analytical engines,2016-01-01T00:00:00Z,1 Jan 2016,3"), "{companies}");
        let wrong = get_from(&site, "/compare?of=person&with=nobody-at-all").await;
        assert_eq!(wrong.status(), 422);
        let wrong = scraper::Html::parse_document(&text(wrong).await);
        assert!(words(&wrong, "#with-error")[0].starts_with("Nobody called nobody-at-all"));
        assert_eq!(words(&page(&site, "/compare").await, "#compared").len(), 0);
    }

    fn last_number(line: &str) -> i64 {
        line.rsplit(',').next().unwrap().parse().unwrap()
    }
}
