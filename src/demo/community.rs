//! What the demonstration consists of: its people, companies, repositories and groups.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, DurationRound, NaiveDate, TimeDelta, Utc};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::activity::{self, Event, Thread, What};
use super::population;
use super::rhythm::{DAY, HOUR, YEAR};

/// Ids start far above any that GitHub has given out, so none can belong to a real account.
const FIRST_REPOSITORY_ID: i64 = 9_200_000_001;
const FIRST_ORG_ID: i64 = 9_100_000_001;
pub(super) const FIRST_PERSON_ID: i64 = 9_000_000_001;
pub(super) const FIRST_BOT_ID: i64 = 9_090_000_001;

pub(super) const ORGS: [&str; 2] = ["lantern-dev", "lantern-contrib"];

/// The employers, largest first.
pub(super) const COMPANIES: [&str; 12] = [
    "Brightwick Systems",
    "Corvane Networks",
    "Tallowmere Cloud",
    "Ferrowind",
    "Oxbower Computing",
    "Quillmarsh",
    "Hollowell & Pike",
    "Sundrift Data",
    "Pellicant Telecom",
    "Nettlebrook University",
    "Okavanta Labs",
    "Umbervale Bank",
];
pub(super) const INDEPENDENT: &str = "Independent";

pub(super) const GROUPS: [&str; 6] = ["Core", "Networking", "Storage", "Docs", "Tooling", "Community"];

/// `(group, organisation, name)`, the busiest first.
const REPOSITORIES: [(usize, usize, &str); 25] = [
    (0, 0, "lantern"),
    (1, 0, "beacon"),
    (3, 0, "website"),
    (2, 0, "cistern"),
    (4, 0, "lanternctl"),
    (0, 0, "scheduler"),
    (4, 0, "test-infra"),
    (5, 0, "community"),
    (0, 0, "enhancements"),
    (1, 0, "ingress"),
    (2, 0, "snapshotter"),
    (0, 0, "wick"),
    (4, 0, "charts"),
    (0, 0, "operator"),
    (1, 0, "lantern-dns"),
    (3, 0, "handbook"),
    (2, 1, "volume-plugins"),
    (4, 0, "release-tools"),
    (1, 1, "netpolicy"),
    (5, 1, "examples"),
    (2, 1, "backup-agent"),
    (3, 1, "translations"),
    (5, 1, "mentoring"),
    (4, 1, "editor-plugins"),
    (5, 1, "awesome-lantern"),
];
/// Repositories that were made public during the period: `(index, per cent of it gone)`.
const BORN_LATER: [(usize, i64); 3] = [(20, 30), (23, 45), (13, 55)];
/// The repository that was renamed, its first name, and the per cent of the period gone by then.
const RENAMED: (usize, &str, i64) = (4, "lamp", 33);

/// How big a community to generate.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    pub people: usize,
    pub days: i64,
}

impl Scale {
    /// The demonstration itself: about 300 people over two years.
    pub const DEMO: Self = Self { people: 300, days: 730 };
}

/// Who a person works for from a day on, up to another, which is not included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub company: &'static str,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
}

/// What an account may do; decides which of its contributions are likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Maintainer,
    Reviewer,
    Contributor,
    Visitor,
    Bot,
}

/// A person or a bot.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: i64,
    pub name: String,
    pub email: String,
    /// Each login with the instant since when it is used; the first is as old as the account.
    pub logins: Vec<(DateTime<Utc>, String)>,
    pub joined: DateTime<Utc>,
    pub left: Option<DateTime<Utc>>,
    /// Employers in order of time; empty when nobody knows.
    pub spans: Vec<Span>,
    pub(super) offset_hours: i64,
    pub(super) role: Role,
    /// Contributions in a full last year.
    pub(super) pace: i64,
    /// Indices of repositories, the most liked first.
    pub(super) favourites: Vec<usize>,
}

impl Person {
    /// The login in use now.
    #[must_use]
    pub fn login(&self) -> &str {
        self.logins.last().map_or("", |(_, login)| login)
    }

