//! The small recurring shapes of GitHub's JSON: accounts, organisations, refs, instants, commits.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::activity::{Action, Event};
use super::community::{ORGS, Person, Repository, Role, instant};
use super::names;

pub(super) const API: &str = "https://api.github.com";

pub(super) fn wiki(page: usize, edition: i64, event: &Event, name: &str) -> Value {
    let title = names::WIKI_PAGES[page];
    let slug = title.replace(' ', "-");
    let page = json!({
        "page_name": slug,
        "title": title,
        "summary": null,
        "action": "edited",
        "sha": sha(main_branch(event.repository), edition),
        "html_url": format!("https://github.com/{name}/wiki/{slug}"),
    });
    json!({ "pages": [page] })
}

pub(super) fn actor(account: &Person, at: i64) -> Value {
    let login = account.login_at(instant(at));
    json!({
        "id": account.id,
        "login": login,
        "display_login": login.trim_end_matches("[bot]"),
        "gravatar_id": "",
        "url": format!("{API}/users/{login}"),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{}?", account.id),
    })
}

/// GitHub calls only its apps (`…[bot]`) bots; a bot with a user account is a user to it.
pub(super) fn user(account: &Person, at: i64) -> Value {
    let login = account.login_at(instant(at));
    let kind = if login.ends_with("[bot]") { "Bot" } else { "User" };
    json!({
        "login": login,
        "id": account.id,
        "html_url": format!("https://github.com/{login}"),
        "type": kind,
        "site_admin": false,
    })
}

pub(super) fn organisation(repository: &Repository) -> Value {
    let (id, login) = (repository.org_id(), ORGS[repository.org]);
    json!({
        "id": id,
        "login": login,
        "gravatar_id": "",
        "url": format!("{API}/orgs/{login}"),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?"),
    })
}

pub(super) fn association(account: &Person) -> &'static str {
    match account.role {
        Role::Maintainer | Role::Reviewer | Role::Bot => "MEMBER",
        Role::Contributor => "CONTRIBUTOR",
        Role::Visitor => "NONE",
    }
}

pub(super) fn created(kind: &str, name: Option<&str>) -> Value {
    json!({
        "ref": name,
        "ref_type": kind,
        "master_branch": "main",
        "description": null,
        "pusher_type": "user",
    })
}

pub(super) fn deleted(branch: &str) -> Value {
    json!({ "ref": branch, "ref_type": "branch", "pusher_type": "user" })
}

/// A repository's name without its owner.
pub(super) fn short(full_name: &str) -> &str {
    full_name.rsplit('/').next().unwrap_or(full_name)
}

pub(super) fn word(action: Action) -> &'static str {
    match action {
        Action::Opened => "opened",
        Action::Closed => "closed",
        Action::Reopened => "reopened",
    }
}

pub(super) fn state(closed: Option<i64>) -> &'static str {
    if closed.is_some() { "closed" } else { "open" }
}

pub(super) fn size(lines: i64) -> &'static str {
    match lines {
        ..10 => "XS",
        10..30 => "S",
        30..100 => "M",
        100..500 => "L",
        500..1000 => "XL",
        _ => "XXL",
    }
}

pub(super) fn text(at: i64) -> String {
    instant(at).to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(super) fn main_branch(repository: usize) -> usize {
    repository
}

pub(super) fn topic_branch(thread: usize) -> usize {
    1_000_000 + thread
}

/// An invented commit: the nth of a line of history, always the same 40 digits.
pub(super) fn sha(line: usize, nth: i64) -> String {
    let mut state = (line as u64) << 32 ^ nth.cast_unsigned();
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    };
    format!("{:016x}{:016x}{:08x}", next(), next(), next() >> 32)
}
