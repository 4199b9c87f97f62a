//! Events as they were written until 2014, brought into the shape of 2015, so that
//! everything behind reads one shape. There were three: that of 2011 and early 2012
//! (objects with ids, payloads of their own), that of 2012 (no id anywhere, the
//! actor a name) and that of 2013 and 2014 (repositories have ids again).
//!
//! Who has no number gets one below zero, made from the name in lower case, so
//! that every hour gives the same name the same one. `people` later says whose
//! account it was. What is not named at all is number 0.

use serde_json::{Map, Value, json};

use super::envelope::{Envelope, LineError, Text, is_old, not_an_event};
use crate::ingest::fact::{NOBODY, key_hash};

/// Reads an event of any time; one from before 2015 is rewritten into `modern`.
pub fn parse<'a>(line: &'a [u8], modern: &'a mut String) -> Result<Envelope<'a>, LineError> {
    match Envelope::parse(line) {
        Ok(event) if !event.is_old() => return Ok(event),
        Err(LineError::Shape(error)) if !looks_old(line) => return Err(LineError::Shape(error)),
        Ok(_) | Err(LineError::Shape(_)) => {}
        Err(error) => return Err(error),
    }
    *modern = modernise(serde_json::from_slice(line).map_err(not_an_event)?).to_string();
    Envelope::parse(modern.as_bytes())
}

/// Whether a line that is no event of 2015 might be an older one.
fn looks_old(line: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct When<'a> {
        #[serde(borrow)]
        created_at: Text<'a>,
    }
    serde_json::from_slice::<When<'_>>(line).is_ok_and(|when| is_old(&when.created_at.0))
}

fn modernise(mut old: Map<String, Value>) -> Value {
    let payload = old.remove("payload").unwrap_or_default();
    let old = Value::Object(old);
    let repo = ["repo", "repository"].map(|key| &old[key]).into_iter().find(|repo| repo.is_object());
    let kind = old["type"].as_str().unwrap_or_default();
    json!({
        "id": old["id"],
        "type": old["type"],
        "actor": actor(&old["actor"]),
        "repo": repository(repo.unwrap_or(&Value::Null)),
        // Until it has a number, an organisation is the owner of its repositories.
        "org": old["org"]["id"].is_number().then_some(&old["org"]),
        "payload": modern_payload(kind, payload, old["url"].as_str().unwrap_or_default()),
        "created_at": old["created_at"],
    })
}

fn actor(actor: &Value) -> Value {
    let login = actor.as_str().or(actor["login"].as_str()).unwrap_or_default();
    json!({"id": actor["id"].as_i64().unwrap_or_else(|| stand_in("login", login)), "login": login})
}

fn repository(repo: &Value) -> Value {
    let name = full_name(repo).unwrap_or_default();
    json!({"id": repo["id"].as_i64().unwrap_or_else(|| stand_in("repository", &name)), "name": name})
}

/// A number below zero for a name in any case; 0 for none.
fn stand_in(what: &str, name: &str) -> i64 {
    if name.is_empty() { NOBODY } else { key_hash(&[what.as_bytes(), name.to_lowercase().as_bytes()]) | i64::MIN }
}

/// `owner/name`, from the name, from the owner beside it or from the address.
fn full_name(repo: &Value) -> Option<String> {
    let name = repo["name"].as_str().filter(|name| *name != "/")?;
    if name.contains('/') {
        return Some(name.to_owned());
    }
    let owner = repo["owner"].as_str().or_else(|| repo["url"].as_str()?.rsplit('/').nth(1))?;
    Some(format!("{owner}/{name}"))
}

fn modern_payload(kind: &str, mut payload: Value, url: &str) -> Value {
    let comment = json!({"id": payload["comment_id"]});
    match kind {
        "IssuesEvent" if payload["issue"].is_number() => payload["issue"] = json!({"number": payload["number"]}),
        "IssueCommentEvent" if payload["comment"].is_null() => {
            payload["comment"] = comment;
            payload["issue"] = commented(url);
        }
        "CommitCommentEvent" if payload["comment"].is_null() => payload["comment"] = comment,
        "PullRequestReviewCommentEvent" if payload["pull_request"].is_null() => {
            payload["pull_request"] = commented(url);
        }
        "CreateEvent" if payload["ref_type"].is_null() => {
            payload["ref_type"] = payload["object"].take();
            payload["ref"] = payload["object_name"].take();
        }
        "GollumEvent" if payload["pages"].is_null() => payload["pages"] = json!([{"sha": payload["sha"]}]),
        "ForkEvent" if !payload["forkee"].is_object() => {
            payload["forkee"] = json!({"id": payload["forkee"].as_i64().unwrap_or(NOBODY)});
        }
        "MemberEvent" if payload["member"].is_string() => payload["member"] = actor(&payload["member"]),
        _ => {}
    }
    payload
}

