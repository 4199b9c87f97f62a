//! A commit to facts: an object of git's, or what GitHub tells of one. Everything in
//! it was written by anybody: what cannot be read is named, and the rest counts.

use chrono::{DateTime, Datelike, NaiveDate};
use gix::{
    ObjectId,
    actor::SignatureRef,
    bstr::{BStr, ByteSlice},
    objs::{
        CommitRef,
        commit::{MessageRef, message::body::Trailers},
    },
};

use super::{place::Subject, who::Who};
use crate::{
    ingest::{
        Fact, Gathering,
        fact::{NOBODY, key_hash},
    },
    stats::Kind,
};

/// The largest commit that is read, in bytes: the longest of Linux has some 100 KB.
const LARGEST: usize = 1 << 20;
/// So many co-authors of one commit count.
const MOST_CO_AUTHORS: usize = 100;

/// A commit, whoever tells of it.
#[derive(Debug)]
pub struct Commit<'a> {
    pub sha: &'a ObjectId,
    pub author: Result<Signature, CommitError>,
    pub committer: Result<Signature, CommitError>,
    pub message: &'a BStr,
    pub is_merge: bool,
    /// It is on the first-parent line of the default branch, where pull requests are merged.
    pub is_mainline: bool,
}

/// Who, and the second at which.
pub type Signature = (Who, i64);

/// What a commit says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub facts: Vec<Fact>,
    /// Whom it names, and when.
    pub people: Vec<Signature>,
    /// By which login a merged branch was known, and when.
    pub merged_from: Option<Signature>,
    pub committed_at: Option<i64>,
    pub is_merge: bool,
    /// What could not be read.
    pub problems: Vec<String>,
}

/// Why something of a commit is not taken.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("{0} bytes, of which {LARGEST} are read at most")]
    Large(usize),
    #[error("not a commit, or one whose author or committer is not written as Name <address> seconds zone")]
    Shape,
    #[error("the {0}'s date {1:?} is not an instant from 1970 to 2100")]
    Instant(&'static str, String),
    #[error("GitHub does not say who its {0} is")]
    Nobody(&'static str),
    #[error("{0} co-authors, of whom {MOST_CO_AUTHORS} count")]
    CoAuthors(usize),
    #[error("a name of {0} characters, shown clipped")]
    Name(usize),
    // The line itself is not kept: it may hold an address.
    #[error("a Co-authored-by of {0} bytes is not written as Name <address>")]
    CoAuthor(usize),
}

/// Reads an object of git's.
pub fn read(subject: &Subject, sha: &ObjectId, data: &[u8], is_mainline: bool) -> Reading {
    match parse(sha, data, is_mainline) {
        Ok(commit) => take(subject, commit),
        Err(error) => Reading { problems: vec![error.to_string()], ..Reading::default() },
    }
}

/// Makes the facts of a commit.
pub fn take(subject: &Subject, commit: Commit<'_>) -> Reading {
    let mut reader = Reader { subject, sha: commit.sha, reading: Reading::default() };
    reader.take(commit);
    reader.reading
}

fn parse<'a>(sha: &'a ObjectId, data: &'a [u8], is_mainline: bool) -> Result<Commit<'a>, CommitError> {
    if data.len() > LARGEST {
        return Err(CommitError::Large(data.len()));
    }
    let commit = CommitRef::from_bytes(data, sha.kind()).map_err(|_| CommitError::Shape)?;
    Ok(Commit {
        sha,
        author: signature("author", commit.author),
        committer: signature("committer", commit.committer),
        message: commit.message,
        is_merge: commit.parents.len() > 1,
        is_mainline,
    })
}

/// The zone of `1700000000 +0100` changes nothing.
fn signature(role: &'static str, text: &BStr) -> Result<Signature, CommitError> {
    let found = SignatureRef::from_bytes(text).map_err(|_| CommitError::Shape)?;
    let second = found.time.split_whitespace().next().and_then(|seconds| seconds.parse().ok());
    Ok((Who::new(found.name, found.email), instant(role, second, found.time)?))
}

/// The second of a text, if it is one at which somebody can have done something.
pub fn instant(role: &'static str, second: Option<i64>, text: &str) -> Result<i64, CommitError> {
    second
        .filter(|at| DateTime::from_timestamp(*at, 0).is_some_and(|at| (1970..=2100).contains(&at.year())))
        .ok_or_else(|| CommitError::Instant(role, text.chars().take(40).collect()))
}

impl Reading {
    /// Notes whom it names.
    pub fn note(&self, repo_id: i64, names: &mut Gathering) {
        for (who, at) in &self.people {
            who.note(repo_id, day(*at), names);
        }
        if let Some((who, at)) = &self.merged_from {
            who.note_address(day(*at), names);
        }
    }
}

fn day(at: i64) -> NaiveDate {
    DateTime::from_timestamp(at, 0).unwrap_or_default().date_naive()
}

struct Reader<'a> {
    subject: &'a Subject,
    sha: &'a ObjectId,
    reading: Reading,
}

