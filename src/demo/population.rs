//! Who the people are: names, logins, employers, how active they are and since when.

use std::collections::HashSet;
use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;
use rand::distr::{Distribution, weighted::WeightedIndex};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::community::{
    COMPANIES, FIRST_BOT_ID, FIRST_PERSON_ID, INDEPENDENT, Person, Repository, Role, Span, instant,
};
use super::names;
use super::rhythm::{DAY, YEAR};

/// One layer of the community, from a handful who do most of the work to a long tail.
struct Tier {
    /// Of every 300 people.
    share: usize,
    role: Role,
    /// Contributions in a full last year.
    pace: Range<i64>,
}

const TIERS: [Tier; 7] = [
    Tier { share: 4, role: Role::Maintainer, pace: 1500..2400 },
    Tier { share: 16, role: Role::Maintainer, pace: 420..1000 },
    Tier { share: 36, role: Role::Reviewer, pace: 150..420 },
    Tier { share: 50, role: Role::Contributor, pace: 62..145 },
    Tier { share: BAR_SHARE, role: Role::Contributor, pace: 47..54 },
    Tier { share: 60, role: Role::Contributor, pace: 11..44 },
    Tier { share: 120, role: Role::Visitor, pace: 1..11 },
];
/// The tier right at the usual bar of 50, and how many are in it.
const BAR: usize = 4;
const BAR_SHARE: usize = 14;

/// Weights of [`COMPANIES`], then of being independent.
const COMPANY_WEIGHTS: [u32; 13] = [22, 14, 11, 9, 8, 6, 5, 5, 4, 4, 3, 2, 17];

const BOTS: [(&str, &str); 5] = [
    ("lantern-ci-bot", "Lantern CI"),
    ("lantern-stale-bot", "Lantern Stale"),
    ("dependabot[bot]", "dependabot[bot]"),
    ("renovate[bot]", "renovate[bot]"),
    ("lantern-release-robot", "Lantern Release"),
];
pub(super) const CI_BOT: usize = 0;
pub(super) const STALE_BOT: usize = 1;
pub(super) const BUMP_BOTS: Range<usize> = 2..4;
pub(super) const RELEASE_BOT: usize = 4;

/// A person whose login a pattern for bots catches (`%-ci`): somebody has to notice.
const MISTAKEN_FOR_A_BOT: (&str, &str) = ("Carla Iturbe", "carla-ci");

/// Draws `count` people, followed by the bots.
pub(super) fn draw(
    rng: &mut ChaCha8Rng,
    period: &Range<i64>,
    count: usize,
    repositories: &[Repository],
) -> Vec<Person> {
    let mut places: Vec<usize> = (0..count).collect();
    places.shuffle(rng);
    let mut taken = HashSet::new();
    let draw = |(index, place): (usize, usize)| {
        let rank = place * 300 / count;
        Draft { rng: &mut *rng, period, repositories, index, place, rank }.person(&mut taken)
    };
    let mut accounts: Vec<Person> = places.into_iter().enumerate().map(draw).collect();
    mark_special(rng, period, &mut accounts);
    accounts.extend((0..BOTS.len()).map(|index| bot(index, period)));
    accounts
}

/// One person being drawn.
struct Draft<'a> {
    rng: &'a mut ChaCha8Rng,
    period: &'a Range<i64>,
    repositories: &'a [Repository],
    index: usize,
    /// How active among all, 0 the most; `rank` is the same among 300.
    place: usize,
    rank: usize,
}

