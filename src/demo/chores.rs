//! What goes on besides contributing: bots, releases, stars, the wiki, new repositories.

use std::ops::Range;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::activity::{Moment, Simulation, Task, What};
use super::community::{Person, Repository, Role};
use super::names;
use super::population::{BUMP_BOTS, RELEASE_BOT, STALE_BOT, skewed};
use super::rhythm::{self, DAY, HOUR, Habits};

/// After so long without a sign of life a thread is called stale, then closed.
const STALE_AFTER: i64 = 90 * DAY;
const CLOSED_AFTER: i64 = 14 * DAY;

/// The part of a period in which a person is there.
pub(super) fn presence(person: &Person, period: &Range<i64>) -> Range<i64> {
    let left = person.left.map_or(period.end, |left| left.timestamp());
    period.start.max(person.joined.timestamp())..period.end.min(left)
}

/// The account of a bot: they come after all people.
pub(super) fn bot(accounts: &[Person], index: usize) -> usize {
    let humans = accounts.iter().take_while(|account| account.role != Role::Bot).count();
    humans + index
}

/// Every moment in which something other than a contribution is due.
pub(super) fn moments(
    rng: &mut ChaCha8Rng,
    period: &Range<i64>,
    accounts: &[Person],
    repositories: &[Repository],
) -> Vec<Moment> {
    let mut moments = bumps(rng, period, accounts);
    moments.extend(tidying(period, accounts));
    moments.extend(stars(rng, period, accounts, repositories));
    moments.extend(wiki(rng, period, accounts));
    moments.extend(releases(rng, period, accounts, repositories));
    moments.extend(births(period, accounts, repositories));
    moments.extend(welcomes(period, accounts));
    moments
}

/// Dependency bots work in the early hours; as many as there are people to merge for.
fn bumps(rng: &mut ChaCha8Rng, period: &Range<i64>, accounts: &[Person]) -> Vec<Moment> {
    let habits = Habits { offset_hours: 7, evenings: false, steady: true };
    let days = (period.end - period.start) / DAY;
    let count = days * i64::try_from(accounts.len()).unwrap_or_default() / 600;
    let times = rhythm::instants(rng, &habits, period, period, count);
    let mut moment = |at| {
        let which = bot(accounts, rng.random_range(BUMP_BOTS));
        Moment { at, who: which, task: Task::Bump }
    };
    times.into_iter().map(&mut moment).collect()
}

/// The stale bot runs every six hours.
fn tidying(period: &Range<i64>, accounts: &[Person]) -> impl Iterator<Item = Moment> {
    let who = bot(accounts, STALE_BOT);
    let times = (0..).map(move |run| run * 6 * HOUR + 17);
    let (start, end) = (period.start, period.end);
    let times = times.map(move |offset| start + offset).take_while(move |&at| at < end);
    times.map(move |at| Moment { at, who, task: Task::Tidy })
}

/// Everyone stars a few repositories, each once.
fn stars(rng: &mut ChaCha8Rng, period: &Range<i64>, accounts: &[Person], repositories: &[Repository]) -> Vec<Moment> {
    let mut moments = Vec::new();
    for (who, person) in accounts.iter().enumerate().filter(|(_, person)| person.pace > 0) {
        let window = presence(person, period);
        let wish = rng.random_range(0..14);
        let mut starred: Vec<usize> = (0..wish).map(|_| skewed(rng, repositories.len())).collect();
        starred.sort_unstable();
        starred.dedup();
        for repository in starred {
            let at = rng.random_range(window.clone());
            if repositories[repository].born <= at {
                moments.push(Moment { at, who, task: Task::Star(repository) });
            }
        }
    }
    moments
}

/// The wikis of the documentation's repositories are edited by reviewers and maintainers.
fn wiki(rng: &mut ChaCha8Rng, period: &Range<i64>, accounts: &[Person]) -> Vec<Moment> {
    let mut moments = Vec::new();
    let editors = accounts.iter().enumerate();
    for (who, person) in editors.filter(|(_, person)| person.is_regular()) {
        let window = presence(person, period);
        let habits = Habits { offset_hours: person.offset_hours, evenings: false, steady: true };
        let count = (window.end - window.start) / (60 * DAY);
        let times = rhythm::instants(rng, &habits, period, &window, count);
        moments.extend(times.into_iter().map(|at| Moment { at, who, task: Task::Wiki }));
    }
    moments
}

/// Each repository releases at its own interval, small ones less often.
fn releases(
    rng: &mut ChaCha8Rng,
    period: &Range<i64>,
    accounts: &[Person],
    repositories: &[Repository],
) -> Vec<Moment> {
    let who = bot(accounts, RELEASE_BOT);
    let mut moments = Vec::new();
    for (index, repository) in repositories.iter().enumerate() {
        let interval = rng.random_range(25..45) + i64::try_from(index).unwrap_or_default();
        let mut at = repository.born + rng.random_range(2..interval) * DAY;
        while at < period.end {
            moments.push(Moment { at, who, task: Task::Release(index) });
            at += interval * DAY + rng.random_range(-3 * HOUR..3 * HOUR);
        }
    }
    moments
}

