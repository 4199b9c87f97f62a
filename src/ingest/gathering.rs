//! What any source gives, whatever it is: facts, and the names seen beside them.

use std::collections::BTreeSet;

use bytes::Bytes;
use chrono::NaiveDate;

use super::{
    fact::{self, Fact, NOBODY},
    sightings::{Seen, Sightings},
};
use crate::{
    people::store::{Address, Author},
    stats::rollup::Moved,
};

/// Facts and names while a source is read.
#[derive(Debug, Default)]
pub struct Gathering {
    pub facts: Vec<Fact>,
    actors: Sightings,
    repos: Sightings,
    orgs: Sightings,
    bots: BTreeSet<i64>,
    /// Stand-ins of those whom commits name; their labels are among the actors.
    pub addresses: BTreeSet<Address>,
    pub authors: BTreeSet<Author>,
}

/// Facts and names, ready to be written.
#[derive(Debug)]
pub struct Gathered {
    /// Settled: sorted, one of each key.
    pub facts: Vec<Fact>,
    /// How many of them another one stated too.
    pub same_fact: usize,
    /// The facts, as COPY takes them.
    pub rows: Bytes,
    pub rollup: Vec<Moved>,
    pub actors: Vec<(i64, Seen)>,
    pub repos: Vec<(i64, Seen)>,
    pub orgs: Vec<(i64, Seen)>,
    /// Accounts that the source calls bots.
    pub bots: Vec<i64>,
    pub addresses: Vec<Address>,
    pub authors: Vec<Author>,
}

impl Gathering {
    /// Notes the login of an account.
    pub fn see_actor(&mut self, id: i64, login: &str, day: NaiveDate) {
        if id != NOBODY {
            self.actors.see(id, login, None, day);
        }
    }

    /// Notes the name of a repository, and the organisation it belongs to.
    pub fn see_repo(&mut self, id: i64, name: &str, org_id: Option<i64>, day: NaiveDate) {
        if id != NOBODY {
            self.repos.see(id, name, org_id, day);
        }
    }

    /// Notes the login of an organisation.
    pub fn see_org(&mut self, id: i64, login: &str, day: NaiveDate) {
        self.orgs.see(id, login, None, day);
    }

    /// Notes accounts that the source calls bots.
    pub fn see_bots(&mut self, ids: impl IntoIterator<Item = i64>) {
        self.bots.extend(ids);
    }

    /// Settles the facts and adds everything up.
    pub fn finish(mut self) -> Gathered {
        let same_fact = fact::settle(&mut self.facts);
        Gathered {
            same_fact,
            rows: fact::copy_rows(&self.facts),
            rollup: fact::roll_up(self.facts.iter().copied()),
            facts: self.facts,
            actors: self.actors.into_sorted(),
            repos: self.repos.into_sorted(),
            orgs: self.orgs.into_sorted(),
            bots: self.bots.into_iter().collect(),
            addresses: self.addresses.into_iter().collect(),
            authors: self.authors.into_iter().collect(),
        }
    }
}
