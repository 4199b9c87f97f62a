//! One event as GH Archive has it between 2015 and 2025.

use serde_json::{Value, json};

use super::activity::{Event, Push, Thread, What};
use super::community::{Community, GROUPS, instant};
use super::names;
use super::shapes::{
    API, actor, association, created, deleted, main_branch, organisation, sha, short, size, state, text, topic_branch,
    user, wiki, word,
};

/// Far above the ids GitHub's events have had, before and after their reset in 2025.
const FIRST_EVENT_ID: usize = 900_000_000_001;
/// Added to the counters behind the ids of threads, comments, reviews, pushes, ….
const FIRST_ID: i64 = 9_300_000_000;

impl Community {
    /// The archive line of the event at an index.
    pub(super) fn line(&self, index: usize) -> String {
        let event = &self.events[index];
        let repository = &self.repositories[event.repository];
        let name = repository.full_name(event.at);
        let (kind, payload) = self.payload(event, &name);
        json!({
            "id": (FIRST_EVENT_ID + index).to_string(),
            "type": kind,
            "actor": actor(&self.accounts[event.actor], event.at),
            "repo": { "id": repository.id, "url": format!("{API}/repos/{name}"), "name": name },
            "org": organisation(repository),
            "payload": payload,
            "public": true,
            "created_at": text(event.at),
        })
        .to_string()
    }

    fn payload(&self, event: &Event, name: &str) -> (&'static str, Value) {
        let at = event.at;
        match &event.what {
            What::Push(push) => ("PushEvent", self.push(push, event, name)),
            &What::Pull(thread, action) => {
                let number = self.threads[thread].number;
                let pull = self.pull(thread, at, name);
                let action = word(action);
                let payload = json!({ "action": action, "number": number, "pull_request": pull });
                ("PullRequestEvent", payload)
            }
            &What::Issue(thread, action) => {
                let payload = json!({ "action": word(action), "issue": self.issue(thread, at, name) });
                ("IssuesEvent", payload)
            }
            &What::Comment { thread, id } => {
                let (issue, comment) = (self.issue(thread, at, name), self.comment(event, id, name));
                let payload = json!({ "action": "created", "issue": issue, "comment": comment });
                ("IssueCommentEvent", payload)
            }
            &What::Review { thread, id, approves } => {
                let review = self.review(event, id, approves);
                let pull = self.pull(thread, at, name);
                let payload = json!({ "action": "created", "review": review, "pull_request": pull });
                ("PullRequestReviewEvent", payload)
            }
            &What::ReviewComment { thread, id } => {
                let mut comment = self.comment(event, id, name);
                comment["path"] = json!("src/main.rs");
                comment["commit_id"] = json!(self.branch_head(thread));
                let pull = self.pull(thread, at, name);
                let payload = json!({ "action": "created", "comment": comment, "pull_request": pull });
                ("PullRequestReviewCommentEvent", payload)
            }
            &What::CommitComment { id } => {
                let mut comment = self.comment(event, id, name);
                comment["commit_id"] = json!(sha(main_branch(event.repository), id));
                ("CommitCommentEvent", json!({ "action": "created", "comment": comment }))
            }
            other => self.chore(other, event, name),
        }
    }

    /// The payloads of what is no contribution.
    fn chore(&self, what: &What, event: &Event, name: &str) -> (&'static str, Value) {
        match what {
            &What::CreateBranch(thread) => ("CreateEvent", created("branch", Some(&self.branch(thread)))),
            &What::DeleteBranch(thread) => ("DeleteEvent", deleted(&self.branch(thread))),
            What::CreateRepository => ("CreateEvent", created("repository", None)),
            What::Tag(tag) => ("CreateEvent", created("tag", Some(tag))),
            What::Release { id, tag } => ("ReleaseEvent", self.release(*id, tag, event, name)),
            What::Star => ("WatchEvent", json!({ "action": "started" })),
            &What::Fork { id } => ("ForkEvent", self.fork(id, event, name)),
            &What::Wiki { page, edition } => ("GollumEvent", wiki(page, edition, event, name)),
            &What::Member(newcomer) => {
                let member = user(&self.accounts[newcomer], event.at);
                ("MemberEvent", json!({ "action": "added", "member": member }))
            }
            _ => ("PublicEvent", json!({})),
        }
    }

