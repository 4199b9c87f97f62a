//! What people do: a walk through time in which everyone's moments become contributions.
//!
//! Everybody's moments are drawn first ([`rhythm`](super::rhythm)), then lived in order
//! against the state of the repositories at that moment. So causes precede effects (only an
//! open pull request can be reviewed or merged), numbers are dense per repository, and each
//! person makes as many contributions as planned: one a moment, and a contribution that
//! brings others along (a merge is also a push) uses up later moments.

use std::collections::HashSet;
use std::ops::Range;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::chores;
use super::community::{INDEPENDENT, Person, Repository, Role, last_year};
use super::rhythm::{self, Habits, YEAR};

/// Something that happened, small enough to keep a hundred thousand of; indices point into
/// the community's accounts, repositories and threads.
#[derive(Debug)]
pub(super) struct Event {
    pub at: i64,
    pub actor: usize,
    pub repository: usize,
    pub what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Push(Push),
    Pull(usize, Action),
    Issue(usize, Action),
    Comment { thread: usize, id: i64 },
    Review { thread: usize, id: i64, approves: bool },
    ReviewComment { thread: usize, id: i64 },
    CommitComment { id: i64 },
    CreateBranch(usize),
    DeleteBranch(usize),
    CreateRepository,
    Public,
    Tag(String),
    Release { id: i64, tag: String },
    Star,
    Fork { id: i64 },
    Wiki { page: usize, edition: i64 },
    Member(usize),
}

#[derive(Debug)]
pub(super) struct Push {
    pub id: i64,
    /// The branch of this pull request; `main` when there is none.
    pub thread: Option<usize>,
    /// How many commits the branch had before.
    pub before: i64,
    pub commits: i64,
    pub author: usize,
    pub coauthor: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Opened,
    Closed,
    Reopened,
}

/// An issue or a pull request, with all that later events need to describe it.
#[derive(Debug)]
pub(super) struct Thread {
    pub repository: usize,
    pub number: i64,
    pub author: usize,
    pub title: String,
    pub pull: bool,
    pub opened: i64,
    /// Closed, reopened, closed again, ….
    pub turns: Vec<i64>,
    pub merged: Option<(i64, usize)>,
    pub approved: Option<i64>,
    /// Commits on its branch.
    pub commits: i64,
    /// Its branch is in the repository itself, not in a fork.
    pub inside: bool,
    /// Nobody merges it before.
    pub(super) ripe: i64,
    pub(super) touched: i64,
    pub(super) stale: bool,
}

/// A moment in which an account does something.
pub(super) struct Moment {
    pub at: i64,
    pub who: usize,
    pub task: Task,
}

pub(super) enum Task {
    Contribute,
    Bump,
    Tidy,
    Star(usize),
    Wiki,
    Release(usize),
    Publish(usize),
    Welcome(usize),
}

/// What a repository's people have before them.
#[derive(Default)]
pub(super) struct Desk {
    pub threads: i64,
    pub open_pulls: Vec<usize>,
    pub open_issues: Vec<usize>,
    pub closed_issues: Vec<usize>,
    /// Commits on `main`.
    pub commits: i64,
    pub releases: i64,
}

pub(super) struct Simulation<'a> {
    pub rng: ChaCha8Rng,
    pub accounts: &'a [Person],
    pub repositories: &'a [Repository],
    pub desks: Vec<Desk>,
    pub threads: Vec<Thread>,
    pub events: Vec<Event>,
    /// Contributions made ahead of their moments, by account.
    pub ahead: Vec<u32>,
    pub forks: HashSet<(usize, usize)>,
    last_id: i64,
}

/// Lets everyone act; returns the events in order of time, and the threads they are about.
pub(super) fn simulate(
    mut rng: ChaCha8Rng,
    period: &Range<i64>,
    accounts: &[Person],
    repositories: &[Repository],
) -> (Vec<Event>, Vec<Thread>) {
    let mut moments = contributions(&mut rng, period, accounts);
    moments.extend(chores::moments(&mut rng, period, accounts, repositories));
    moments.sort_by_key(|moment| (moment.at, moment.who));
    let mut simulation = Simulation::new(rng, accounts, repositories);
    for moment in &moments {
        simulation.live(moment);
    }
    let Simulation { mut events, threads, .. } = simulation;
    events.retain(|event| period.contains(&event.at));
    events.sort_by_key(|event| event.at);
    (events, threads)
}

/// The moments of all people, from their pace; the year before the last was slower.
fn contributions(rng: &mut ChaCha8Rng, period: &Range<i64>, accounts: &[Person]) -> Vec<Moment> {
    let recent = last_year(period);
    let mut moments = Vec::new();
    for (who, person) in accounts.iter().enumerate().filter(|(_, person)| person.pace > 0) {
        for (year, percent) in [(period.start..recent.start, 62), (recent.clone(), 100)] {
            let window = chores::presence(person, &year);
            let present = (window.end - window.start).max(0);
            let count = (person.pace * present * percent + YEAR * 50) / (YEAR * 100);
            let count = if present > 0 { count.max(1) } else { 0 };
            let times = rhythm::instants(rng, &habits(person), period, &window, count);
            moments.extend(times.into_iter().map(|at| Moment { at, who, task: Task::Contribute }));
        }
    }
    moments
}

fn habits(person: &Person) -> Habits {
    let employer = person.spans.last().map(|span| span.company);
    Habits {
        offset_hours: person.offset_hours,
        evenings: employer.is_none_or(|company| company == INDEPENDENT),
        steady: person.role != Role::Visitor,
    }
}

impl<'a> Simulation<'a> {
    fn new(rng: ChaCha8Rng, accounts: &'a [Person], repositories: &'a [Repository]) -> Self {
        Self {
            rng,
            accounts,
            repositories,
            desks: repositories.iter().map(|_| Desk::default()).collect(),
            threads: Vec::new(),
            events: Vec::new(),
            ahead: vec![0; accounts.len()],
            forks: HashSet::new(),
            last_id: 0,
        }
    }

    pub(super) fn emit(&mut self, at: i64, actor: usize, repository: usize, what: What) {
        self.events.push(Event { at, actor, repository, what });
    }

    /// A contribution that comes along with another one of the same person.
    pub(super) fn emit_along(&mut self, at: i64, actor: usize, repository: usize, what: What) {
        self.ahead[actor] += 1;
        self.emit(at, actor, repository, what);
    }

    pub(super) fn next_id(&mut self) -> i64 {
        self.last_id += self.rng.random_range(1..9);
        self.last_id
    }

    /// The account of a bot, which come after the people.
    pub(super) fn bot(&self, index: usize) -> usize {
        chores::bot(self.accounts, index)
    }
}