impl Reader<'_> {
    fn take(&mut self, commit: Commit<'_>) {
        self.reading.is_merge = commit.is_merge;
        let author = self.readable(commit.author);
        let committer = self.readable(commit.committer);
        if let Some((who, at)) = &author {
            self.role(Kind::Commit, who, *at);
            self.co_authors(commit.message, who, *at);
        }
        let Some((committer, at)) = committer else { return };
        self.reading.committed_at = Some(at);
        self.role(Kind::CommitCommitted, &committer, at);
        if commit.is_mainline {
            let squashed = committer.is_github().then_some(author).flatten();
            self.merge(title(commit.message), squashed.map(|(who, _)| who), at);
        }
    }

    fn readable(&mut self, signature: Result<Signature, CommitError>) -> Option<Signature> {
        signature.map_err(|error| self.problem(&error)).ok()
    }

    fn problem(&mut self, error: &CommitError) {
        self.reading.problems.push(error.to_string());
    }

    fn fact(&self, kind: Kind, key_b: i64, actor_id: i64, at: i64) -> Fact {
        let repo_id = self.subject.repo_id;
        Fact { kind, key_a: repo_id, key_b, at, actor_id, repo_id, number: None }
    }

    fn role(&mut self, kind: Kind, who: &Who, at: i64) {
        let actor_id = self.name(who, at);
        let fact = self.fact(kind, first_bytes(self.sha), actor_id, at);
        self.reading.facts.push(fact);
    }

    /// Notes somebody, and gives who acts.
    fn name(&mut self, who: &Who, at: i64) -> i64 {
        if let Some(length) = who.clipped() {
            self.problem(&CommitError::Name(length));
        }
        self.reading.people.push((who.clone(), at));
        who.actor(self.subject.repo_id)
    }

    /// Those of the trailers at the end, as git finds them: each address once, and
    /// not the author again.
    fn co_authors(&mut self, message: &BStr, author: &Who, at: i64) {
        let mut named = vec![author.address()];
        let mut found = 0;
        let trailers = MessageRef::from_bytes(message).body().map(|body| body.trailers());
        for text in trailers.into_iter().flat_map(Trailers::co_authored_by).map(|line| line.value) {
            found += 1;
            if found > MOST_CO_AUTHORS {
                continue;
            }
            match identity(&text) {
                Some(who) if !named.contains(&who.address()) => {
                    named.push(who.address());
                    let key = key_hash(&[self.sha.as_slice(), &who.address().to_be_bytes()]);
                    let actor_id = self.name(&who, at);
                    let fact = self.fact(Kind::CommitCoAuthored, key, actor_id, at);
                    self.reading.facts.push(fact);
                }
                Some(_) => {}
                None => self.problem(&CommitError::CoAuthor(text.len())),
            }
        }
        if found > MOST_CO_AUTHORS {
            self.problem(&CommitError::CoAuthors(found));
        }
    }

    /// The pull request that a commit of the default branch has merged: by the owner
    /// of the merged branch, or by the author of the one commit it was squashed into.
    fn merge(&mut self, title: &str, squashed: Option<Who>, at: i64) {
        let (number, actor_id) = match (merge_of(title), squashed) {
            (Some((number, owner)), _) if self.reading.is_merge => (number, self.owner(owner, at)),
            (_, Some(author)) if !self.reading.is_merge => {
                let Some(number) = squash_of(title) else { return };
                (number, author.actor(self.subject.repo_id))
            }
            _ => return,
        };
        let fact = self.fact(Kind::PrMerged, i64::from(number), actor_id, at);
        self.reading.facts.push(Fact { number: Some(number), ..fact });
    }

    /// Whose branch it was. One of the repository itself may be anybody's.
    fn owner(&mut self, login: &str, at: i64) -> i64 {
        let who = Who::of_login(login);
        if who.claim().login.is_none() || self.subject.is_owned_by(login) {
            return NOBODY;
        }
        let address = who.address();
        self.reading.merged_from = Some((who, at));
        address
    }
}