    fn push(&self, push: &Push, event: &Event, name: &str) -> Value {
        let (line, branch) = match push.thread {
            Some(thread) => (topic_branch(thread), self.branch(thread)),
            None => (main_branch(event.repository), "main".to_owned()),
        };
        let range = push.before + 1..=push.before + push.commits;
        let commits: Vec<Value> = range.map(|nth| self.commit(push, nth, &sha(line, nth), name)).collect();
        json!({
            "repository_id": self.repositories[event.repository].id,
            "push_id": FIRST_ID + push.id,
            "size": push.commits,
            "distinct_size": push.commits,
            "ref": format!("refs/heads/{branch}"),
            "head": sha(line, push.before + push.commits),
            "before": sha(line, push.before),
            "commits": commits,
        })
    }

    fn commit(&self, push: &Push, nth: i64, sha: &str, name: &str) -> Value {
        let author = &self.accounts[push.author];
        let mut message = format!("{} ({nth})", names::subject(push.id + nth));
        if let Some(helper) = push.coauthor.map(|helper| &self.accounts[helper]) {
            let trailer = format!("\n\nCo-authored-by: {} <{}>", helper.name, helper.email);
            message.push_str(&trailer);
        }
        json!({
            "sha": sha,
            "author": { "name": author.name, "email": author.email },
            "message": message,
            "distinct": true,
            "url": format!("{API}/repos/{name}/commits/{sha}"),
        })
    }

    fn issue(&self, thread: usize, at: i64, name: &str) -> Value {
        let Thread { number, author, ref title, opened, pull, .. } = self.threads[thread];
        let closed = self.threads[thread].closed_at(at);
        let mut issue = json!({
            "url": format!("{API}/repos/{name}/issues/{number}"),
            "html_url": self.html_url(thread, name),
            "id": thread_id(thread),
            "number": number,
            "title": title,
            "user": user(&self.accounts[author], at),
            "labels": self.labels(thread, at),
            "state": state(closed),
            "locked": false,
            "assignee": null,
            "milestone": null,
            "created_at": text(opened),
            "updated_at": text(at),
            "closed_at": closed.map(text),
            "author_association": association(&self.accounts[author]),
            "body": "Generated for the demonstration.",
        });
        if pull {
            let url = format!("{API}/repos/{name}/pulls/{number}");
            issue["pull_request"] = json!({ "url": url, "html_url": self.html_url(thread, name) });
        }
        issue
    }

    fn pull(&self, thread: usize, at: i64, name: &str) -> Value {
        let Thread { repository, number, author, ref title, opened, commits, merged, .. } = self.threads[thread];
        let closed = self.threads[thread].closed_at(at);
        let merged = merged.filter(|&(when, _)| when <= at);
        let id = self.repositories[repository].id;
        let base = json!({ "id": id, "full_name": name, "name": short(name) });
        let lines = self.lines(thread);
        json!({
            "url": format!("{API}/repos/{name}/pulls/{number}"),
            "html_url": self.html_url(thread, name),
            "id": thread_id(thread),
            "number": number,
            "state": state(closed),
            "locked": false,
            "draft": false,
            "title": title,
            "user": user(&self.accounts[author], at),
            "body": "Generated for the demonstration.",
            "labels": self.labels(thread, at),
            "created_at": text(opened),
            "updated_at": text(at),
            "closed_at": closed.map(text),
            "merged_at": merged.map(|(when, _)| text(when)),
            "merged": merged.is_some(),
            "merged_by": merged.map(|(_, by)| user(&self.accounts[by], at)),
            "merge_commit_sha": merged.map(|_| self.branch_head(thread)),
            "author_association": association(&self.accounts[author]),
            "head": { "ref": self.branch(thread), "sha": self.branch_head(thread) },
            "base": { "ref": "main", "sha": sha(main_branch(repository), number), "repo": base },
            "commits": commits,
            "additions": lines,
            "deletions": lines / 3,
            "changed_files": 1 + lines / 60,
        })
    }

