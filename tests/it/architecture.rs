//! The arrow: a room imports only what stands to its left. Change this table and
//! the map in `src/lib.rs` together when the design changes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Left to right; rooms in one row do not import each other.
const ROOMS: &[&[&str]] = &[
    &["clock", "config", "random"],
    &["db"],
    &["jobs"],
    &["mail"],
    &["people"],
    &["auth"],
    &["stats"],
    &["ingest"],
    &["eligibility"],
    &["election"],
    &["app"],
    &["web", "worker"],
    &["demo"],
    &["cli"],
];

fn source() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// `web/ballot/mod.rs` and `web.rs` are both in the room `web`.
fn room(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The rooms a file names: `crate::x`, and the first names in `use crate::{a, b::{c}}`.
fn imports(text: &str) -> BTreeSet<&str> {
    let after = text.match_indices("crate::").map(|(at, name)| &text[at + name.len()..]);
    let named: Vec<&str> = after.flat_map(|rest| rest.strip_prefix('{').map_or_else(|| vec![rest], members)).collect();
    let known = |name: &&str| ROOMS.iter().any(|row| row.contains(name));
    named.into_iter().map(first).filter(known).collect()
}

/// The members of a group in braces, the opening one left out.
fn members(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let is_end = |c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth < 0
    };
    let inside = &group[..group.find(is_end).unwrap_or(group.len())];
    let mut depth = 0;
    let is_border = |c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0 && c == ','
    };
    inside.split(is_border).collect()
}

fn first(path: &str) -> &str {
    path.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

#[test]
fn every_room_imports_only_what_stands_to_its_left() {
    let place = |name: &str| ROOMS.iter().position(|row| row.contains(&name));
    for (file, text) in source() {
        let Some(here) = place(room(&file)) else { continue };
        for import in imports(&text) {
            let allowed = import == room(&file) || place(import).is_some_and(|there| there < here);
            assert!(allowed, "src/{file} imports {import}, which does not stand to the left of {}", room(&file));
        }
    }
}

#[test]
fn every_room_has_its_place() {
    let listed: BTreeSet<&str> = ROOMS.iter().flat_map(|row| row.iter().copied()).collect();
    for file in source().keys().filter(|f| !matches!(f.as_str(), "lib.rs" | "main.rs")) {
        assert!(listed.contains(room(file)), "src/{file} is in a room that the table does not know");
    }
}

#[test]
fn sql_is_in_stores_only() {
    for (file, text) in source() {
        let is_store = file.contains("store") || matches!(file.as_str(), "db/mod.rs" | "web/fixture.rs");
        let has_sql = ["sqlx::query", "query_as!", "query_scalar!"].iter().any(|q| text.contains(q));
        let in_tests_only = text.find("#[cfg(test)]").is_some_and(|tests| {
            ["sqlx::query", "query_as!", "query_scalar!"].iter().all(|q| text.find(q).is_none_or(|at| at > tests))
        });
        assert!(!has_sql || is_store || in_tests_only, "src/{file} holds SQL; it belongs in its room's store.rs");
    }
}

#[test]
fn what_is_outside_stays_outside() {
    for (file, text) in source() {
        let room = room(&file);
        let uses = |what: &str| text.contains(what);
        assert!(!uses("axum::") || matches!(room, "web" | "cli"), "src/{file} knows axum");
        assert!(!uses("lettre::") || room == "mail", "src/{file} knows lettre");
        assert!(!uses("octocrab::") || room == "github", "src/{file} knows octocrab");
        // The crate: octocrab behind our own types.
        let knows_github = uses("use github::") || uses(" github::");
        assert!(!knows_github || room == "ingest", "src/{file} knows the crate github");
        let below = !matches!(room, "app" | "web" | "worker" | "cli" | "demo" | "db");
        // One exception, said in its documentation: parallel readers each need a connection.
        let exception = file.starts_with("ingest/archive/") || file == "ingest/heal.rs";
        assert!(!uses("&PgPool") || !below || exception || in_tests(&text), "src/{file} takes a pool");
    }
}

fn in_tests(text: &str) -> bool {
    text.find("#[cfg(test)]").is_some_and(|tests| text.find("&PgPool").is_none_or(|at| at > tests))
}