impl Draft<'_> {
    fn person(mut self, taken: &mut HashSet<String>) -> Person {
        let (tier, role) = self.tier();
        let (offset_hours, name, login) = self.names(taken);
        let (joined, left) = self.stay(tier);
        Person {
            id: FIRST_PERSON_ID + i64::try_from(self.index).unwrap_or_default(),
            email: format!("{}@example.org", names::ascii(&name).replace(' ', ".")),
            name,
            logins: vec![(joined, login)],
            joined,
            left,
            spans: self.spans(joined, left),
            offset_hours,
            role,
            pace: self.pace(tier),
            favourites: self.favourites(),
        }
    }

    fn tier(&self) -> (usize, Role) {
        let ends = TIERS.iter().scan(0, |end, tier| {
            *end += tier.share;
            Some(*end)
        });
        let tier = ends.take_while(|&end| end <= self.rank).count().min(TIERS.len() - 1);
        (tier, TIERS[tier].role)
    }

    /// At the bar, the paces 47 to 53 are dealt in turn, so that some are on either side.
    fn pace(&mut self, tier: usize) -> i64 {
        let pace = TIERS[tier].pace.clone();
        if tier == BAR {
            return pace.start + i64::try_from(self.place % 7).unwrap_or_default();
        }
        self.rng.random_range(pace)
    }

    fn names(&mut self, taken: &mut HashSet<String>) -> (i64, String, String) {
        let (culture, name) = loop {
            let (culture, name) = names::person(self.rng);
            if taken.insert(names::ascii(&name)) {
                break (culture, name);
            }
        };
        let login = loop {
            let login = names::login(self.rng, &name);
            if taken.insert(login.clone()) {
                break login;
            }
        };
        (culture.offset_hours, name, login)
    }

    /// When the person came and, for one in eight, left. Those at the bar stay throughout,
    /// and the most active are no newcomers.
    fn stay(&mut self, tier: usize) -> (DateTime<Utc>, Option<DateTime<Utc>>) {
        let Range { start, end } = *self.period;
        let before = start - self.rng.random_range(20 * DAY..5 * YEAR);
        if tier == 0 || tier == BAR {
            return (instant(before), None);
        }
        let new = self.rng.random_bool(0.3);
        let joined = if new { self.rng.random_range(start..end - 2 * DAY) } else { before };
        let leaves = self.rng.random_bool(0.125);
        let left = leaves.then(|| self.rng.random_range(joined.max(start) + DAY..end));
        (instant(joined), left.map(instant))
    }

    /// Favourites start with a repository dealt in turn, so that each one has regulars;
    /// then others of its group, then popular ones.
    fn favourites(&mut self) -> Vec<usize> {
        let last = self.repositories.len() - 1;
        let first = if self.place < 60 { self.place % (last + 1) } else { self.popular() };
        let group = self.repositories[first].group;
        let related = |&index: &usize| self.repositories[index].group == group && index != first;
        let mut favourites: Vec<usize> = (0..=last).filter(related).collect();
        favourites.shuffle(self.rng);
        favourites.truncate(3);
        favourites.insert(0, first);
        favourites.extend([self.popular(), self.popular()]);
        favourites
    }

    fn popular(&mut self) -> usize {
        skewed(self.rng, self.repositories.len())
    }

    /// Employers: most stay with one, a quarter change, a few change twice, and of some
    /// visitors nobody knows.
    fn spans(&mut self, joined: DateTime<Utc>, left: Option<DateTime<Utc>>) -> Vec<Span> {
        if self.rank > 200 && self.rng.random_bool(0.2) {
            return Vec::new();
        }
        let changes = [0, 0, 0, 0, 0, 0, 0, 1, 1, 2][self.rng.random_range(0..10)];
        let from = joined.timestamp().max(self.period.start);
        let to = left.map_or(self.period.end, |left| left.timestamp());
        let mut cuts: Vec<i64> = (0..changes).map(|_| self.rng.random_range(from..to)).collect();
        cuts.sort_unstable();
        let mut spans = vec![self.span(joined.timestamp() - 30 * DAY, None)];
        for cut in cuts {
            self.change(&mut spans, cut);
        }
        spans
    }

    fn change(&mut self, spans: &mut Vec<Span>, at: i64) {
        let Some(last) = spans.last_mut() else { return };
        let next = self.span(at, Some(last.company));
        if next.from > last.from {
            last.to = Some(next.from);
            spans.push(next);
        }
    }

    fn span(&mut self, from: i64, not: Option<&str>) -> Span {
        let weights = WeightedIndex::new(COMPANY_WEIGHTS).expect("constant positive weights");
        let company = loop {
            let company = COMPANIES.get(weights.sample(self.rng)).copied().unwrap_or(INDEPENDENT);
            if Some(company) != not {
                break company;
            }
        };
        Span { company, from: instant(from).date_naive(), to: None }
    }
}

/// An index below `len`, small ones more often.
pub(super) fn skewed(rng: &mut ChaCha8Rng, len: usize) -> usize {
    let mut throw = || rng.random_range(0..len);
    throw().min(throw())
}

/// Gives one active person a login that looks like a bot's, and another a new login.
fn mark_special(rng: &mut ChaCha8Rng, period: &Range<i64>, people: &mut [Person]) {
    let staying = |role| move |person: &&mut Person| person.role == role && person.left.is_none() && person.pace > 60;
    if let Some(person) = people.iter_mut().find(staying(Role::Contributor)) {
        let (name, login) = MISTAKEN_FOR_A_BOT;
        name.clone_into(&mut person.name);
        "carla.iturbe@example.org".clone_into(&mut person.email);
        login.clone_into(&mut person.logins[0].1);
        person.pace = 120;
    }
    if let Some(person) = people.iter_mut().find(staying(Role::Reviewer)) {
        let share = rng.random_range(55..65);
        let at = instant(period.start + (period.end - period.start) * share / 100);
        let login = format!("{}-dev", person.login());
        person.logins.push((at, login));
    }
}

fn bot(index: usize, period: &Range<i64>) -> Person {
    let (login, name) = BOTS[index];
    let joined = instant(period.start) - TimeDelta::days(400);
    Person {
        id: FIRST_BOT_ID + i64::try_from(index).unwrap_or_default(),
        name: name.to_owned(),
        email: format!("bot-{index}@example.org"),
        logins: vec![(joined, login.to_owned())],
        joined,
        left: None,
        spans: Vec::new(),
        offset_hours: 0,
        role: Role::Bot,
        pace: 0,
        favourites: Vec::new(),
    }
}