/// Repositories that appear during the period are created and made public by a maintainer.
fn births(period: &Range<i64>, accounts: &[Person], repositories: &[Repository]) -> Vec<Moment> {
    let born_later = repositories.iter().enumerate().filter(|(_, new)| new.born > period.start);
    let birth = |(index, new): (usize, &Repository)| {
        let who = maintainer(accounts, new.born)?;
        Some(Moment { at: new.born, who, task: Task::Publish(index) })
    };
    born_later.filter_map(birth).collect()
}

/// Two months after coming, those who review are made members.
fn welcomes(period: &Range<i64>, accounts: &[Person]) -> Vec<Moment> {
    let regulars = accounts.iter().enumerate().filter(|(_, person)| person.is_regular());
    let welcome = |(index, person): (usize, &Person)| {
        let at = person.joined.timestamp() + 60 * DAY;
        let who = maintainer(accounts, at)?;
        let due = presence(person, period).contains(&at) && who != index;
        due.then_some(Moment { at, who, task: Task::Welcome(index) })
    };
    regulars.filter_map(welcome).collect()
}

fn maintainer(accounts: &[Person], at: i64) -> Option<usize> {
    let there = |person: &Person| presence(person, &(i64::MIN..i64::MAX)).contains(&at);
    accounts.iter().position(|person| person.role == Role::Maintainer && there(person))
}

impl Person {
    /// One of those who keep the project running.
    pub(super) fn is_regular(&self) -> bool {
        matches!(self.role, Role::Maintainer | Role::Reviewer)
    }
}

impl Simulation<'_> {
    pub(super) fn live(&mut self, &Moment { at, who, ref task }: &Moment) {
        match *task {
            Task::Contribute => self.contribute(at, who),
            Task::Bump => self.bump(at, who),
            Task::Tidy => self.tidy(at, who),
            Task::Star(repository) => self.emit(at, who, repository, What::Star),
            Task::Wiki => self.edit_wiki(at, who),
            Task::Release(repository) => self.release(at, who, repository),
            Task::Publish(repository) => {
                self.emit(at, who, repository, What::CreateRepository);
                self.emit(at, who, repository, What::Public);
            }
            Task::Welcome(newcomer) => {
                let repository = self.accounts[newcomer].favourites[0];
                let born = self.repositories[repository].born <= at;
                self.emit(at, who, if born { repository } else { 0 }, What::Member(newcomer));
            }
        }
    }

    fn bump(&mut self, at: i64, who: usize) {
        let repository = skewed(&mut self.rng, self.repositories.len());
        if self.repositories[repository].born <= at {
            let title = names::bump_title(&mut self.rng);
            self.open_titled_pull(at, who, repository, title);
        }
    }

    /// Calls the longest silent threads stale, and closes those that stay silent.
    fn tidy(&mut self, at: i64, who: usize) {
        let open = self.desks.iter().flat_map(|desk| desk.open_issues.iter().chain(&desk.open_pulls));
        let silent = open.copied().filter(|&thread| self.threads[thread].touched < at - STALE_AFTER);
        for thread in silent.take(4).collect::<Vec<_>>() {
            self.comment(at, who, thread);
            if self.threads[thread].stale {
                self.close(at + 1, who, thread);
            }
            self.threads[thread].stale = true;
            self.threads[thread].touched = at - STALE_AFTER + CLOSED_AFTER;
        }
    }

    fn edit_wiki(&mut self, at: i64, who: usize) {
        let documented = |repository: &Repository| matches!(repository.group, 3 | 5);
        let favourites = self.accounts[who].favourites.iter().copied();
        let mut documented = favourites.filter(|&index| documented(&self.repositories[index]));
        let repository = documented.find(|&index| self.repositories[index].born <= at);
        let (page, edition) = (self.rng.random_range(0..names::WIKI_PAGES.len()), self.next_id());
        let home = 2; // the website's, when none of the favourites has a wiki
        self.emit(at, who, repository.unwrap_or(home), What::Wiki { page, edition });
    }

    /// Tags and releases; every fourth release is a patch of the one before.
    fn release(&mut self, at: i64, who: usize, repository: usize) {
        let desk = &mut self.desks[repository];
        let (minor, patch) = (desk.releases - desk.releases / 4, i64::from(desk.releases % 4 == 3));
        desk.releases += 1;
        let tag = format!("v1.{minor}.{patch}");
        let id = self.next_id();
        self.emit(at, who, repository, What::Tag(tag.clone()));
        self.emit(at + 30, who, repository, What::Release { id, tag });
    }
}
