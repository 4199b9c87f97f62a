//! How any source writes what it gathered: the names in short transactions of
//! their own, then the facts with their roll-up in the source's transaction,
//! beside what the source itself has to note (ledger, cursor, delivery).

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{fact, gathering::Gathered, sightings::Memory, store};
use crate::{
    people::{self, Bots},
    stats::{self, Kind},
};

/// Writes for one source. Shared by its connections.
#[derive(Debug)]
pub struct Writer {
    /// The source's bit in `fact.sources`.
    source: i16,
    bots: Bots,
    actors: Memory,
    repos: Memory,
    orgs: Memory,
    /// Accounts that the database knows a source to call bots.
    bot_accounts: Mutex<HashSet<i64>>,
}

impl Writer {
    /// A writer for the source with this bit.
    pub async fn load(db: &mut PgConnection, source: i16) -> sqlx::Result<Self> {
        let (actors, repos, orgs) = (Memory::default(), Memory::default(), Memory::default());
        let bots = Bots::load(db).await?;
        Ok(Self { source, bots, actors, repos, orgs, bot_accounts: Mutex::default() })
    }

    /// Makes a connection ready for `facts`. Once is enough.
    pub async fn prepare(db: &mut PgConnection) -> sqlx::Result<()> {
        store::prepare_stage(db).await
    }

    /// Accounts, repositories, organisations and whom commits name, before the facts
    /// about them and in short transactions of their own: their rows are shared by everything.
    pub async fn names(&self, db: &mut PgConnection, gathered: &mut Gathered) -> sqlx::Result<()> {
        let Gathered { actors, repos, orgs, bots, addresses, authors, .. } = gathered;
        self.actors.only_news(actors);
        self.repos.only_news(repos);
        self.orgs.only_news(orgs);
        self.only_new_bots(bots);
        // Two transactions, so that accounts of one hour and repositories of another
        // are written at a time.
        if !(actors.is_empty() && orgs.is_empty() && bots.is_empty() && addresses.is_empty()) {
            let mut tx = store::begin_names(db, store::Names::Accounts).await?;
            store::add_orgs(&mut tx, orgs).await?;
            store::add_actors(&mut tx, actors, &self.bots).await?;
            store::add_bots(&mut tx, actors, bots).await?;
            if !addresses.is_empty() {
                people::store::add_authors(&mut tx, addresses, authors).await?;
            }
            tx.commit().await?;
        }
        if !repos.is_empty() {
            let mut tx = store::begin_names(db, store::Names::Repositories).await?;
            store::add_repos(&mut tx, repos).await?;
            tx.commit().await?;
        }
        self.actors.remember(actors);
        self.repos.remember(repos);
        self.orgs.remember(orgs);
        self.bot_accounts.lock().unwrap_or_else(PoisonError::into_inner).extend(bots.iter());
        Ok(())
    }

    fn only_new_bots(&self, bots: &mut Vec<i64>) {
        let known = self.bot_accounts.lock().unwrap_or_else(PoisonError::into_inner);
        bots.retain(|id| !known.contains(id));
    }

    /// Facts and roll-up, in the transaction of the caller. Says how many facts
    /// there are more than before. Whoever is told of a deadlock (`store::is_deadlock`) tries again.
    pub async fn facts(&self, tx: &mut PgConnection, gathered: &Gathered, now: DateTime<Utc>) -> sqlx::Result<u64> {
        store::plan_for_each_batch(tx).await?;
        store::stage(tx, gathered.rows.clone()).await?;
        let again = gathered.facts.iter().any(|fact| Kind::AGAIN.contains(&fact.kind));
        let gone = if again { self.settle_instants(tx).await? } else { 0 };
        let added = store::add_staged(tx, self.source, now).await?;
        if added == gathered.facts.len() as u64 {
            stats::rollup::add_to_rollup(tx, &gathered.rollup).await?;
        } else {
            let new = store::staged_and_new(tx, now).await?;
            stats::rollup::add_to_rollup(tx, &fact::roll_up(new)).await?;
            self.settle_conflicts(tx).await?;
        }
        Ok(added.saturating_sub(gone))
    }

    /// A closing that is known by an event alone gives way to the one that is known
    /// by its exact instant, whichever came first. Says how many did.
    async fn settle_instants(&self, db: &mut PgConnection) -> sqlx::Result<u64> {
        store::lock_occurrences(db, self.source).await?;
        store::drop_staged_near(db).await?;
        let gone = store::drop_kept_near(db).await?;
        let count = gone.len() as u64;
        if count > 0 {
            stats::rollup::move_in_rollup(db, &fact::roll_up(gone), &[]).await?;
        }
        Ok(count)
    }

    /// Facts that were there already: the smaller statement wins, whichever came
    /// first, and the source is noted.
    async fn settle_conflicts(&self, db: &mut PgConnection) -> sqlx::Result<()> {
        let clashes = store::lock_clashes(db, self.source).await?;
        if clashes.is_empty() {
            return Ok(());
        }
        store::resolve(db, &clashes, self.source).await?;
        let moved: Vec<_> = clashes.iter().filter(|(staged, kept)| staged < kept).collect();
        let gone = fact::roll_up(moved.iter().map(|(_, kept)| *kept));
        let come = fact::roll_up(moved.iter().map(|(staged, _)| *staged));
        if !moved.is_empty() {
            stats::rollup::move_in_rollup(db, &gone, &come).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, PgPool};

    use super::*;
    use crate::ingest::{
        Fact, Gathering,
        fact::{API, ARCHIVE, Instant, WEBHOOK},
    };

    const AT: i64 = 1_760_000_000;

    /// One closing as a source dates it.
    fn closing(instant: Instant) -> Gathered {
        let (key_b, at) = (instant.key(7), AT);
        let fact = Fact { kind: Kind::PrClosed, key_a: 9, key_b, at, actor_id: 5, repo_id: 9, number: Some(7) };
        let mut gathering = Gathering::default();
        gathering.facts.push(fact);
        gathering.finish()
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_closing_that_sources_date_differently_is_one_in_any_order(pool: PgPool) {
        let tellings = [(ARCHIVE, Instant::Near(AT + 6)), (API, Instant::Told(AT + 1)), (WEBHOOK, Instant::Exact(AT))];
        let mut db = pool.acquire().await.unwrap();
        for order in ["012", "021", "102", "120", "201", "210", "01", "10", "02", "20", "12", "21"] {
            sqlx::raw_sql("truncate fact, activity_day").execute(&mut *db).await.unwrap();
            let told: Vec<_> = order.bytes().map(|place| tellings[usize::from(place - b'0')]).collect();
            for (source, instant) in &told {
                let mut tx = db.begin().await.unwrap();
                Writer::prepare(&mut tx).await.unwrap();
                let writer = Writer::load(&mut tx, *source).await.unwrap();
                writer.facts(&mut tx, &closing(*instant), DateTime::UNIX_EPOCH).await.unwrap();
                tx.commit().await.unwrap();
            }
            let best = told.iter().max_by_key(|(source, _)| *source).unwrap().1.key(7);
            let kept: Vec<i64> = sqlx::query_scalar("select key_b from fact").fetch_all(&mut *db).await.unwrap();
            let days: Vec<i32> = sqlx::query_scalar("select n from activity_day").fetch_all(&mut *db).await.unwrap();
            assert_eq!((kept, days), (vec![best], vec![1]), "{order}");
        }
    }
}