    /// The login in use at an instant.
    #[must_use]
    pub fn login_at(&self, at: DateTime<Utc>) -> &str {
        let used = self.logins.iter().rev().find(|(from, _)| *from <= at);
        used.or(self.logins.first()).map_or("", |(_, login)| login)
    }

    /// Who the person worked for at an instant, if known.
    #[must_use]
    pub fn company_at(&self, at: DateTime<Utc>) -> Option<&'static str> {
        let day = at.date_naive();
        let holds = |span: &&Span| span.from <= day && span.to.is_none_or(|to| day < to);
        self.spans.iter().find(holds).map(|span| span.company)
    }
}

/// A repository, whose name may have changed.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    pub id: i64,
    pub group: usize,
    pub org: usize,
    pub born: i64,
    pub name: &'static str,
    /// The first name, and when it was given up.
    pub former: Option<(&'static str, i64)>,
}

impl Repository {
    /// `organisation/name` as it was at an instant.
    pub fn full_name(&self, at: i64) -> String {
        let former = self.former.filter(|&(_, until)| at < until);
        format!("{}/{}", ORGS[self.org], former.map_or(self.name, |(name, _)| name))
    }

    pub fn org_id(&self) -> i64 {
        FIRST_ORG_ID + i64::from(self.org == 1)
    }
}

/// A repository of a group, as it is called now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryRef {
    pub id: i64,
    pub full_name: String,
}

/// A named group of repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: &'static str,
    pub repositories: Vec<RepositoryRef>,
}

/// The whole invented community with everything it did.
#[derive(Debug)]
pub struct Community {
    pub(super) period: Range<i64>,
    /// People first, then bots.
    pub(super) accounts: Vec<Person>,
    pub(super) humans: usize,
    pub(super) repositories: Vec<Repository>,
    pub(super) threads: Vec<Thread>,
    /// In order of time.
    pub(super) events: Vec<Event>,
    missing_hour: i64,
}

impl Community {
    /// For the banner of every page of the demonstration.
    pub const NOTICE: &str = "Demonstration: this community and its activity are generated; no person here is real.";

    /// Generates the community; the same arguments always give the same one.
    ///
    /// `until` is truncated to the hour and excluded; the period before it has
    /// `scale.days` days of 24 hours.
    #[must_use]
    pub fn generate(seed: u64, until: DateTime<Utc>, scale: Scale) -> Self {
        let until = until.duration_trunc(TimeDelta::hours(1)).unwrap_or(until).timestamp();
        let period = until - scale.days.max(3) * DAY..until;
        let repositories = repositories(&period);
        let accounts = population::draw(&mut stream(seed, 0), &period, scale.people, &repositories);
        let (events, threads) = activity::simulate(stream(seed, 1), &period, &accounts, &repositories);
        let missing_hour = choose_missing_hour(&period, &accounts, &events);
        let humans = scale.people;
        Self { period, accounts, humans, repositories, threads, events, missing_hour }
    }

