//! The steps of an officer, each one POST: begin, one call of the domain, commit,
//! back to the desk with a word about it, or the desk again with the refusal.

use axum::response::{IntoResponse, Redirect, Response};
use sqlx::{Postgres, Transaction};

use crate::election::Phase;
use crate::election::close::{self, CloseError};
use crate::election::freeze::{self, FreezeError};
use crate::election::life::{self, LifeError};
use crate::election::post::{self, PostError};
use crate::eligibility::import::{self, ImportError};
use crate::eligibility::roll::{self, RollError};
use crate::eligibility::{Rule, RuleError};
use crate::web::WebError;
use crate::web::form::Fields;

use super::{Desk, refused};

/// What was done, for the top of the desk.
pub fn done(key: &str) -> Option<&'static str> {
    Some(match key {
        "created" => "The draft is stored.",
        "announced" => "The election is announced: everyone can see it now.",
        "roll" => "The roll is made.",
        "addresses" => "The addresses are stored.",
        "frozen" => "The election is frozen. Voting opens and closes by the clock, and the links go out when it opens.",
        "reminded" => "The reminder run is on its way. Nobody, you included, learns who gets one.",
        "closed" => "The ballots are counted. Check the result, then certify it.",
        "certified" => "The result is certified.",
        "published" => "The result is published.",
        _ => return None,
    })
}

/// Shows a draft to everyone.
pub async fn announce(desk: Desk) -> Result<Response, WebError> {
    let (mut tx, election) = desk.begin().await?;
    let said = life::announce(&mut tx, &desk.officer.0, election.election_id, desk.layout.now).await;
    end(desk, tx, Fields::default(), said.map_err(No::from), "announced").await
}

/// Counts everyone under the rule.
pub async fn build_roll(desk: Desk) -> Result<Response, WebError> {
    let (mut tx, election) = desk.begin().await?;
    let said = match Rule::parse(&election.rule) {
        _ if election.rule.is_empty() => Err(RollError::Imported.into()),
        Ok(rule) => roll::build(&mut tx, election.election_id, &rule).await.map_err(No::from),
        Err(error) => Err(No::from(error)),
    };
    end(desk, tx, Fields::default(), said.map(drop), "roll").await
}

/// Replaces the roll by a file; an election with a rule has none.
pub async fn import_roll(desk: Desk, fields: Fields) -> Result<Response, WebError> {
    let (mut tx, election) = desk.begin().await?;
    let said = if election.rule.is_empty() {
        let file = fields.get("roll").as_bytes().to_vec();
        import::roll(&mut tx, election.election_id, &file).await.map_err(|e| No::import("roll", e))
    } else {
        Err(No::Step("The roll of this election comes of its rule; a list cannot take its place.".into()))
    };
    end(desk, tx, fields, said.map(drop), "roll").await
}

/// Whether addresses may be set: once voting is open, whoever changes one could
/// have the link of another sent to themselves.
pub fn takes_addresses(phase: Phase) -> bool {
    matches!(phase, Phase::Draft | Phase::Announced | Phase::Nominating | Phase::Waiting)
}

/// Sets addresses of people on the roll.
pub async fn import_addresses(desk: Desk, fields: Fields) -> Result<Response, WebError> {
    let (mut tx, election) = desk.begin().await?;
    let said = if takes_addresses(election.phase(desk.layout.now)) {
        let file = fields.get("addresses").as_bytes().to_vec();
        import::addresses(&mut tx, election.election_id, &file, desk.layout.now)
            .await
            .map_err(|e| No::import("addresses", e))
    } else {
        Err(No::Step(
            "Once voting is open, addresses are not changed here: a link could be sent to somebody else.".into(),
        ))
    };
    end(desk, tx, fields, said.map(drop), "addresses").await
}

/// Fixes definition and roll.
pub async fn freeze(desk: Desk, fields: Fields) -> Result<Response, WebError> {
    let (mut tx, election) = desk.begin().await?;
    let said = if fields.has("confirm") {
        let reason = Some(fields.get("reason")).filter(|r| !r.is_empty());
        let keys = (&desk.app.keys, &desk.app.random);
        freeze::freeze(&mut tx, &desk.officer.0, keys, election.election_id, reason, desk.layout.now)
            .await
            .map_err(No::from)
    } else {
        Err(No::Field("confirm", "Tick the box: a freeze cannot be undone.".into()))
    };
    end(desk, tx, fields, said.map(drop), "frozen").await
}

