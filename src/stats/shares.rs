//! Companies, and how much hangs on how few.

use super::counted::Counted;
use super::{Filter, Page, Reader, StatsError, filter::Selection};

/// One row of the companies of a filter. Who is in no affiliation counts as
/// `Unknown`, so that the rows add up to the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyCount {
    pub company: String,
    pub contributions: i64,
    /// Who worked there when they contributed; somebody who moved counts in both.
    pub people: i64,
}

impl CompanyCount {
    /// Whether it is a company, and not one of the words for having none.
    pub fn is_company(&self) -> bool {
        is_company(&self.company)
    }
}

/// Whether a name is a company's.
pub(super) fn is_company(name: &str) -> bool {
    !matches!(name, "Independent" | "Unknown" | "(Robots)")
}

/// Lists companies, busiest first, equal ones by name.
pub async fn company_counts(db: &mut Reader<'_>, filter: &Filter, page: Page) -> Result<Vec<CompanyCount>, StatsError> {
    let selection = Selection::of(db, filter).await?;
    let rows = Counted::of(db, &selection).await?.ask(Counted::by_company).await?;
    let count = |(company, contributions, people)| CompanyCount { company, contributions, people };
    let mut rows: Vec<CompanyCount> = rows.into_iter().map(count).collect();
    rows.sort_by_cached_key(|row| (-row.contributions, row.company.to_lowercase(), row.company.clone()));
    let rows = rows.into_iter().skip(usize::try_from(page.offset).unwrap_or_default());
    Ok(rows.take(usize::try_from(page.limit).unwrap_or(usize::MAX)).collect())
}

/// How few hold more than half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The smallest number that together have more than half of the contributions;
    /// 0 if there are none.
    pub few: i64,
    pub all: i64,
}

impl Share {
    /// Of these numbers, largest first.
    pub fn of(counts: &[i64]) -> Self {
        let whole: i64 = counts.iter().sum();
        let so_far = counts.iter().scan(0, |sum, n| {
            *sum += n;
            Some(*sum)
        });
        let size = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let few = so_far.enumerate().find(|(_, sum)| 2 * sum > whole).map_or(0, |(place, _)| size(place + 1));
        Self { few, all: size(counts.len()) }
    }
}

/// The bus factor of a filter: people.
pub async fn bus_factor(db: &mut Reader<'_>, filter: &Filter) -> Result<Share, StatsError> {
    let selection = Selection::of(db, filter).await?;
    let ranked = Counted::of(db, &selection)
        .await?
        .ask(|counted| counted.by_person().iter().map(|(_, n)| *n).collect::<Vec<_>>())
        .await?;
    Ok(Share::of(&ranked))
}

/// The elephant factor of a filter: companies, of what was done by people whose
/// company is known.
pub async fn elephant_factor(db: &mut Reader<'_>, filter: &Filter) -> Result<Share, StatsError> {
    let companies = company_counts(db, filter, Page::ALL).await?;
    let counts: Vec<i64> = companies.iter().filter(|it| it.is_company()).map(|it| it.contributions).collect();
    Ok(Share::of(&counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_is_not_more_than_half() {
        assert_eq!(Share::of(&[5, 5]), Share { few: 2, all: 2 });
        assert_eq!(Share::of(&[6, 4, 1]), Share { few: 1, all: 3 });
        assert_eq!(Share::of(&[]), Share { few: 0, all: 0 });
    }
}
