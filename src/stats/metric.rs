//! Named sets of kinds that people count. Each carries its definition in words,
//! which pages, exports and the command line print next to the number.

use super::Kind;

/// A named set of kinds to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// In addresses and options, e.g. `pull_requests`.
    pub name: &'static str,
    /// For people, e.g. "pull requests".
    pub label: &'static str,
    /// What counts, in a sentence.
    pub definition: &'static str,
    kinds: &'static [Kind],
}

const CONTRIBUTIONS: &[Kind] = &[
    Kind::Push,
    Kind::CommitComment,
    Kind::IssueOpened,
    Kind::IssueClosed,
    Kind::IssueReopened,
    Kind::IssueOther,
    Kind::IssueComment,
    Kind::PrOpened,
    Kind::PrClosed,
    Kind::PrReopened,
    Kind::PrOther,
    Kind::PrComment,
    Kind::Review,
    Kind::ReviewComment,
];

/// Everything but commits: one commit has an author, a committer and perhaps more.
const ACTIVITY: &[Kind] = Kind::ALL.split_at(Kind::ALL.len() - 3).0;

const METRICS: &[Metric] = &[
    Metric {
        name: "contributions",
        label: "contributions",
        definition: "Pushes, pull request actions, issue actions, reviews, and comments on commits, issues and reviews: DevStats' seven event types, one each, counted for whoever acted, at the time of the event.",
        kinds: CONTRIBUTIONS,
    },
    Metric {
        name: "activity",
        label: "activity",
        definition: "Every fact we keep about a person: contributions, and also branches, wiki edits, stars, forks, members, releases and merged pull requests (for their author). Commits are counted apart, each role by itself.",
        kinds: ACTIVITY,
    },
    Metric {
        name: "pushes",
        label: "pushes",
        definition: "Pushes, one each, however many commits they carry, counted for whoever pushed.",
        kinds: &[Kind::Push],
    },
    Metric {
        name: "issues",
        label: "issues opened",
        definition: "Issues opened, counted for whoever opened them.",
        kinds: &[Kind::IssueOpened],
    },
    Metric {
        name: "issues_closed",
        label: "issues closed",
        definition: "Issues closed, counted for whoever closed them, once for each closing.",
        kinds: &[Kind::IssueClosed],
    },
    Metric {
        name: "pull_requests",
        label: "pull requests opened",
        definition: "Pull requests opened, counted for whoever opened them.",
        kinds: &[Kind::PrOpened],
    },
    Metric {
        name: "merged",
        label: "pull requests merged",
        definition: "Pull requests merged, counted for their author at the time of the merge. Events since October 2025 do not name the author; those merges count once another source does.",
        kinds: &[Kind::PrMerged],
    },
    Metric {
        name: "reviews",
        label: "reviews",
        definition: "Pull request reviews, one each, counted for the reviewer. GitHub's archive has them since 2020.",
        kinds: &[Kind::Review],
    },
    Metric {
        name: "review_comments",
        label: "review comments",
        definition: "Comments on lines of a pull request, one each.",
        kinds: &[Kind::ReviewComment],
    },
    Metric {
        name: "comments",
        label: "comments",
        definition: "Comments on issues, pull requests, lines under review and commits, one each.",
        kinds: &[Kind::CommitComment, Kind::IssueComment, Kind::PrComment, Kind::ReviewComment],
    },
    Metric {
        name: "commits",
        label: "commits",
        definition: "Commits of the branches of git repositories, merges too, counted for their author, at the time the author gave. Names and addresses in commits are what people wrote there.",
        kinds: &[Kind::Commit],
    },
    Metric {
        name: "commits_committed",
        label: "commits committed",
        definition: "The same commits, counted for whoever put them into the repository, at that time.",
        kinds: &[Kind::CommitCommitted],
    },
    Metric {
        name: "commits_co_authored",
        label: "commits co-authored",
        definition: "The same commits, counted for each further author that a Co-authored-by line names.",
        kinds: &[Kind::CommitCoAuthored],
    },
    Metric {
        name: "releases",
        label: "releases",
        definition: "Releases published, counted for whoever published them.",
        kinds: &[Kind::Release],
    },
    Metric {
        name: "wiki",
        label: "wiki edits",
        definition: "Saves of wiki pages, one each, however many pages they change.",
        kinds: &[Kind::WikiEdit],
    },
    Metric {
        name: "branches",
        label: "branches and tags created",
        definition: "Branches, tags and repositories created, one each.",
        kinds: &[Kind::Create],
    },
    Metric { name: "stars", label: "stars", definition: "Stars given, one each.", kinds: &[Kind::Star] },
    Metric { name: "forks", label: "forks", definition: "Forks made, one each.", kinds: &[Kind::Fork] },
];

impl Metric {
    /// Every metric, the default one first.
    pub fn all() -> &'static [Self] {
        METRICS
    }

    /// The metric of this name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|metric| metric.name == name)
    }

    /// What people mean when they say "contributions".
    pub fn contributions() -> &'static Self {
        &METRICS[0]
    }

    /// The kinds it counts.
    pub fn kinds(&self) -> &'static [Kind] {
        self.kinds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_are_the_kinds_marked_so() {
        let marked: Vec<_> = Kind::ALL.iter().copied().filter(|k| k.is_contribution()).collect();
        assert_eq!(Metric::contributions().kinds(), marked);
        assert_eq!(Metric::contributions().name, "contributions");
    }

    #[test]
    fn every_metric_has_its_own_name_and_says_what_it_counts() {
        for metric in Metric::all() {
            assert_eq!(Metric::by_name(metric.name), Some(metric));
            assert!(metric.definition.ends_with('.'), "{}", metric.name);
            assert!(!metric.kinds().is_empty());
        }
    }
}
