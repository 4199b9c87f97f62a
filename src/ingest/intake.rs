//! Where activity comes from by itself: the sources that the operator has named,
//! and what is followed.

use std::{path::PathBuf, sync::Arc};

use sqlx::PgConnection;

use super::{
    api::{self, ApiError, GitHub, Subject, Surroundings},
    archive::{FetchError, Fetcher, Options, Patience, Scope},
};
use crate::{clock::Clock, random::Random};

/// The sources.
#[derive(Clone, Debug)]
pub struct Intake {
    /// The archive's hours: a folder, or an address with places for the hour.
    pub archive: String,
    /// Where an hour is put while it is read.
    pub downloads: PathBuf,
    pub patience: Patience,
    pub github: api::Settings,
    /// What the worker keeps up with; without any it asks nobody by itself.
    pub follows: Vec<Subject>,
}

impl Intake {
    /// For a test: an archive and an interface that are not there, and nothing followed.
    #[cfg(test)]
    pub fn nowhere() -> Self {
        let github = api::Settings { base_url: "http://localhost:9".into(), credential: api::Credential::Nobody };
        let (archive, downloads) = ("/nonexistent/archive".into(), "/nonexistent/downloads".into());
        Self { archive, downloads, patience: Patience::default(), github, follows: Vec::new() }
    }

    /// What is kept of an archive hour.
    pub fn scope(&self) -> Scope {
        let (orgs, repos) = self.names();
        Scope::new(&orgs, &repos)
    }

    /// The organisations and the repositories that are followed.
    pub fn names(&self) -> (Vec<String>, Vec<String>) {
        let names = |is: fn(&Subject) -> bool| self.follows.iter().filter(|s| is(s)).map(ToString::to_string).collect();
        (names(|s| matches!(s, Subject::Owner(_))), names(|s| matches!(s, Subject::Repository(_))))
    }

    /// How hours are read: with so many readers.
    pub fn options(&self, jobs: usize, clock: &Clock, random: &Random) -> Result<Options, FetchError> {
        let fetcher = Fetcher::new(self.downloads.clone(), self.patience, clock.clone(), random.clone())?;
        Ok(Options { fetcher: Some(Arc::new(fetcher)), ..Options::jobs(jobs) })
    }

    /// GitHub's interface, with what is known of its limits.
    pub async fn connect(&self, db: &mut PgConnection, clock: &Clock, random: &Random) -> Result<GitHub, ApiError> {
        let world = Surroundings { clock: clock.clone(), random: random.clone() };
        api::connect(db, self.github.clone(), Box::new(world)).await
    }
}
