//! What kinds of fact there are, and the named sets of them that people count.
//! The table `fact_kind` holds the same list; a test compares the two.

/// A kind of fact. The number is what the database keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub enum Kind {
    Push = 1,
    CommitComment = 2,
    IssueOpened = 3,
    IssueClosed = 4,
    IssueReopened = 5,
    IssueOther = 6,
    IssueComment = 7,
    PrOpened = 8,
    PrClosed = 9,
    PrReopened = 10,
    PrOther = 11,
    PrComment = 12,
    Review = 13,
    ReviewComment = 14,
    PrMerged = 20,
    Create = 21,
    Delete = 22,
    WikiEdit = 23,
    Star = 24,
    Fork = 25,
    Public = 26,
    Member = 27,
    Release = 28,
    Commit = 30,
    CommitCommitted = 31,
    CommitCoAuthored = 32,
}

impl Kind {
    /// What may happen to one issue or pull request several times.
    pub const AGAIN: &[Self] = &[Self::IssueClosed, Self::IssueReopened, Self::PrClosed, Self::PrReopened];

    /// Every kind, in the order of its number.
    pub const ALL: &[Self] = &[
        Self::Push,
        Self::CommitComment,
        Self::IssueOpened,
        Self::IssueClosed,
        Self::IssueReopened,
        Self::IssueOther,
        Self::IssueComment,
        Self::PrOpened,
        Self::PrClosed,
        Self::PrReopened,
        Self::PrOther,
        Self::PrComment,
        Self::Review,
        Self::ReviewComment,
        Self::PrMerged,
        Self::Create,
        Self::Delete,
        Self::WikiEdit,
        Self::Star,
        Self::Fork,
        Self::Public,
        Self::Member,
        Self::Release,
        Self::Commit,
        Self::CommitCommitted,
        Self::CommitCoAuthored,
    ];

    /// The name in addresses, files and rules, e.g. `issue_opened`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::CommitComment => "commit_comment",
            Self::IssueOpened => "issue_opened",
            Self::IssueClosed => "issue_closed",
            Self::IssueReopened => "issue_reopened",
            Self::IssueOther => "issue_other",
            Self::IssueComment => "issue_comment",
            Self::PrOpened => "pr_opened",
            Self::PrClosed => "pr_closed",
            Self::PrReopened => "pr_reopened",
            Self::PrOther => "pr_other",
            Self::PrComment => "pr_comment",
            Self::Review => "review",
            Self::ReviewComment => "review_comment",
            Self::PrMerged => "pr_merged",
            Self::Create => "create",
            Self::Delete => "delete",
            Self::WikiEdit => "wiki_edit",
            Self::Star => "star",
            Self::Fork => "fork",
            Self::Public => "public",
            Self::Member => "member",
            Self::Release => "release",
            Self::Commit => "commit",
            Self::CommitCommitted => "commit_committed",
            Self::CommitCoAuthored => "commit_co_authored",
        }
    }

    /// The name for people, in the plural, e.g. "issues opened".
    pub fn label(self) -> &'static str {
        match self {
            Self::Push => "pushes",
            Self::CommitComment => "commit comments",
            Self::IssueOpened => "issues opened",
            Self::IssueClosed => "issues closed",
            Self::IssueReopened => "issues reopened",
            Self::IssueOther => "other issue actions",
            Self::IssueComment => "issue comments",
            Self::PrOpened => "pull requests opened",
            Self::PrClosed => "pull requests closed",
            Self::PrReopened => "pull requests reopened",
            Self::PrOther => "other pull request actions",
            Self::PrComment => "pull request comments",
            Self::Review => "reviews",
            Self::ReviewComment => "review comments",
            Self::PrMerged => "pull requests merged",
            Self::Create => "branches and tags created",
            Self::Delete => "branches and tags deleted",
            Self::WikiEdit => "wiki edits",
            Self::Star => "stars",
            Self::Fork => "forks",
            Self::Public => "repositories made public",
            Self::Member => "members added",
            Self::Release => "releases",
            Self::Commit => "commits",
            Self::CommitCommitted => "commits committed",
            Self::CommitCoAuthored => "commits co-authored",
        }
    }

    /// Part of the default definition: the seven event types of `DevStats`.
    pub fn is_contribution(self) -> bool {
        (self as i16) < Self::PrMerged as i16
    }

    /// The kind of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The kind of this number.
    pub fn by_number(number: i16) -> Option<Self> {
        Self::ALL.iter().copied().find(|&kind| kind as i16 == number)
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_table_and_the_enum_hold_the_same_kinds(db: PgPool) {
        let rows =
            sqlx::query!("select kind, name, contribution from fact_kind order by kind").fetch_all(&db).await.unwrap();
        let table: Vec<_> = rows.into_iter().map(|r| (r.kind, r.name, r.contribution)).collect();
        let ours: Vec<_> = Kind::ALL.iter().map(|k| (*k as i16, k.name().to_owned(), k.is_contribution())).collect();
        assert_eq!(table, ours);
    }

    #[test]
    fn a_kind_is_found_by_its_name_and_number() {
        for &kind in Kind::ALL {
            assert_eq!(Kind::by_name(kind.name()), Some(kind));
            assert_eq!(Kind::by_number(kind as i16), Some(kind));
        }
        assert_eq!(Kind::by_name("gift"), None);
        assert_eq!(Kind::by_number(19), None);
    }
}
