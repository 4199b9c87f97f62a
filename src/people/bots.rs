//! Which accounts are bots: an officer's word on one account first, then GitHub's,
//! then a list of SQL LIKE patterns on the lower-cased login. Matching is done here, in
//! memory, because an ingest asks it for every new account.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::store;

/// The list of patterns and overrides, ready to ask.
#[derive(Clone, Debug, Default)]
pub struct Bots {
    overrides: HashMap<i64, bool>,
    exact: HashSet<String>,
    wildcards: Vec<String>,
}

impl Bots {
    /// Reads the list.
    pub async fn load(db: &mut PgConnection) -> sqlx::Result<Self> {
        Ok(Self::new(store::bot_patterns(db).await?, store::bot_overrides(db).await?))
    }

    /// A list of patterns and of accounts that are bots or not whatever their login.
    pub fn new(patterns: Vec<String>, overrides: HashMap<i64, bool>) -> Self {
        let (wildcards, exact): (Vec<_>, Vec<_>) =
            patterns.into_iter().partition(|pattern| pattern.contains(['%', '_', '\\']));
        Self { overrides, exact: exact.into_iter().collect(), wildcards }
    }

    /// Whether this account, under this login, is a bot.
    pub fn is_bot(&self, actor_id: i64, login: &str) -> bool {
        if let Some(&bot) = self.overrides.get(&actor_id) {
            return bot;
        }
        let login = login.to_lowercase();
        self.exact.contains(&login) || self.wildcards.iter().any(|pattern| like(&login, pattern))
    }
}

/// Why an officer's word on an account was not taken.
#[derive(Debug, thiserror::Error)]
pub enum WordError {
    #[error("write the reason: it stays beside the account")]
    NoReason,
    #[error("nobody has said anything about this account: it is what the patterns say")]
    NothingSaid,
    #[error(transparent)]
    Db(#[from] sqlx::Error),
}

/// An officer says of an account that it is a bot or is none, or with `None` leaves
/// it to the patterns again; says how many marks changed. The caller commits.
pub async fn say(
    db: &mut PgConnection,
    id: i64,
    bot: Option<bool>,
    by: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<u64, WordError> {
    let reason = Some(reason.trim()).filter(|reason| !reason.is_empty()).ok_or(WordError::NoReason)?;
    let what = match bot {
        Some(bot) => {
            store::override_bot(db, id, bot, reason).await?;
            if bot { "is a bot" } else { "is a human being" }
        }
        None if store::forget_override(db, id).await? => "is what the patterns say",
        None => return Err(WordError::NothingSaid),
    };
    store::log(db, by, id, what, reason, now).await?;
    Ok(refresh(db).await?)
}

/// Recomputes every account's mark after the list changed; says how many changed.
pub async fn refresh(db: &mut PgConnection) -> sqlx::Result<u64> {
    let bots = Bots::load(db).await?;
    let wrong: Vec<_> = store::actor_marks(db)
        .await?
        .into_iter()
        .filter_map(|(id, login, bot)| {
            let now = bots.is_bot(id, &login);
            (now != bot).then_some((id, now))
        })
        .collect();
    store::mark_bots(db, &wrong).await
}

/// SQL LIKE: `%` is any text, `_` one character, `\` takes the next one literally.
fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern = tokens(pattern);
    // Greedy with one point of return: the latest %.
    let (mut t, mut p, mut back) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(Token::Any) => {
                back = Some((p + 1, t));
                p += 1;
            }
            Some(token) if token.takes(text[t]) => {
                (t, p) = (t + 1, p + 1);
            }
            _ => match back {
                Some((after, from)) => {
                    back = Some((after, from + 1));
                    (t, p) = (from + 1, after);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|token| matches!(token, Token::Any))
}

enum Token {
    Any,
    One,
    Char(char),
}

impl Token {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Any => false,
            Self::One => true,
            Self::Char(own) => *own == c,
        }
    }
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '%' => Token::Any,
            '_' => Token::One,
            '\\' => Token::Char(chars.next().unwrap_or('\\')),
            c => Token::Char(c),
        });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_imported_list_knows_bots_from_people(db: PgPool) {
        let bots = Bots::load(&mut db.acquire().await.unwrap()).await.unwrap();
        for login in ["k8s-ci-robot", "dependabot[bot]", "Travis-my-bot", "Copilot", "foo-bot-2", "linux-cibot", "x-CI"]
        {
            assert!(bots.is_bot(1, login), "{login}");
        }
        for login in ["torvalds", "LombiqBot", "abbot", "botany", "ci-fan", "travis"] {
            assert!(!bots.is_bot(1, login), "{login}");
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn our_matching_is_the_database_s(db: PgPool) {
        let logins = [
            "a-bot",
            "bot-a",
            "a[bot]",
            "[bot]",
            "-ci",
            "xci",
            "travisbot",
            "travis bot",
            "a-bot-b",
            "aéb",
            "jenkins-",
        ];
        let patterns = ["%-bot", "bot-%", "%[bot]%", "%-ci", "travis%bot", "%-bot-%", "a_b", "%", "a%t%", "jenkins-%"];
        for (login, pattern) in logins.iter().flat_map(|l| patterns.iter().map(move |p| (l, p))) {
            let theirs = sqlx::query_scalar!(r#"select $1::text like $2::text as "m!""#, login, pattern)
                .fetch_one(&db)
                .await
                .unwrap();
            assert_eq!(like(login, pattern), theirs, "{login} like {pattern}");
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_officer_s_word_holds_until_it_is_taken_back(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        let now = DateTime::UNIX_EPOCH;
        sqlx::query!("insert into actor values (7, 7, 'k8s-human', true)").execute(&mut *db).await.unwrap();
        assert!(matches!(say(&mut db, 7, Some(false), "eve", "", now).await, Err(WordError::NoReason)));
        assert_eq!(say(&mut db, 7, Some(false), "eve", "met her", now).await.unwrap(), 1);
        assert_eq!(store::overrides(&mut db).await.unwrap()[0].3, "met her");
        assert_eq!(say(&mut db, 7, None, "eve", "not sure", now).await.unwrap(), 1);
        assert!(matches!(say(&mut db, 7, None, "eve", "again", now).await, Err(WordError::NothingSaid)));
        assert_eq!(store::people_log(&mut db, 9).await.unwrap().len(), 2);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_override_beats_every_pattern(db: PgPool) {
        let mut db = db.acquire().await.unwrap();
        sqlx::query!("insert into actor values (7, 7, 'k8s-human', true), (8, 8, 'human', false)")
            .execute(&mut *db)
            .await
            .unwrap();
        sqlx::query!("insert into bot_override values (7, false, 'met her'), (8, true, 'a cron job')")
            .execute(&mut *db)
            .await
            .unwrap();
        assert_eq!(refresh(&mut db).await.unwrap(), 2);
        assert!(!store::by_id(&mut db, 7).await.unwrap().unwrap().bot);
        assert!(store::by_id(&mut db, 8).await.unwrap().unwrap().bot);
        assert_eq!(refresh(&mut db).await.unwrap(), 0);
    }
}
