//! `/companies`: for whom people work who contribute, and how much hangs on how few.

use askama::Template;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::stats::{self, CompanyCount, Filter, Page as Rows, Reader, Share, StatsError};
use crate::web::chart::{BarChart, BarRow};
use crate::web::dashboard::{Dashboard, Table};
use crate::web::filter::{Asked, Foot, ROWS};
use crate::web::html::{self, filters};
use crate::web::{Layout, WebError, compare};

const PATH: &str = "/companies";

/// Bars of the chart.
const TOP: usize = 20;

/// The page.
#[derive(Debug, Template)]
#[template(path = "companies.html")]
pub struct CompaniesPage {
    layout: Layout,
    asked: Asked,
    shown: Option<Companies>,
}

/// For whom how much was done.
#[derive(Debug)]
pub struct Companies {
    contributions: i64,
    people: Share,
    companies: Share,
    rows: Vec<CompanyCount>,
    chart: BarChart,
    foot: Foot,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
impl Companies {
    fn share(&self, n: &i64) -> String {
        html::percent(*n, self.contributions)
    }

    fn has_more(&self) -> bool {
        i64::try_from(self.rows.len()).unwrap_or_default() == ROWS
    }

    fn compare_url(&self, asked: &Asked) -> String {
        compare::url(asked, "company", self.rows.iter().filter(|it| it.is_company()).map(|it| &*it.company))
    }

    /// "1 of 39 people made more than half of it, and so did 1 of 2 companies, …"
    fn hangs_on(&self) -> String {
        let of = |share: Share, one, many| {
            format!("{} of {}", html::thousands(share.few), html::count(share.all, one, many))
        };
        let people = format!("{} made more than half of it", of(self.people, "person", "people"));
        match self.companies.all {
            0 => format!("{people}. No company of theirs is known."),
            _ => format!(
                "{people}; of what was done by people whose company is known, {} made more than half.",
                of(self.companies, "company", "companies")
            ),
        }
    }
}

impl Dashboard for Companies {
    type Page = CompaniesPage;
    const PATH: &'static str = PATH;

    async fn load(
        db: &mut Reader<'_>,
        asked: &Asked,
        filter: &Filter,
        rows: Rows,
        now: DateTime<Utc>,
    ) -> Result<Self, StatsError> {
        let rows = stats::company_counts(db, filter, rows).await?;
        Ok(Self {
            contributions: stats::totals(db, filter).await?.contributions,
            people: stats::bus_factor(db, filter).await?,
            companies: stats::elephant_factor(db, filter).await?,
            chart: chart(asked, &rows),
            rows,
            foot: Foot::of::<Self>(asked, filter.coverage(db, now).await?),
        })
    }

    async fn page(
        _: &mut PgConnection,
        layout: Layout,
        asked: Asked,
        shown: Option<Self>,
    ) -> Result<CompaniesPage, WebError> {
        Ok(CompaniesPage { layout, asked, shown })
    }

    fn foot(&self) -> &Foot {
        &self.foot
    }

    fn table(&self, asked: &Asked) -> Table {
        let row = |it: &CompanyCount| vec![it.company.as_str().into(), it.contributions.into(), it.people.into()];
        Table { head: vec!["company", asked.counted().name, "people"], rows: self.rows.iter().map(row).collect() }
    }

    fn svg(self) -> String {
        self.chart.file()
    }
}

fn chart(asked: &Asked, companies: &[CompanyCount]) -> BarChart {
    let known: Vec<_> = companies.iter().filter(|it| it.is_company()).take(TOP).collect();
    let bar = |it: &&CompanyCount| BarRow {
        label: it.company.clone(),
        url: asked.about("/", "company", &it.company),
        total: it.contributions,
        values: vec![it.contributions],
    };
    let label = asked.counted().label;
    let description = match known[..] {
        [] => "No company is known.".to_owned(),
        [first, ..] => {
            let most = html::thousands(first.contributions);
            format!("{} leads with {most} {label}; the table below has every value.", first.company)
        }
    };
    BarChart {
        id: "top",
        title: format!("{label} by company"),
        description,
        parts: vec![label],
        rows: known.iter().map(bar).collect(),
        alone: false,
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::fixture;
    use crate::web::router::tests::{get_from, page, site, text, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn companies_add_up_to_the_whole_and_lead_to_their_people(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        let csv = text(get_from(&site, "/companies.csv").await).await;
        assert_eq!(csv, "company,contributions,people\r\nAnalytical Engines,3,1\r\nUnknown,1,1\r\n");
        let page = page(&site, "/companies?from=2016-01-01").await;
        let people = "#companies a[href='/people?from=2016-01-01&company=Analytical%20Engines']";
        assert_eq!(words(&page, people), ["1"]);
        let company = "#companies a[href='/?from=2016-01-01&company=Analytical%20Engines']";
        assert_eq!(words(&page, company), ["Analytical Engines"]);
        assert_eq!(
            words(&page, "#hangs-on"),
            ["1 of 2 people made more than half of it; of what was done by people whose company is known, \
              1 of 1 company made more than half."]
        );
    }
}
