//! `/elections.atom`: every election when it is announced, and its result when it is
//! published. An entry never changes, so a reader shows it once.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};

use crate::app::App;
use crate::clock::utc_text;
use crate::election::{self, Election};
use crate::web::elections as shared;
use crate::web::export::stamp;
use crate::web::state::Snapshot;
use crate::web::{Layout, WebError};

/// The feed.
#[derive(Debug, Template)]
#[template(path = "elections/feed.xml")]
struct Feed {
    community: String,
    /// How the world reaches us.
    site: String,
    /// The newest first.
    entries: Vec<Entry>,
}

/// Something that happened.
#[derive(Debug)]
struct Entry {
    title: String,
    path: String,
    at: DateTime<Utc>,
    text: String,
}

impl Entry {
    fn updated(&self) -> String {
        stamp(self.at)
    }
}

impl Feed {
    /// Of the newest entry; a feed without any was never changed.
    fn updated(&self) -> String {
        stamp(self.entries.first().map_or(DateTime::UNIX_EPOCH, |entry| entry.at))
    }
}

/// Shows the feed.
pub async fn show(State(app): State<App>, layout: Layout, mut snapshot: Snapshot) -> Result<Response, WebError> {
    let all = election::all(snapshot.db()).await?;
    let public = all.iter().filter(|it| it.phase(layout.now).is_public());
    let mut entries: Vec<_> = public.flat_map(|it| entries(&layout, it)).filter(|it| it.at <= layout.now).collect();
    entries.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.path.cmp(&b.path)));
    let feed = Feed { community: clean(&layout.community), site: app.public_url, entries };
    Ok(([(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")], feed.render()?).into_response())
}

fn entries(layout: &Layout, it: &Election) -> Vec<Entry> {
    let seats = shared::seats(layout, it);
    let (opens, closes) = (utc_text(it.opens_at), utc_text(it.closes_at));
    let text = layout.say("election.feed.voting", &["seats", "opens", "closes"], &[&seats, &opens, &closes]);
    let announced = it.announced_at.map(|at| Entry { title: clean(&it.title), path: shared::address(it), at, text });
    let published = it.published_at.map(|at| Entry {
        title: layout.say("election.feed.result", &["title"], &[&clean(&it.title)]),
        path: shared::address(it) + "/results",
        at,
        text: seats,
    });
    announced.into_iter().chain(published).collect()
}

/// A text without the characters that XML has no way to write.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}

#[cfg(test)]
mod tests {
    use atom_syndication::Feed;
    use axum::http::header;
    use sqlx::PgPool;

    use super::*;
    use crate::auth::Officer;
    use crate::election::life;
    use crate::web::elections::testing::{Bench, make};
    use crate::web::router::tests::{get_from, text};

    async fn read(bench: &Bench) -> Feed {
        let response = get_from(&bench.site, "/elections.atom").await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/atom+xml; charset=utf-8");
        text(response).await.parse().unwrap()
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_election_is_told_when_announced_and_when_published(pool: PgPool) {
        let bench = Bench::new(&pool);
        let draft = make(&pool, "draft").await;
        assert!(read(&bench).await.entries.is_empty());
        let mut db = pool.acquire().await.unwrap();
        life::announce(&mut db, &Officer::operator(), draft.election_id, bench.app.clock.now()).await.unwrap();
        let election = bench.freeze(&draft, 30).await;
        let first = read(&bench).await;
        assert_eq!(first.id, "https://vote.example.org/elections.atom");
        assert_eq!(first.entries.len(), 1);
        assert_eq!(first.entries[0].title.value, "Board <2026>");
        assert_eq!(first.entries[0].links[0].href, "https://vote.example.org/elections/board");
        bench.cast(&election, 1, &[1, 2, 3]).await;
        assert_eq!(read(&bench).await, first, "a cast changes nothing");
        bench.publish(&election).await;
        let second = read(&bench).await;
        assert_eq!(second.entries[1..], first.entries);
        assert_eq!(second.entries[0].title.value, "Result: Board <2026>");
        assert_eq!(second.updated, second.entries[0].updated);
    }

    #[test]
    fn what_xml_cannot_write_is_left_out() {
        assert_eq!(clean("a\u{1}b\u{ffff}<&>"), "ab<&>");
    }
}
