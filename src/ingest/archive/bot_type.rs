//! Accounts that a payload itself calls bots.

use memchr::memmem;
use serde::Deserialize;

/// Whoever spoke, in the places where a payload holds them whole.
#[derive(Deserialize)]
struct Payload {
    comment: Option<Spoken>,
    review: Option<Spoken>,
    issue: Option<Spoken>,
    pull_request: Option<Spoken>,
}

#[derive(Deserialize)]
struct Spoken {
    user: Option<User>,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// The bots of a payload. Most have none, and are not read for it.
pub fn bots(payload: &str) -> impl Iterator<Item = i64> {
    let named =
        memmem::find(payload.as_bytes(), br#""Bot""#).and_then(|_| serde_json::from_str::<Payload>(payload).ok());
    let spoken = named.map(|p| [p.comment, p.review, p.issue, p.pull_request]).into_iter().flatten().flatten();
    let users = spoken.filter_map(|spoken| spoken.user);
    users.filter(|user| user.kind.as_deref() == Some("Bot")).map(|user| user.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_is_who_is_called_one() {
        let found = |payload: &str| bots(payload).collect::<Vec<_>>();
        let user = r#"{"comment":{"user":{"id":8,"type":"Bot"}},"issue":{"user":{"id":9,"type":"User"}}}"#;
        assert_eq!(found(user), [8]);
        assert_eq!(
            found(r#"{"review":{"user":{"id":8,"type": "Bot"}},"pull_request":{"user":{"id":9,"type":"Bot"}}}"#),
            [8, 9]
        );
        for none in [r#"{"comment":{"body":"Bot","user":{"id":8}}}"#, r#"{"comment":7,"x":"Bot"}"#, ""] {
            assert!(found(none).is_empty(), "{none}");
        }
    }
}
