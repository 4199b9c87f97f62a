//! One contribution at a time: which one somebody makes, on what, and what follows from it.

use rand::RngExt;
use rand::distr::{Distribution, weighted::WeightedIndex};

use super::activity::{Action, Push, Simulation, Thread, What};
use super::community::{Person, Role};
use super::names;
use super::population::{CI_BOT, skewed};
use super::rhythm::{DAY, HOUR, MINUTE};

#[derive(Clone, Copy)]
enum Act {
    OpenIssue,
    CommentIssue,
    CloseIssue,
    Reopen,
    OpenPull,
    CommentPull,
    Review,
    ReviewComment,
    Update,
    Merge,
    Withdraw,
    PushMain,
    CommentCommit,
}

const ACTS: [Act; 13] = [
    Act::OpenIssue,
    Act::CommentIssue,
    Act::CloseIssue,
    Act::Reopen,
    Act::OpenPull,
    Act::CommentPull,
    Act::Review,
    Act::ReviewComment,
    Act::Update,
    Act::Merge,
    Act::Withdraw,
    Act::PushMain,
    Act::CommentCommit,
];

/// How likely each of [`ACTS`] is; merging and closing weigh more as work piles up.
fn weights(role: Role, ripe: u32, open_issues: u32) -> [u32; 13] {
    match role {
        Role::Maintainer => [50, 130, 8 * open_issues, 4, 110, 120, 160, 140, 50, 90 * ripe, 8, 25, 6],
        Role::Reviewer => [70, 150, 5 * open_issues, 5, 150, 140, 150, 130, 60, 40 * ripe, 8, 12, 6],
        Role::Contributor => [120, 230, 8, 8, 230, 150, 50, 50, 0, 0, 8, 0, 5],
        Role::Visitor | Role::Bot => [300, 330, 0, 5, 190, 60, 10, 10, 0, 0, 4, 0, 3],
    }
}