/// What `https://github.com/owner/name/pull/7#…` is about; null if it does not say.
fn commented(url: &str) -> Value {
    let mut path = url.split(['/', '#', '?']).skip(5);
    let (place, number) = (path.next(), path.next().and_then(|number| number.parse::<i64>().ok()));
    match (place, number) {
        (Some("pull"), Some(number)) => json!({"number": number, "pull_request": {"url": url}}),
        (Some("issues"), Some(number)) => json!({"number": number}),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(event: &Value) -> String {
        let mut line = json!({
            "type": "WatchEvent", "actor": "Ada", "created_at": "2012/04/11 15:01:33 -0700",
            "repository": {"name": "anvil", "owner": "Acme"}, "payload": {},
        });
        for (key, value) in event.as_object().unwrap() {
            line[key] = value.clone();
        }
        line.to_string()
    }

    fn ids(event: &Value) -> (i64, String, i64, String) {
        let (line, mut modern) = (line(event), String::new());
        let event = parse(line.as_bytes(), &mut modern).unwrap();
        (event.actor.id, event.actor.login.0.to_string(), event.repo.id, event.repo.name.0.to_string())
    }

    #[test]
    fn a_name_in_any_case_is_one_number_below_zero() {
        let (ada, login, anvil, name) = ids(&json!({}));
        assert_eq!((login.as_str(), name.as_str()), ("Ada", "Acme/anvil"));
        assert!(ada < 0 && anvil < 0 && ada != anvil);
        let again = ids(
            &json!({"actor": {"login": "aDA"}, "repository": {"name": "ANVIL", "url": "https://github.com/acme/ANVIL"}}),
        );
        assert_eq!((again.0, again.2), (ada, anvil));
        assert_ne!(ids(&json!({"actor": "eve"})).0, ada);
    }

    #[test]
    fn who_has_a_number_keeps_it() {
        let (ada, _, anvil, name) =
            ids(&json!({"actor": {"login": "ada", "id": 5}, "repository": {"id": 7, "name": "b", "owner": "a"}}));
        assert_eq!((ada, anvil, name.as_str()), (5, 7, "a/b"));
    }

    #[test]
    fn who_is_not_named_is_nobody() {
        for nothing in
            [json!({"actor": null, "repository": null}), json!({"actor": {"url": "x"}, "repository": {"name": "/"}})]
        {
            assert_eq!(ids(&nothing), (NOBODY, String::new(), NOBODY, String::new()));
        }
    }

    #[test]
    fn the_place_of_a_comment_is_in_its_address() {
        let at = |url: &str| commented(url);
        assert_eq!(at("https://github.com/a/b/issues/7#issuecomment-1"), json!({"number": 7}));
        assert_eq!(at("https://github.com/a/b/pull/7#discussion_r1")["number"], 7);
        assert!(at("https://github.com/a/b/pull/7")["pull_request"].is_object());
        assert!(at("https://github.com/").is_null() && at("https://github.com/a/b/issues/x").is_null());
    }

    #[test]
    fn a_broken_line_of_today_is_not_taken_for_an_old_one() {
        let reason = |line: &str| parse(line.as_bytes(), &mut String::new()).map(|_| ()).unwrap_err().to_string();
        assert!(
            reason(r#"{"type":"WatchEvent","created_at":"2016-01-01T00:00:00Z"}"#).contains("missing field `actor`")
        );
        assert!(reason(r#"{"created_at":"2012-01-01T00:00:00Z"}"#).starts_with("not an event: "));
        let deep = line(&json!({})).replace("{}", &format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
        assert!(reason(&deep).starts_with("not JSON: recursion limit"));
    }
}