fn first_bytes(sha: &ObjectId) -> i64 {
    sha.as_slice().first_chunk().copied().map_or(0, i64::from_be_bytes)
}

fn title(message: &BStr) -> &str {
    message.lines().next().and_then(|line| line.to_str().ok()).unwrap_or_default().trim_end()
}

/// `Name <address>`.
fn identity(text: &[u8]) -> Option<Who> {
    let (name, rest) = text.split_once_str("<")?;
    let (mail, _) = rest.split_once_str(">")?;
    (!mail.trim().is_empty()).then(|| Who::new(name.into(), mail.into()))
}

/// `Merge pull request #7 from owner/branch`.
fn merge_of(title: &str) -> Option<(i32, &str)> {
    let (number, branch) = title.strip_prefix("Merge pull request #")?.split_once(" from ")?;
    Some((positive(number)?, branch.split('/').next()?))
}

/// `What changed (#7)`.
fn squash_of(title: &str) -> Option<i32> {
    positive(title.strip_suffix(')')?.rsplit_once(" (#")?.1)
}

fn positive(number: &str) -> Option<i32> {
    number.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: &str = "Ada <ada@example.org> 1700000000 +0100";
    const GITHUB: &str = "GitHub <noreply@github.com> 1700000060 +0000";

    fn object(parents: usize, author: &str, committer: &str, message: &str) -> Vec<u8> {
        let parents = "parent 2222222222222222222222222222222222222222\n".repeat(parents);
        let tree = "tree 1111111111111111111111111111111111111111";
        format!("{tree}\n{parents}author {author}\ncommitter {committer}\n\n{message}").into_bytes()
    }

    fn read(data: &[u8]) -> Reading {
        let subject = Subject { repo_id: 7, name: "acme/anvil".to_owned(), is_told: true };
        super::read(&subject, &ObjectId::from_hex(&[b'a'; 40]).unwrap(), data, true)
    }

    fn kinds(reading: &Reading) -> Vec<(Kind, i64)> {
        reading.facts.iter().map(|fact| (fact.kind, fact.at)).collect()
    }

    #[test]
    fn each_role_is_a_fact_of_its_own_at_its_own_instant() {
        let message = "Do it\n\nCo-authored-by: Eve <eve@example.org>\nco-AUTHORED-by: Ada <ADA@example.org>\nCo-Authored-By: Eve E. <Eve@example.org>\n";
        let reading = read(&object(1, ADA, GITHUB, message));
        let (author, committer) = (1_700_000_000, 1_700_000_060);
        assert_eq!(
            kinds(&reading),
            [(Kind::Commit, author), (Kind::CommitCoAuthored, author), (Kind::CommitCommitted, committer)]
        );
        assert!(reading.problems.is_empty() && !reading.is_merge);
    }

    #[test]
    fn a_merge_names_its_pull_request_and_whose_branch_it_was() {
        let merged = |title: &str| {
            let reading = read(&object(2, ADA, ADA, title));
            let merge = reading.facts.into_iter().find(|fact| fact.kind == Kind::PrMerged);
            merge.map(|fact| (fact.key_b, fact.actor_id))
        };
        let eve = Who::of_login("eve").address();
        assert_eq!(merged("Merge pull request #7 from Eve/fix/it\n\nFix it"), Some((7, eve)));
        assert_eq!(merged("Merge pull request #8 from ACME/release"), Some((8, NOBODY)));
        for other in ["Merge branch 'x' (#7)", "Merge pull request #0 from eve/x", "Merge pull request #x from eve/x"] {
            assert_eq!(merged(other), None, "{other}");
        }
    }

    #[test]
    fn a_squashed_pull_request_is_one_that_github_committed() {
        let merged = |committer: &str, title: &str| {
            let reading = read(&object(1, ADA, committer, title));
            let author = reading.facts[0].actor_id;
            let merge = reading.facts.into_iter().find(|fact| fact.kind == Kind::PrMerged);
            merge.map(|fact| (fact.key_b, fact.actor_id == author, fact.at))
        };
        assert_eq!(merged(GITHUB, "Fix it (#7)"), Some((7, true, 1_700_000_060)));
        assert_eq!(merged(ADA, "Fix what was said in (#7)"), None);
        assert_eq!(merged(GITHUB, "Fix it (#7) again"), None);
    }

    #[test]
    fn what_cannot_be_read_is_said_and_the_rest_counts() {
        let reading = read(&object(0, "Ada <a@b> -5 +0000", ADA, "x"));
        assert_eq!(kinds(&reading), [(Kind::CommitCommitted, 1_700_000_000)]);
        assert_eq!(reading.problems, ["the author's date \"-5 +0000\" is not an instant from 1970 to 2100"]);
        let late = read(&object(0, "Ada <a@b> 253402300800 +0000", ADA, "x"));
        assert_eq!(late.problems, ["the author's date \"253402300800 +0000\" is not an instant from 1970 to 2100"]);
        assert_eq!(late.facts.len(), 1);
        assert_eq!(read(&object(0, "Ada <a@b> 5 +99999999", ADA, "x")).problems, [""; 0], "the zone is not looked at");
        for no_commit in [b"tree x".to_vec(), object(0, "Ada", ADA, "x"), object(0, "Ada <a@b> soon +0000", ADA, "x")] {
            let reading = read(&no_commit);
            assert!(reading.facts.is_empty() && reading.problems[0].starts_with("not a commit"), "{reading:?}");
        }
    }

    #[test]
    fn a_commit_is_bounded() {
        let many = format!("x\n\n{}", "Co-authored-by: A <a@b>\n".repeat(20_000));
        let reading = read(&object(0, ADA, ADA, &many));
        assert_eq!((reading.facts.len(), reading.problems.len()), (3, 1));
        assert_eq!(reading.problems, ["20000 co-authors, of whom 100 count"]);
        let large = read(&object(0, ADA, ADA, &"x".repeat(LARGEST)));
        assert!(large.facts.is_empty() && large.problems[0].ends_with("bytes, of which 1048576 are read at most"));
    }

    #[test]
    fn what_is_not_utf_8_is_read() {
        let mut data = object(0, "Ad? <ada@example.org> 1700000000 +0100", ADA, "x\n\nCo-authored-by: ?");
        for byte in &mut data {
            *byte = if *byte == b'?' { 0xff } else { *byte };
        }
        let reading = read(&data);
        assert_eq!(reading.facts.len(), 2);
        assert_eq!(reading.people[0].0.label(), "git: Ad\u{fffd}");
        assert_eq!(reading.problems, ["a Co-authored-by of 1 bytes is not written as Name <address>"]);
    }
}
