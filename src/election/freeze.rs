//! Freezing: what is still to do before it, and what it fixes. From then on the
//! definition and the roll cannot change; voting opens and closes by the clock.

use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::{
    Candidate, Election, box_store,
    definition::MOST_CANDIDATES,
    keys::{KeyDir, KeyError},
    result, seal, store,
};
use crate::{
    auth::{self, Officer},
    eligibility::{self, Rule},
    jobs::{self, NewJob},
    random::Random,
};

/// Job that invites every voter when voting opens; payload `{"election_id"}`.
pub const JOB_INVITE: &str = "election.invite";
/// Job that closes the poll; payload `{"election_id"}`.
pub const JOB_CLOSE: &str = "election.close";

/// Something still to do, as an action phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Todo {
    pub phrase: String,
    /// Whether freezing refuses while it stands; others are advice.
    pub must: bool,
}

/// Why an election was not frozen.
#[derive(Debug, thiserror::Error)]
pub enum FreezeError {
    #[error("the election is frozen already")]
    Already,
    #[error("before the election can be frozen:\n{}", phrases(.0))]
    NotReady(Vec<Todo>),
    #[error("the data has changed since the roll was built: build it again")]
    Stale,
    #[error("the roll of this election cannot be made again: {0}")]
    Roll(String),
    #[error("the roll has gaps: {0}; an officer may freeze it all the same with a written reason, which is published")]
    Coverage(String),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the seal key cannot be used: {0}")]
    Seal(#[from] hpke::HpkeError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

fn phrases(todos: &[Todo]) -> String {
    todos.iter().map(|t| format!("- {}", t.phrase)).collect::<Vec<_>>().join("\n")
}

/// What is still to do before this election can open.
pub async fn readiness(db: &mut PgConnection, election: &Election, now: DateTime<Utc>) -> sqlx::Result<Vec<Todo>> {
    let id = election.election_id;
    let candidates = store::candidates(db, id).await?;
    let (voters, unreachable) = eligibility::size(db, id).await?;
    let officers = auth::officers(db).await?;
    let standing = officers.iter().find(|(id, _, _)| candidates.iter().any(|c| c.github_id == Some(*id)));
    let nominees = store::nominees(db, id).await?;
    let seats = usize::try_from(election.seats).unwrap_or(0);
    let refusal = result::rules(election).ok().and_then(|rules| refusal(&rules, candidates.len()));
    let nominating = election.nominations_close_at.is_some_and(|at| now < at);
    let findings = [
        (true, election.announced_at.is_none(), "announce the election".to_owned()),
        (true, nominating, "wait until nominations have closed".to_owned()),
        (true, now >= election.closes_at, "choose a closing time that is not past: make the election again".to_owned()),
        (true, election.roll_sha256.is_none() || voters == 0, "build or import the roll".to_owned()),
        (true, candidates.len() > MOST_CANDIDATES, format!("have {MOST_CANDIDATES} candidates at most on the ballot")),
        (
            true,
            candidates.len() < 2,
            format!("have two candidates or more on the ballot; there are {}", candidates.len()),
        ),
        (true, refusal.is_some(), format!("choose another method: {}", refusal.unwrap_or_default())),
        (true, standing.is_some(), {
            let login = standing.map_or("", |(_, login, _)| login);
            format!("choose other officers: @{login} is a candidate")
        }),
        (false, candidates.len() <= seats, format!("find more candidates than the {seats} seats")),
        (
            false,
            !nominees.is_empty(),
            format!("ask those who were nominated and have not answered: {}", nominees.len()),
        ),
        (false, unreachable > 0 && voters > 0, format!("find the address of {unreachable} of {voters} voters")),
    ];
    Ok(findings.into_iter().filter(|f| f.1).map(|(must, _, phrase)| Todo { phrase, must }).collect())
}

/// Why the method would not count so many candidates.
fn refusal(rules: &tally::Rules, candidates: usize) -> Option<String> {
    let nobody_voted = tally::Profile::new(candidates).ok()?;
    tally::count(&nobody_voted, rules).err().map(|refusal| refusal.to_string())
}

/// Fixes definition and roll, makes the keys and the ballot box, and schedules
/// the invitations and the close. `reason` is the officer's word for a roll with
/// gaps; it goes into the public log.
pub async fn freeze(
    db: &mut PgConnection,
    officer: &Officer,
    (keys, random): (&KeyDir, &Random),
    election_id: i64,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Election, FreezeError> {
    let election = store::locked(db, election_id).await?;
    if election.frozen_at.is_some() {
        return Err(FreezeError::Already);
    }
    let must: Vec<Todo> = readiness(db, &election, now).await?.into_iter().filter(|t| t.must).collect();
    if !must.is_empty() {
        return Err(FreezeError::NotReady(must));
    }
    let reason = reason.map(str::trim).filter(|r| !r.is_empty());
    if let (Some(gap), None) = (gaps(db, &election).await?, reason) {
        return Err(FreezeError::Coverage(gap));
    }
    check_roll(db, &election).await?;
    let candidates = store::candidates(db, election_id).await?;
    let definition = definition(&election, &candidates);
    let public = seal::public_of(&keys.seal_or_new(&election.slug, random)?)?;
    let frozen = store::Frozen {
        definition: &definition,
        definition_sha256: &Sha256::digest(definition.as_bytes()),
        seal_public: &public,
    };
    store::set_frozen(db, election_id, &frozen, now).await?;
    make_voters(db, &election, keys, random).await?;
    box_store::make(db, election_id).await?;
    schedule(db, &election).await?;
    let detail = format!("definition {}{}", hex::encode(frozen.definition_sha256), noted(reason));
    store::append_log(db, election_id, now, officer.login(), "frozen", &detail).await?;
    Ok(store::by_id(db, election_id).await?)
}

fn noted(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |r| format!("; with gaps in the roll's data: {r}"))
}

/// What is missing in the window of the rule, if anything is.
async fn gaps(db: &mut PgConnection, election: &Election) -> sqlx::Result<Option<String>> {
    let Ok(rule) = Rule::parse(&election.rule) else { return Ok(None) };
    let coverage = rule.coverage(db).await?;
    Ok((!coverage.is_complete()).then(|| coverage.sentence()))
}

/// A roll that a rule made must be the one it would make now.
async fn check_roll(db: &mut PgConnection, election: &Election) -> Result<(), FreezeError> {
    if election.rule.is_empty() {
        return Ok(());
    }
    let rule = Rule::parse(&election.rule).map_err(|e| FreezeError::Roll(e.to_string()))?;
    let lock = eligibility::roll::lock_now(db, &rule).await.map_err(|e| FreezeError::Roll(e.to_string()))?;
    if eligibility::lock_text(db, election.election_id).await? == Some(lock) { Ok(()) } else { Err(FreezeError::Stale) }
}

async fn make_voters(
    db: &mut PgConnection,
    election: &Election,
    keys: &KeyDir,
    random: &Random,
) -> Result<(), FreezeError> {
    let key = keys.election_or_new(&election.slug, random)?;
    let roll = eligibility::entries(db, election.election_id).await?;
    let ids: Vec<i64> = roll.iter().map(|e| e.github_id).collect();
    let auth: Vec<Vec<u8>> = ids.iter().map(|id| key.voter_token(*id, 0).auth_sha256()).collect();
    Ok(store::insert_voters(db, election.election_id, &ids, &auth).await?)
}

async fn schedule(db: &mut PgConnection, election: &Election) -> sqlx::Result<()> {
    for (kind, run_at) in [(JOB_INVITE, election.opens_at), (JOB_CLOSE, election.closes_at)] {
        let unique_key = Some(format!("{kind} {}", election.election_id));
        let payload = json!({ "election_id": election.election_id });
        jobs::enqueue(db, NewJob { kind, payload, unique_key, run_at }).await?;
    }
    Ok(())
}

/// The definition as canonical JSON: keys sorted, no spaces, one newline.
fn definition(election: &Election, candidates: &[Candidate]) -> String {
    let candidate =
        |c: &Candidate| json!({ "id": c.candidate_id, "name": c.name, "login": c.login, "employer": c.employer });
    let json = json!({
        "format": "hustings definition 1",
        "slug": election.slug,
        "title": election.title,
        "organisation": election.organisation,
        "seats": election.seats,
        "method": election.method,
        "order": election.seat_order,
        "strength": election.strength,
        "blank": election.blank,
        "opens_at": election.opens_at,
        "closes_at": election.closes_at,
        "rule": election.rule,
        "roll_sha256": election.roll_sha256.as_ref().map(hex::encode),
        "candidates": candidates.iter().map(candidate).collect::<Vec<_>>(),
    });
    format!("{json}\n")
}

#[cfg(test)]
mod tests {
    use tally::{BlankRule, Method, Rules};

    use super::refusal;

    #[test]
    fn a_method_that_cannot_count_the_candidates_is_found_out_before_the_vote() {
        let rules = |method| Rules { method, seats: 3, ..Rules::new(BlankRule::Last) };
        assert_eq!(refusal(&rules(Method::Schulze), 100), None);
        assert_eq!(refusal(&rules(Method::KemenyYoung), 10), None);
        assert!(refusal(&rules(Method::KemenyYoung), 19).unwrap().contains("at most 18 candidates, found 19"));
        assert!(refusal(&rules(Method::CpoStv), 30).unwrap().contains("meek-stv"));
    }
}