    /// Everyone but the bots.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.accounts[..self.humans]
    }

    #[must_use]
    pub fn bots(&self) -> &[Person] {
        &self.accounts[self.humans..]
    }

    /// The twelve invented employers, largest first; "Independent" is not among them.
    #[must_use]
    pub fn companies(&self) -> &'static [&'static str] {
        &COMPANIES
    }

    /// The hour whose archive file is not written.
    #[must_use]
    pub fn missing_hour(&self) -> DateTime<Utc> {
        instant(self.missing_hour)
    }

    /// The first hour of the period and the end of its last one.
    #[must_use]
    pub fn period(&self) -> Range<DateTime<Utc>> {
        instant(self.period.start)..instant(self.period.end)
    }

    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        let group = |(index, &name)| Group { name, repositories: self.group_members(index) };
        GROUPS.iter().enumerate().map(group).collect()
    }

    fn group_members(&self, group: usize) -> Vec<RepositoryRef> {
        let members = self.repositories.iter().filter(|repository| repository.group == group);
        let named = |repository: &Repository| RepositoryRef {
            id: repository.id,
            full_name: repository.full_name(self.period.end),
        };
        members.map(named).collect()
    }

    /// `github_id,company,from,to`, `to` empty while the span is open.
    #[must_use]
    pub fn affiliations_csv(&self) -> String {
        let mut csv = String::from("github_id,company,from,to\n");
        for person in self.people() {
            for span in &person.spans {
                let to = span.to.map(|to| to.to_string()).unwrap_or_default();
                let line = format!("{},{},{},{to}\n", person.id, span.company, span.from);
                csv.push_str(&line);
            }
        }
        csv
    }

    /// `group,repository`, by the names repositories have now.
    #[must_use]
    pub fn groups_csv(&self) -> String {
        let mut csv = String::from("group,repository\n");
        for group in self.groups() {
            for repository in group.repositories {
                let line = format!("{},{}\n", group.name, repository.full_name);
                csv.push_str(&line);
            }
        }
        csv
    }

    /// Contributions per account id from an instant on, the missing hour included: what a
    /// complete archive would count by the seven event types.
    #[must_use]
    pub fn contributions_since(&self, from: DateTime<Utc>) -> BTreeMap<i64, u32> {
        let mut counts = BTreeMap::new();
        let recent = self.events.iter().filter(|event| event.at >= from.timestamp());
        for event in recent.filter(|event| event.what.is_contribution()) {
            *counts.entry(self.accounts[event.actor].id).or_default() += 1;
        }
        counts
    }
}

/// An independent stream of randomness, so that changing one stage leaves the others alone.
pub(super) fn stream(seed: u64, stage: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stage);
    rng
}

pub(super) fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

fn repositories(period: &Range<i64>) -> Vec<Repository> {
    let after = |percent: i64| period.start + (period.end - period.start) * percent / 100;
    let born = |index| BORN_LATER.iter().find(|(later, _)| *later == index);
    let build = |(index, &(group, org, name)): (usize, &(usize, usize, &'static str))| Repository {
        id: FIRST_REPOSITORY_ID + i64::try_from(index).unwrap_or_default(),
        group,
        org,
        name,
        born: born(index).map_or(period.start, |&(_, percent)| after(percent)),
        former: (index == RENAMED.0).then_some((RENAMED.1, after(RENAMED.2))),
    };
    REPOSITORIES.iter().enumerate().map(build).collect()
}

/// Chooses a busy hour about five months before the end, if possible one that costs somebody
/// who is exactly at the bar of 50 their place on a roll: that is what coverage is about.
fn choose_missing_hour(period: &Range<i64>, accounts: &[Person], events: &[Event]) -> i64 {
    let middle = period.end - (150 * DAY).min((period.end - period.start) / 2);
    let reach = (10 * DAY).min((period.end - period.start) / 6);
    let first = events.partition_point(|event| event.at < middle - reach);
    let last = events.partition_point(|event| event.at < middle + reach);
    let mut scores: BTreeMap<i64, i64> = BTreeMap::new();
    for event in &events[first..last] {
        let decisive = accounts[event.actor].pace == 50 && event.what.is_contribution();
        *scores.entry(event.at.div_euclid(HOUR)).or_default() += if decisive { 100 } else { 1 };
    }
    let best = scores.into_iter().max_by_key(|&(_, score)| score);
    best.map_or(middle.div_euclid(HOUR), |(hour, _)| hour) * HOUR
}

/// The last twelve months of a period, or all of it when it is shorter.
pub(super) fn last_year(period: &Range<i64>) -> Range<i64> {
    period.start.max(period.end - YEAR)..period.end
}

impl What {
    /// Whether the default definition (seven event types) counts it.
    pub(super) fn is_contribution(&self) -> bool {
        matches!(
            self,
            Self::Push(_)
                | Self::Pull(..)
                | Self::Issue(..)
                | Self::Comment { .. }
                | Self::Review { .. }
                | Self::ReviewComment { .. }
                | Self::CommitComment { .. }
        )
    }
}
