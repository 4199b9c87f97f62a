//! `/people`: developer activity counts, the list that elections are decided by.

use askama::Template;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use super::{PARTS, parts};
use crate::stats::{self, Filter, Kind, Page as Rows, PersonCount, Reader, StatsError};
use crate::web::chart::{BarChart, BarRow};
use crate::web::dashboard::{Dashboard, Table};
use crate::web::filter::{Asked, Foot, ROWS, instant};
use crate::web::html::{self, filters};
use crate::web::{Layout, WebError, compare, urls};

const PATH: &str = "/people";

/// Bars of the chart.
const TOP: usize = 20;

/// The list.
#[derive(Debug, Template)]
#[template(path = "people/list.html")]
pub struct PeoplePage {
    layout: Layout,
    asked: Asked,
    shown: Option<People>,
}

/// Who did how much.
#[derive(Debug)]
pub struct People {
    /// People on all pages.
    people: i64,
    contributions: i64,
    rows: Vec<PersonCount>,
    /// Kinds that anyone on this page did.
    kinds: Vec<Kind>,
    chart: BarChart,
    foot: Foot,
}

impl PeoplePage {
    /// What the list is, in a sentence.
    fn sentence(&self, shown: &People) -> String {
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

    fn has_more(&self, shown: &People) -> bool {
        self.asked.page * ROWS < shown.people
    }

    /// The address that asks for everybody.
    fn without_min(&self) -> Option<String> {
        (self.asked.min > 1).then(|| urls::with_query(PATH, self.asked.fields.pairs().filter(|(n, _)| *n != "min")))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
impl People {
    fn compare_url(&self, asked: &Asked) -> String {
        compare::url(asked, "person", self.rows.iter().map(|person| &*person.login))
    }

    #[expect(clippy::unused_self, reason = "called from the template")]
    fn of(&self, person: &PersonCount, kind: &Kind) -> i64 {
        person.kinds.iter().find(|(k, _)| k == kind).map_or(0, |(_, n)| *n)
    }
}

impl Dashboard for People {
    type Page = PeoplePage;
    const PATH: &'static str = PATH;

    async fn load(
        db: &mut Reader<'_>,
        asked: &Asked,
        filter: &Filter,
        rows: Rows,
        now: DateTime<Utc>,
    ) -> Result<Self, StatsError> {
        let rows = stats::people(db, filter, asked.min, rows).await?;
        let kinds = filter.metric.kinds().iter().copied();
        let seen = kinds.filter(|kind| rows.iter().any(|p| p.kinds.iter().any(|(k, n)| k == kind && *n > 0))).collect();
        Ok(Self {
            people: stats::people_count(db, filter, asked.min).await?,
            contributions: stats::totals(db, filter).await?.contributions,
            chart: chart(asked, &rows),
            rows,
            kinds: seen,
            foot: Foot::of::<Self>(asked, filter.coverage(db, now).await?),
        })
    }

    async fn page(
        _: &mut PgConnection,
        layout: Layout,
        asked: Asked,
        shown: Option<Self>,
    ) -> Result<PeoplePage, WebError> {
        Ok(PeoplePage { layout, asked, shown })
    }

    fn foot(&self) -> &Foot {
        &self.foot
    }

    /// Everybody, with every kind as a column.
    fn table(&self, asked: &Asked) -> Table {
        let kinds = asked.counted().kinds();
        let mut head = vec!["rank", "login", "github_id", "bot", "company", asked.counted().name];
        head.extend(kinds.iter().map(|kind| kind.name()));
        let row = |p: &PersonCount| {
            let who: [Value; 6] = [
                p.rank.into(),
                p.login.as_str().into(),
                p.person_id.into(),
                p.bot.into(),
                p.company.as_deref().into(),
                p.contributions.into(),
            ];
            who.into_iter().chain(kinds.iter().map(|kind| self.of(p, kind).into())).collect()
        };
        Table { head, rows: self.rows.iter().map(row).collect() }
    }

    fn svg(self) -> String {
        self.chart.file()
    }
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
