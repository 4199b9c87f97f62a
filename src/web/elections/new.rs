//! `/elections/new`: an officer writes an election down, in a form or as the text
//! of an `election.toml`. It is stored as a draft.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::election::definition::{self, DefinitionError, NewCandidate, NewElection, instant, rule_text};
use crate::eligibility::WrittenRule;
use crate::web::elections as shared;
use crate::web::form::Fields;
use crate::web::{Layout, OfficerOnly, Page, WebError};

/// The form.
#[derive(Debug, Template)]
#[template(path = "elections/new.html")]
pub struct NewElectionPage {
    layout: Layout,
    fields: Fields,
}

impl NewElectionPage {
    fn is(&self, name: &str, value: &str) -> bool {
        self.fields.get(name) == value
    }
}

/// Shows the form.
pub async fn show(_: OfficerOnly, layout: Layout) -> Page<NewElectionPage> {
    let first = [("seats", "1"), ("strength", "winning-votes"), ("minimum", "50")];
    Page(page(layout, Fields::of(first.map(|(name, value)| (name, value.to_owned())))))
}

/// Stores a draft.
pub async fn submit(
    OfficerOnly(officer): OfficerOnly,
    State(app): State<App>,
    layout: Layout,
    mut fields: Fields,
) -> Result<Response, WebError> {
    let mut tx = app.pool.begin().await?;
    let written = if fields.has("toml") { NewElection::parse(fields.get("toml")) } else { read(&fields) };
    let made = match written {
        Ok(new) => definition::create(&mut tx, &officer, &new, layout.now).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(election) => {
            tx.commit().await?;
            Ok(Redirect::to(&format!("{}/manage?done=created", shared::address(&election))).into_response())
        }
        Err(DefinitionError::Database(error)) => Err(error.into()),
        Err(error) => {
            let field = if fields.has("toml") { "toml" } else { field_of(&error) };
            fields.fail(field, error.to_string());
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page(layout, fields))).into_response())
        }
    }
}

fn page(layout: Layout, fields: Fields) -> NewElectionPage {
    NewElectionPage { layout: layout.crumb("Officers’ desk", "/officer"), fields }
}

/// Reads the form; the first thing that is wrong is told.
fn read(fields: &Fields) -> Result<NewElection, DefinitionError> {
    let get = |name| fields.get(name).to_owned();
    let nominations = match (fields.get("nominations_open"), fields.get("nominations_close")) {
        ("", "") => None,
        ("", _) | (_, "") => return Err(DefinitionError::HalfNominations),
        (open, close) => Some((instant("nominations_open", open)?, instant("nominations_close", close)?)),
    };
    let new = NewElection {
        slug: get("slug"),
        title: get("title"),
        organisation: get("organisation"),
        description: get("description"),
        seats: fields.get("seats").parse().unwrap_or(0),
        method: "schulze".into(),
        seat_order: "tiers".into(),
        strength: get("strength"),
        blank: get("blank"),
        rule: rule(fields)?,
        nominations,
        opens_at: instant("opens", fields.get("opens"))?,
        closes_at: instant("closes", fields.get("closes"))?,
        candidates: fields.get("candidates").lines().filter_map(candidate).collect(),
    };
    new.check()
}

/// The eligibility rule as TOML; empty when the roll is to be imported.
fn rule(fields: &Fields) -> Result<String, DefinitionError> {
    let (from, to) = (fields.get("from").to_owned(), fields.get("to").to_owned());
    if from.is_empty() && to.is_empty() {
        return Ok(String::new());
    }
    rule_text(&WrittenRule {
        from,
        to,
        minimum: fields.get("minimum").parse().unwrap_or(0),
        kinds: vec!["contributions".into()],
        organisations: names(fields.get("organisations")),
        repositories: names(fields.get("repositories")),
        groups: Vec::new(),
        bots: false,
        exclude: Vec::new(),
    })
}

