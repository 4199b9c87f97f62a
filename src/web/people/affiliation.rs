//! `/people/{login}/affiliation`: where someone says where they worked. It waits for
//! the officers, mails nobody and changes nothing before they accept it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use sqlx::PgConnection;

use crate::app::App;
use crate::people::claim::{self, ClaimError, New};
use crate::people::{Person, store};
use crate::web::form::{Fields, QueryFields};
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, WebError, urls};

#[derive(Debug, Template)]
#[template(path = "people/affiliation.html")]
pub struct AffiliationPage {
    layout: Layout,
    person: Person,
    fields: Fields,
    /// It waits now.
    saved: bool,
}

/// Shows the form.
pub async fn show(
    layout: Layout,
    Path(login): Path<String>,
    QueryFields(query): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Page<AffiliationPage>, WebError> {
    let person = person(snapshot.db(), &login).await?;
    let layout = crumbs(layout, &person);
    Ok(Page(AffiliationPage { layout, person, saved: query.has("saved"), fields: Fields::default() }))
}

/// Lets the claim wait.
pub async fn submit(
    State(app): State<App>,
    layout: Layout,
    Path(login): Path<String>,
    mut fields: Fields,
) -> Result<Response, WebError> {
    let mut tx = app.pool.begin().await?;
    let person = person(&mut tx, &login).await?;
    let [company, from, last, why, mail] = ["company", "from", "last", "why", "mail"].map(|name| fields.get(name));
    let new = New { company, from, last, why, mail };
    let (field, problem) = match claim::make(&mut tx, person.person_id, new, app.clock.now()).await {
        Ok(()) => {
            tx.commit().await?;
            let url = urls::person(&person.login) + "/affiliation?saved=yes";
            return Ok(Redirect::to(&url).into_response());
        }
        Err(ClaimError::Db(error)) => return Err(error.into()),
        Err(ClaimError::Field { field, problem }) => (field, problem),
        Err(error @ ClaimError::Overlaps(_)) => ("from", sentence(&error)),
        Err(error) => ("company", sentence(&error)),
    };
    fields.fail(field, problem);
    let page = AffiliationPage { layout: crumbs(layout, &person), person, fields, saved: false };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

async fn person(db: &mut PgConnection, login: &str) -> Result<Person, WebError> {
    let login = login.replace('\0', "");
    let person = store::by_login(db, &login).await?;
    person.ok_or_else(|| WebError::not_found(format!("Nobody called {login} has been seen here.")))
}

fn crumbs(layout: Layout, person: &Person) -> Layout {
    layout.crumb("People", "/people").crumb(&person.login, urls::person(&person.login))
}

/// What a domain says, as a sentence of a page.
pub fn sentence(said: &impl ToString) -> String {
    let said = said.to_string();
    let mut letters = said.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>() + ".").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::elections::testing::{post, seen, site_of};
    use crate::web::fixture;
    use crate::web::router::tests::{get_from, page, words};

    const FORM: &str = "company=Acme+%3Cb%3E&from=2016-01-01&last=&why=my+profile&mail=ada%40acme.example";

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn what_someone_says_waits_and_says_so(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site_of(&pool);
        let answer = post(&site, "/people/ada/affiliation", "", FORM).await;
        assert_eq!(answer.headers()["location"], "/people/ada/affiliation?saved=yes");
        let saved = page(&site, "/people/ada/affiliation?saved=yes").await;
        assert_eq!(words(&saved, ".note h2"), ["It waits for an officer"]);
        let person = page(&site, "/people/ada").await;
        assert_eq!(words(&person, "dd.affiliation"), ["Analytical Engines since 2015-01-01"], "nothing counts yet");
        post(&site, "/people/ada/affiliation", "", FORM).await;
        let full = post(&site, "/people/ada/affiliation", "", FORM).await;
        assert_eq!(full.status(), 422);
        let why = "2 claims of this person are waiting already; an officer has to decide them first.";
        assert_eq!(words(&seen(full).await, "#company-error"), [why]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_empty_form_is_refused_and_nobody_unknown_has_one(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site_of(&pool);
        let answer = post(&site, "/people/ada/affiliation", "", "company=&from=&last=&why=&mail=").await;
        assert_eq!(answer.status(), 422);
        assert_eq!(words(&seen(answer).await, "#company-error").len(), 1);
        let kept: i64 = sqlx::query_scalar("select count(*) from affiliation_claim").fetch_one(&pool).await.unwrap();
        assert_eq!(kept, 0);
        assert_eq!(get_from(&site, "/people/nobody/affiliation").await.status(), 404);
        assert_eq!(post(&site, "/people/nobody/affiliation", "", FORM).await.status(), 404);
    }
}