impl Simulation<'_> {
    pub(super) fn contribute(&mut self, at: i64, who: usize) {
        if self.ahead[who] > 0 {
            self.ahead[who] -= 1;
            return;
        }
        let repository = self.choose_repository(at, who);
        let act = self.choose_act(at, who, repository);
        let done = self.try_act(act, at, who, repository);
        if !done && !self.try_act(Act::CommentIssue, at, who, repository) {
            self.open_issue(at, who, repository);
        }
    }

    fn choose_repository(&mut self, at: i64, who: usize) -> usize {
        let favourites = &self.accounts[who].favourites;
        let anywhere = self.rng.random_bool(0.12);
        let choice = if anywhere {
            skewed(&mut self.rng, self.repositories.len())
        } else {
            favourites[skewed(&mut self.rng, favourites.len())]
        };
        if self.repositories[choice].born <= at { choice } else { 0 }
    }

    fn choose_act(&mut self, at: i64, who: usize, repository: usize) -> Act {
        let desk = &self.desks[repository];
        let ripe = desk.open_pulls.iter().filter(|&&pull| self.threads[pull].ripe <= at).count();
        let few = |count: usize| u32::try_from(count.min(30)).unwrap_or_default();
        let weights = weights(self.accounts[who].role, few(ripe), few(desk.open_issues.len()));
        let index = WeightedIndex::new(weights).expect("opening an issue always weighs something");
        ACTS[index.sample(&mut self.rng)]
    }

    /// Does it if there is something to do it on.
    fn try_act(&mut self, act: Act, at: i64, who: usize, repository: usize) -> bool {
        match act {
            Act::OpenIssue => self.open_issue(at, who, repository),
            Act::OpenPull => self.open_pull(at, who, repository),
            Act::PushMain => self.push_main(at, who, repository),
            Act::CommentCommit => {
                let id = self.next_id();
                self.emit(at, who, repository, What::CommitComment { id });
            }
            _ => return self.act_on_thread(act, at, who, repository),
        }
        true
    }

    fn act_on_thread(&mut self, act: Act, at: i64, who: usize, repository: usize) -> bool {
        let Some(thread) = self.choose_thread(act, at, who, repository) else {
            return false;
        };
        self.threads[thread].touched = at;
        match act {
            Act::CloseIssue | Act::Withdraw => self.close(at, who, thread),
            Act::Reopen => self.reopen(at, who, thread),
            Act::Review => self.review(at, who, thread),
            Act::Update => self.update(at, who, thread),
            Act::Merge => self.merge(at, who, thread),
            Act::ReviewComment => {
                let id = self.next_id();
                self.emit(at, who, repository, What::ReviewComment { thread, id });
            }
            _ => self.comment(at, who, thread),
        }
        true
    }

    /// A thread this act can be done on, recent ones more often.
    fn choose_thread(&mut self, act: Act, at: i64, who: usize, repository: usize) -> Option<usize> {
        let desk = &self.desks[repository];
        let candidates = match act {
            Act::CommentIssue | Act::CloseIssue => &desk.open_issues,
            Act::Reopen => &desk.closed_issues,
            _ => &desk.open_pulls,
        };
        let fits = |thread: &Thread| match act {
            Act::Review | Act::ReviewComment => thread.author != who,
            Act::Merge => thread.ripe <= at && thread.author != who,
            Act::Update => thread.author == who && thread.inside,
            Act::Withdraw => thread.author == who && at - thread.opened > 20 * DAY,
            Act::CloseIssue => thread.author == who || self.accounts[who].may_push(),
            _ => true,
        };
        let fitting = candidates.iter().rev().copied().filter(|&index| {
            let thread = &self.threads[index];
            thread.touched < at && fits(thread)
        });
        let fitting: Vec<usize> = fitting.take(24).collect();
        let found = (!fitting.is_empty()).then(|| skewed(&mut self.rng, fitting.len()));
        found.map(|index| fitting[index])
    }

    fn open(&mut self, at: i64, who: usize, repository: usize, title: String, pull: bool) -> usize {
        self.desks[repository].threads += 1;
        let patience = self.rng.random_range(1..30) * self.rng.random_range(1..4);
        let abandoned = self.rng.random_bool(0.09);
        self.threads.push(Thread {
            repository,
            number: self.desks[repository].threads,
            author: who,
            title,
            pull,
            opened: at,
            turns: Vec::new(),
            merged: None,
            approved: None,
            commits: self.rng.random_range(1..4),
            inside: pull && self.accounts[who].may_push(),
            ripe: if abandoned { i64::MAX } else { at + patience * HOUR },
            touched: at,
            stale: false,
        });
        self.threads.len() - 1
    }

    fn open_issue(&mut self, at: i64, who: usize, repository: usize) {
        let title = names::issue_title(&mut self.rng, self.repositories[repository].group);
        let thread = self.open(at, who, repository, title, false);
        self.desks[repository].open_issues.push(thread);
        self.emit(at, who, repository, What::Issue(thread, Action::Opened));
    }

    fn open_pull(&mut self, at: i64, who: usize, repository: usize) {
        let title = names::pull_title(&mut self.rng, self.repositories[repository].group);
        self.open_titled_pull(at, who, repository, title);
    }

    /// Opens a pull request from a branch or a fork; often the CI bot reports on it soon.
    pub(super) fn open_titled_pull(&mut self, at: i64, who: usize, repo: usize, title: String) {
        let thread = self.open(at, who, repo, title, true);
        self.desks[repo].open_pulls.push(thread);
        self.prepare(at, who, thread);
        self.emit(at, who, repo, What::Pull(thread, Action::Opened));
        if self.rng.random_bool(0.4) {
            let (id, bot) = (self.next_id(), self.bot(CI_BOT));
            let later = at + self.rng.random_range(3..20) * MINUTE;
            self.emit(later, bot, repo, What::Comment { thread, id });
        }
    }

    /// What comes before a pull request: a branch, or for those who may not push, and only
    /// before their first one, a fork.
    fn prepare(&mut self, at: i64, who: usize, thread: usize) {
        let Thread { repository, inside, .. } = self.threads[thread];
        let possible = self.repositories[repository].born.max(self.accounts[who].joined.timestamp());
        if inside {
            self.emit((at - 20).max(possible), who, repository, What::CreateBranch(thread));
        } else if self.forks.insert((who, repository)) {
            let (id, ago) = (self.next_id(), self.rng.random_range(MINUTE..3 * HOUR));
            self.emit((at - ago).max(possible), who, repository, What::Fork { id });
        }
    }

    pub(super) fn comment(&mut self, at: i64, who: usize, thread: usize) {
        let id = self.next_id();
        self.emit(at, who, self.threads[thread].repository, What::Comment { thread, id });
    }

    /// Reviews a pull request; those who do it often leave remarks on the code along with it.
    fn review(&mut self, at: i64, who: usize, thread: usize) {
        let approves = self.rng.random_bool(0.45);
        let (id, repository) = (self.next_id(), self.threads[thread].repository);
        if approves && self.threads[thread].approved.is_none() {
            self.threads[thread].approved = Some(at);
        }
        self.emit(at, who, repository, What::Review { thread, id, approves });
        if self.accounts[who].may_push() && self.rng.random_bool(0.3) {
            for nth in 1..=self.rng.random_range(1..4) {
                let id = self.next_id();
                self.emit_along(at + nth, who, repository, What::ReviewComment { thread, id });
            }
        }
    }

    /// Pushes more commits to a pull request's own branch.
    fn update(&mut self, at: i64, who: usize, thread: usize) {
        let push = self.push(Some(thread), self.threads[thread].commits, who);
        self.threads[thread].commits += push.commits;
        self.emit(at, who, self.threads[thread].repository, What::Push(push));
    }

    fn push_main(&mut self, at: i64, who: usize, repository: usize) {
        let push = self.push(None, self.desks[repository].commits, who);
        self.desks[repository].commits += push.commits;
        self.emit(at, who, repository, What::Push(push));
    }

    fn push(&mut self, thread: Option<usize>, before: i64, author: usize) -> Push {
        let (id, commits) = (self.next_id(), self.rng.random_range(1..4));
        let helper = self.rng.random_range(0..self.accounts.len());
        let together = self.rng.random_bool(0.06) && helper != author;
        let person = self.accounts[helper].role != Role::Bot;
        Push { id, thread, before, commits, author, coauthor: (together && person).then_some(helper) }
    }

    /// Merges: the pull request closes, `main` moves, the branch goes, and now and then an
    /// issue is fixed by it.
    fn merge(&mut self, at: i64, who: usize, thread: usize) {
        let Thread { repository, author, inside, .. } = self.threads[thread];
        self.threads[thread].merged = Some((at, who));
        self.close(at, who, thread);
        let push =
            Push { commits: self.threads[thread].commits, ..self.push(None, self.desks[repository].commits, author) };
        self.desks[repository].commits += push.commits;
        self.emit_along(at + 1, who, repository, What::Push(push));
        if inside {
            self.emit(at + 3, who, repository, What::DeleteBranch(thread));
        }
        if self.rng.random_bool(0.12)
            && let Some(issue) = self.choose_thread(Act::CloseIssue, at, who, repository)
        {
            self.ahead[who] += 1;
            self.close(at + 2, who, issue);
        }
    }

    pub(super) fn close(&mut self, at: i64, who: usize, thread: usize) {
        let Thread { repository, pull, .. } = self.threads[thread];
        self.threads[thread].turns.push(at);
        self.threads[thread].touched = at;
        let desk = &mut self.desks[repository];
        if pull {
            desk.open_pulls.retain(|&open| open != thread);
            self.emit(at, who, repository, What::Pull(thread, Action::Closed));
        } else {
            desk.open_issues.retain(|&open| open != thread);
            desk.closed_issues.push(thread);
            self.emit(at, who, repository, What::Issue(thread, Action::Closed));
        }
    }

    fn reopen(&mut self, at: i64, who: usize, thread: usize) {
        let repository = self.threads[thread].repository;
        self.threads[thread].turns.push(at);
        let desk = &mut self.desks[repository];
        desk.closed_issues.retain(|&closed| closed != thread);
        desk.open_issues.push(thread);
        self.emit(at, who, repository, What::Issue(thread, Action::Reopened));
    }
}

impl Person {
    fn may_push(&self) -> bool {
        matches!(self.role, Role::Maintainer | Role::Reviewer | Role::Bot)
    }
}