/// Names with commas or blanks between them.
fn names(text: &str) -> Vec<String> {
    text.split([',', ' ', '\n', '\r', '\t']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// `Name, employer`, one a line.
fn candidate(line: &str) -> Option<NewCandidate> {
    let (name, employer) = line.split_once(',').unwrap_or((line, ""));
    let (name, employer) = (name.trim().to_owned(), employer.trim().to_owned());
    (!name.is_empty()).then(|| NewCandidate { name, employer, login: None, github_id: None, bio: String::new() })
}

/// The field that a problem stands beside.
fn field_of(error: &DefinitionError) -> &'static str {
    match error {
        DefinitionError::Slug(_) | DefinitionError::Reserved(_) | DefinitionError::Exists(_) => "slug",
        DefinitionError::Empty(field)
        | DefinitionError::Choice { field, .. }
        | DefinitionError::Spelling { field, .. }
        | DefinitionError::Instant { field, .. } => field,
        DefinitionError::Seats(_) => "seats",
        DefinitionError::Order(problem) if problem.starts_with("nominations") => "nominations_close",
        DefinitionError::Order(_) => "closes",
        DefinitionError::HalfNominations => "nominations_open",
        DefinitionError::Rule(crate::eligibility::RuleError::Minimum(_)) => "minimum",
        DefinitionError::Rule(_) => "from",
        DefinitionError::TooMany(_) | DefinitionError::Twice(_) => "candidates",
        DefinitionError::Toml(_) | DefinitionError::Database(_) => "toml",
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::web::elections::testing::{get_as, post, seen, signed_in, site_of};
    use crate::web::router::tests::{get_from, words};
    use crate::web::urls::encode;

    const FORM: &[(&str, &str)] = &[
        ("slug", "board-2027"),
        ("title", "Board"),
        ("organisation", "Lantern"),
        ("seats", "2"),
        ("strength", "winning-votes"),
        ("blank", "last"),
        ("opens", "2026-10-11 12:00 UTC"),
        ("closes", "2026-10-21 23:59 AoE"),
        ("from", "2025-10-01"),
        ("to", "2026-10-01"),
        ("minimum", "50"),
        ("candidates", "Ada, Works\nBen"),
    ];

    fn form(change: &[(&str, &str)]) -> String {
        let value = |name: &str, old| change.iter().find(|(n, _)| *n == name).map_or(old, |(_, v)| *v);
        let known = FORM.iter().map(|(name, old)| (*name, value(name, old)));
        let new = change.iter().filter(|(name, _)| !FORM.iter().any(|(n, _)| n == name)).copied();
        known.chain(new).map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_form_makes_a_draft(pool: PgPool) {
        let site = site_of(&pool);
        let cookie = signed_in(&pool).await;
        let answer = post(&site, "/elections/new", &cookie, &form(&[])).await;
        assert_eq!(answer.headers()["location"], "/elections/board-2027/manage?done=created");
        assert_eq!(get_from(&site, "/elections/board-2027").await.status(), 404);
        let made = seen(get_as(&site, "/elections/board-2027", &cookie).await).await;
        assert_eq!(words(&made, ".cards h3"), ["Ada", "Ben"]);
        assert!(words(&made, "main").concat().contains("50 or more contributions from 2025-10-01 up to 2026-10-01"));
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn each_mistake_stands_beside_its_field_with_what_was_typed(pool: PgPool) {
        let site = site_of(&pool);
        let cookie = signed_in(&pool).await;
        for (name, bad, field) in [
            ("slug", "Board 2027", "slug"),
            ("slug", "new", "slug"),
            ("title", "", "title"),
            ("organisation", " ", "organisation"),
            ("seats", "many", "seats"),
            ("blank", "", "blank"),
            ("strength", "fists", "strength"),
            ("opens", "soon", "opens"),
            ("closes", "2026-10-11 12:00 UTC", "closes"),
            ("nominations_open", "2026-10-02", "nominations_open"),
            ("minimum", "0", "minimum"),
            ("to", "2025-10-01", "from"),
            ("candidates", "Ada\nAda", "candidates"),
            ("toml", "slug = ", "toml"),
        ] {
            let answer = post(&site, "/elections/new", &cookie, &form(&[(name, bad)])).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{name}={bad}");
            let shown = seen(answer).await;
            assert_eq!(words(&shown, &format!("#{field}-error")).len(), 1, "{name}={bad}");
            assert_eq!(words(&shown, "textarea[name=candidates]").len(), 1);
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_address_is_taken_once(pool: PgPool) {
        let site = site_of(&pool);
        let cookie = signed_in(&pool).await;
        post(&site, "/elections/new", &cookie, &form(&[])).await;
        let again = seen(post(&site, "/elections/new", &cookie, &form(&[])).await).await;
        assert!(words(&again, "#slug-error")[0].contains("exists already"));
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn only_officers_may(pool: PgPool) {
        let site = site_of(&pool);
        assert_eq!(get_from(&site, "/elections/new").await.status(), StatusCode::SEE_OTHER);
        assert_eq!(post(&site, "/elections/new", "", &form(&[])).await.status(), StatusCode::FORBIDDEN);
    }
}