/// Begins a reminder run.
pub async fn remind(desk: Desk) -> Result<Response, WebError> {
    let (mut tx, election) = desk.begin().await?;
    let tools = (desk.app.public_url.as_str(), &desk.app.random);
    let said = post::remind(&mut tx, &desk.officer.0, election.election_id, tools, desk.layout.now).await;
    end(desk, tx, Fields::default(), said.map_err(No::from), "reminded").await
}

/// Counts a poll whose time has passed. The close commits each of its steps itself.
pub async fn close(desk: Desk) -> Result<Response, WebError> {
    let (tx, election) = desk.begin().await?;
    tx.rollback().await?;
    let mut db = desk.app.pool.acquire().await?;
    let said = close::close(&mut db, &desk.app.keys, &desk.app.clock, election.election_id).await;
    drop(db);
    let tx = desk.app.pool.begin().await?;
    end(desk, tx, Fields::default(), said.map(drop).map_err(No::from), "closed").await
}

/// Says that the officers have checked the count.
pub async fn certify(desk: Desk) -> Result<Response, WebError> {
    let (mut tx, election) = desk.begin().await?;
    let said = life::certify(&mut tx, &desk.officer.0, election.election_id, desk.layout.now).await;
    end(desk, tx, Fields::default(), said.map_err(No::from), "certified").await
}

/// Shows the result to everyone.
pub async fn publish(desk: Desk, fields: Fields) -> Result<Response, WebError> {
    let (mut tx, election) = desk.begin().await?;
    let said = if fields.has("confirm") {
        life::publish(&mut tx, &desk.officer.0, election.election_id, desk.layout.now).await.map_err(No::from)
    } else {
        Err(No::Field("confirm", "Tick the box: a published result cannot be taken back.".into()))
    };
    end(desk, tx, fields, said, "published").await
}

/// Why a step was not taken.
enum No {
    /// Something in the form: stands beside its field.
    Field(&'static str, String),
    /// The state of the election.
    Step(String),
    Broken(WebError),
}

impl No {
    fn import(field: &'static str, error: ImportError) -> Self {
        match error {
            ImportError::Database(error) => Self::Broken(error.into()),
            ImportError::Frozen => Self::Step(error.to_string()),
            error => Self::Field(field, error.to_string()),
        }
    }
}

async fn end(
    desk: Desk,
    tx: Transaction<'static, Postgres>,
    mut fields: Fields,
    said: Result<(), No>,
    done: &str,
) -> Result<Response, WebError> {
    match said {
        Ok(()) => {
            tx.commit().await?;
            return Ok(Redirect::to(&format!("/elections/{}/manage?done={done}", desk.slug.0)).into_response());
        }
        Err(No::Broken(error)) => return Err(error),
        Err(_) => tx.rollback().await?,
    }
    match said {
        Err(No::Field(field, problem)) => {
            fields.fail(field, problem);
            refused(desk, fields, None).await
        }
        Err(No::Step(problem)) => refused(desk, fields, Some(problem)).await,
        Ok(()) | Err(No::Broken(_)) => Err(anyhow::anyhow!("a step ended twice").into()),
    }
}

macro_rules! no_from {
    ($($error:ident),*) => {$(
        impl From<$error> for No {
            fn from(error: $error) -> Self {
                match error {
                    $error::Database(error) => Self::Broken(error.into()),
                    error => Self::Step(error.to_string()),
                }
            }
        }
    )*};
}

no_from!(LifeError, RollError, PostError, CloseError);

impl From<FreezeError> for No {
    fn from(error: FreezeError) -> Self {
        match error {
            FreezeError::Database(error) => Self::Broken(error.into()),
            FreezeError::NotReady(_) => {
                Self::Step("Something that must be done before the freeze is not done yet.".into())
            }
            FreezeError::Coverage(_) => Self::Field(
                "reason",
                "The roll has gaps: write why it may be frozen all the same. The reason is published.".into(),
            ),
            error => Self::Step(error.to_string()),
        }
    }
}

impl From<RuleError> for No {
    fn from(error: RuleError) -> Self {
        Self::Step(error.to_string())
    }
}
