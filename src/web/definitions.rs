//! `/definitions`: what every number means, with the statement that counts it,
//! and who is taken for a bot.

use askama::Template;

use crate::people::store::{BotPattern, bot_list};
use crate::stats::{self, Coverage, Metric};
use crate::web::html::filters;
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, WebError};

#[derive(Debug, Template)]
#[template(path = "definitions.html")]
pub struct Definitions {
    layout: Layout,
    bots: Vec<BotPattern>,
    /// Of everything there is.
    coverage: Option<Coverage>,
}

impl Definitions {
    /// Patterns that took somebody for a bot.
    fn hitting(&self) -> impl Iterator<Item = &BotPattern> {
        self.bots.iter().filter(|b| b.hits > 0)
    }

    /// Patterns that nobody here matches.
    fn idle(&self) -> String {
        let idle: Vec<_> = self.bots.iter().filter(|b| b.hits == 0).map(|b| b.pattern.as_str()).collect();
        idle.join("  ")
    }
}

/// The page.
pub async fn show(layout: Layout, mut snapshot: Snapshot) -> Result<Page<Definitions>, WebError> {
    let db = snapshot.db();
    let bots = bot_list(db).await?;
    let coverage = match stats::known_span(db).await? {
        Some(span) => Some(stats::coverage(db, span, layout.now).await?),
        None => None,
    };
    Ok(Page(Definitions { layout, bots, coverage }))
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::stats::Metric;
    use crate::web::fixture;
    use crate::web::router::tests::{page, site, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn every_metric_has_an_anchor_a_sentence_and_its_statement(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let page = page(&site(pool), "/definitions").await;
        for metric in Metric::all() {
            let section = format!("section#{}", metric.name);
            assert_eq!(words(&page, &format!("{section} pre")).len(), 1, "{}", metric.name);
            assert!(
                words(&page, &section)[0].contains(&metric.definition.split_whitespace().collect::<Vec<_>>().join(" "))
            );
        }
        assert_eq!(words(&page, "#bots tbody td")[..2], ["%-bot", "1"]);
    }
}
