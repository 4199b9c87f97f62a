//! The lists of a repository or an organisation that are read, and how each goes
//! on where it was.

use chrono::{DateTime, SecondsFormat, Utc};

/// A list that GitHub hands out in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Issues and pull requests: opened, and merged.
    Issues,
    /// Closed and reopened, with who did it.
    IssueEvents,
    IssueComments,
    ReviewComments,
    CommitComments,
    /// Of the default branch: by author, committer and co-author.
    Commits,
    Releases,
    /// In bulk, from GraphQL.
    Reviews,
    /// The last 30 days as the archive writes them.
    Events,
    /// Of an organisation.
    Members,
}

/// How a list is ordered, and so where a new pass begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By last change, from an instant on: begins at the last one seen.
    Changed,
    /// Begins at the front, and ends at what the last whole pass has seen.
    NewestFirst,
    /// Begins at its last page.
    OldestFirst,
    /// Short: read from front to end each time.
    Whole,
    /// A graph: begins at its head, and ends at the head of the last whole pass.
    Graph,
}

/// Items of a page; the most GitHub gives.
pub const PAGE: usize = 100;

impl Stream {
    /// What is read of a repository, in this order: who opened a pull request is
    /// known before who merged it.
    pub const OF_REPOSITORY: [Self; 9] = [
        Self::Issues,
        Self::IssueEvents,
        Self::IssueComments,
        Self::ReviewComments,
        Self::CommitComments,
        Self::Commits,
        Self::Releases,
        Self::Reviews,
        Self::Events,
    ];

    /// The name it is stored and shown under.
    pub fn name(self) -> &'static str {
        match self {
            Self::Issues => "issues",
            Self::IssueEvents => "issue_events",
            Self::IssueComments => "issue_comments",
            Self::ReviewComments => "review_comments",
            Self::CommitComments => "commit_comments",
            Self::Commits => "commits",
            Self::Releases => "releases",
            Self::Reviews => "reviews",
            Self::Events => "events",
            Self::Members => "members",
        }
    }

    /// How it goes on.
    pub(super) fn order(self) -> Order {
        match self {
            Self::Issues | Self::IssueComments | Self::ReviewComments | Self::Reviews => Order::Changed,
            Self::IssueEvents => Order::NewestFirst,
            Self::CommitComments => Order::OldestFirst,
            Self::Releases | Self::Events | Self::Members => Order::Whole,
            Self::Commits => Order::Graph,
        }
    }

    /// The address of the first page; `name` is owner/name, or the organisation.
    pub(super) fn start(self, name: &str, since: Option<DateTime<Utc>>) -> String {
        let path = match self {
            Self::Issues => "issues",
            Self::IssueEvents => "issues/events",
            Self::IssueComments => "issues/comments",
            Self::ReviewComments => "pulls/comments",
            Self::CommitComments => "comments",
            Self::Releases => "releases",
            Self::Events => "events",
            Self::Members => return format!("/orgs/{name}/members?per_page={PAGE}"),
            // The head alone: a pass is pinned to it.
            Self::Commits => return format!("/repos/{name}/commits?per_page=1"),
            // GraphQL has no address: it begins before the first cursor.
            Self::Reviews => return String::new(),
        };
        let state = if self == Self::Issues { "&state=all" } else { "" };
        let order = if self.order() == Order::Changed { "&sort=updated&direction=asc" } else { "" };
        let since = since.filter(|_| self.order() == Order::Changed);
        let since = since.map(|at| format!("&since={}", at.to_rfc3339_opts(SecondsFormat::Secs, true)));
        format!("/repos/{name}/{path}?per_page={PAGE}{state}{order}{}", since.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lists_by_last_change_take_an_instant() {
        let since = DateTime::from_timestamp(1_795_000_000, 0);
        assert_eq!(
            Stream::Issues.start("a/b", since),
            "/repos/a/b/issues?per_page=100&state=all&sort=updated&direction=asc&since=2026-11-18T11:06:40Z"
        );
        assert_eq!(Stream::Releases.start("a/b", since), "/repos/a/b/releases?per_page=100");
        assert_eq!(Stream::Members.start("a", None), "/orgs/a/members?per_page=100");
    }
}