    fn comment(&self, event: &Event, id: i64, name: &str) -> Value {
        let id = FIRST_ID + id;
        json!({
            "url": format!("{API}/repos/{name}/comments/{id}"),
            "id": id,
            "user": user(&self.accounts[event.actor], event.at),
            "created_at": text(event.at),
            "updated_at": text(event.at),
            "author_association": association(&self.accounts[event.actor]),
            "body": names::comment(id),
        })
    }

    fn review(&self, event: &Event, id: i64, approves: bool) -> Value {
        json!({
            "id": FIRST_ID + id,
            "user": user(&self.accounts[event.actor], event.at),
            "body": null,
            "state": if approves { "approved" } else { "commented" },
            "submitted_at": text(event.at),
            "author_association": association(&self.accounts[event.actor]),
        })
    }

    fn release(&self, id: i64, tag: &str, event: &Event, name: &str) -> Value {
        let release = json!({
            "id": FIRST_ID + id,
            "html_url": format!("https://github.com/{name}/releases/tag/{tag}"),
            "tag_name": tag,
            "target_commitish": "main",
            "name": tag,
            "draft": false,
            "prerelease": false,
            "author": user(&self.accounts[event.actor], event.at),
            "created_at": text(event.at),
            "published_at": text(event.at),
            "assets": [],
            "body": "Generated for the demonstration.",
        });
        json!({ "action": "published", "release": release })
    }

    fn fork(&self, id: i64, event: &Event, name: &str) -> Value {
        let owner = &self.accounts[event.actor];
        let short = short(name);
        let forkee = json!({
            "id": FIRST_ID + id,
            "name": short,
            "full_name": format!("{}/{short}", owner.login_at(instant(event.at))),
            "owner": user(owner, event.at),
            "private": false,
            "fork": true,
            "created_at": text(event.at),
            "default_branch": "main",
        });
        json!({ "forkee": forkee })
    }

    fn labels(&self, thread: usize, at: i64) -> Vec<Value> {
        let Thread { repository, pull, approved, number, .. } = self.threads[thread];
        let group = GROUPS[self.repositories[repository].group].to_lowercase();
        let kind = if number % 3 == 0 { "kind/bug" } else { "kind/feature" };
        let mut labels = vec![format!("area/{group}"), kind.to_owned()];
        if pull {
            labels.push(format!("size/{}", size(self.lines(thread))));
        }
        if approved.is_some_and(|when| when <= at) {
            labels.extend(["lgtm".to_owned(), "approved".to_owned()]);
        }
        labels.into_iter().map(|name| json!({ "name": name, "color": "5319e7" })).collect()
    }

    /// Lines added by a pull request: few mostly, many sometimes.
    fn lines(&self, thread: usize) -> i64 {
        let number = self.threads[thread].number;
        1 + (number * 7919 % 29) * (number * 104_729 % 31)
    }

    fn branch(&self, thread: usize) -> String {
        names::branch(&self.threads[thread].title)
    }

    fn branch_head(&self, thread: usize) -> String {
        sha(topic_branch(thread), self.threads[thread].commits)
    }

    fn html_url(&self, thread: usize, name: &str) -> String {
        let Thread { pull, number, .. } = self.threads[thread];
        let kind = if pull { "pull" } else { "issues" };
        format!("https://github.com/{name}/{kind}/{number}")
    }
}

impl Thread {
    /// When it was closed, if it was closed at an instant.
    fn closed_at(&self, at: i64) -> Option<i64> {
        let past = self.turns.iter().take_while(|&&turn| turn <= at).count();
        (past % 2 == 1).then(|| self.turns[past - 1])
    }
}

fn thread_id(thread: usize) -> i64 {
    FIRST_ID * 2 + i64::try_from(thread).unwrap_or_default() * 3
}
