//! What people say of their own employment, for officers to decide. Nobody is signed
//! in yet (`verified` says when), so a claim changes nothing until an officer, who has
//! asked the person, accepts it; then it beats what files say. Little of it may wait.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{Affiliation, acquisition, affiliation, store};
use crate::db::violates;

/// Most claims of one person that wait.
pub const MOST_EACH: i64 = 2;
/// Most claims that wait at all.
pub const MOST_WAITING: i64 = 200;
/// Longest reason, in letters.
pub const MOST_LETTERS: usize = 500;

/// Why a claim was not taken or decided.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// What is wrong with a field of the form.
    #[error("{problem}")]
    Field { field: &'static str, problem: String },
    #[error("{MOST_EACH} claims of this person are waiting already; an officer has to decide them first")]
    TooManyOfOne,
    #[error("{MOST_WAITING} claims are waiting for the officers, and no more can; ask them directly")]
    TooMany,
    #[error("it overlaps with an accepted claim of this person, {0}: take that one back first, or change the days")]
    Overlaps(Affiliation),
    #[error("there is no such claim, or it is decided already")]
    Decided,
    #[error("write the reason: it stays beside the claim")]
    NoReason,
    #[error(transparent)]
    Db(#[from] sqlx::Error),
}

/// What is claimed, as it was typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct New<'a> {
    pub company: &'a str,
    pub from: &'a str,
    /// The last day, inside.
    pub last: &'a str,
    pub why: &'a str,
    /// A mail address of that company; only what comes after the @ is kept.
    pub mail: &'a str,
}

/// A claim as officers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub claim_id: i64,
    pub person_id: i64,
    pub login: Option<String>,
    pub span: Affiliation,
    pub why: String,
    pub mail_domain: Option<String>,
    /// The company that the map of domains has for it.
    pub domain_company: Option<String>,
    pub verified: bool,
    pub made_at: DateTime<Utc>,
    pub decided: Option<Decided>,
}

/// How a claim was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    pub accepted: bool,
    pub at: DateTime<Utc>,
    pub by: String,
    pub reason: String,
}

/// Lets a claim about a person wait for the officers. The caller commits.
pub async fn make(db: &mut PgConnection, person_id: i64, new: New<'_>, now: DateTime<Utc>) -> Result<(), ClaimError> {
    let span = span(new)?;
    let why = new.why.trim();
    if why.is_empty() || why.chars().count() > MOST_LETTERS {
        let problem = format!("Write in at most {MOST_LETTERS} letters how an officer can see that it is so.");
        return Err(ClaimError::Field { field: "why", problem });
    }
    let domain = domain(new.mail)?;
    // Two at once could both be the last that fits.
    let (own, all) = store::lock_waiting(db, person_id).await?;
    if own >= MOST_EACH {
        return Err(ClaimError::TooManyOfOne);
    }
    if all >= MOST_WAITING {
        return Err(ClaimError::TooMany);
    }
    if let Some(other) = store::accepted_in(db, person_id, &span).await? {
        return Err(ClaimError::Overlaps(other));
    }
    Ok(store::add_claim(db, person_id, &span, why, domain.as_deref(), now).await?)
}

fn span(new: New<'_>) -> Result<Affiliation, ClaimError> {
    let field = |field, problem: String| ClaimError::Field { field, problem };
    if new.company.trim().is_empty() || affiliation::company(new.company) == affiliation::ROBOTS {
        return Err(field("company", "Write the company's name, or Independent.".to_owned()));
    }
    let (from, last) = (day("from", new.from)?, day("last", new.last)?);
    let to = last.and_then(|last: NaiveDate| last.succ_opt());
    if matches!((from, to), (Some(from), Some(to)) if from >= to) {
        return Err(field("last", "The last day is before the first.".to_owned()));
    }
    Affiliation::new(new.company, from, to).map_err(|problem| field("company", problem))
}

fn day(field: &'static str, text: &str) -> Result<Option<NaiveDate>, ClaimError> {
    let day = text.trim();
    let problem = || format!("{day:?} is not a day; write it as 2016-01-31, or leave it empty.");
    if day.is_empty() {
        return Ok(None);
    }
    day.parse().map(Some).map_err(|_| ClaimError::Field { field, problem: problem() })
}

fn domain(mail: &str) -> Result<Option<String>, ClaimError> {
    let mail = mail.trim().to_lowercase();
    let fits = |domain: &str| {
        let letters = domain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
        letters && domain.contains('.') && domain.len() <= 253
    };
    match mail.split_once('@') {
        _ if mail.is_empty() => Ok(None),
        Some((name, domain)) if !name.is_empty() && fits(domain) => Ok(Some(domain.to_owned())),
        _ => Err(ClaimError::Field {
            field: "mail",
            problem: "Write it as name@example.org, or leave it empty.".to_owned(),
        }),
    }
}

/// Accepts a claim that waits: from now on it counts, and beats what files say.
pub async fn accept(
    db: &mut PgConnection,
    id: i64,
    by: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), ClaimError> {
    let claim = store::claim(db, id).await?.filter(|claim| claim.decided.is_none()).ok_or(ClaimError::Decided)?;
    if let Some(other) = store::accepted_in(db, claim.person_id, &claim.span).await? {
        return Err(ClaimError::Overlaps(other));
    }
    decide(db, &claim, true, by, reason, now).await
}

/// Refuses a claim that waits, or takes back one that was accepted.
pub async fn refuse(
    db: &mut PgConnection,
    id: i64,
    by: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), ClaimError> {
    let stands = |claim: &Claim| claim.decided.as_ref().is_none_or(|decided| decided.accepted);
    let claim = store::claim(db, id).await?.filter(stands).ok_or(ClaimError::Decided)?;
    decide(db, &claim, false, by, reason, now).await
}

async fn decide(
    db: &mut PgConnection,
    claim: &Claim,
    accepted: bool,
    by: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), ClaimError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(ClaimError::NoReason);
    }
    match store::decide_claim(db, claim.claim_id, accepted, by, reason, now).await {
        Ok(1) => {}
        Ok(_) => return Err(ClaimError::Decided),
        // Another officer was faster, or the accounts were merged since.
        Err(error) if violates(&error, "affiliation_claim_one_employer_at_a_time") => {
            return Err(ClaimError::Overlaps(claim.span.clone()));
        }
        Err(error) => return Err(error.into()),
    }
    let what = format!("claim of {} {}", claim.span, if accepted { "accepted" } else { "refused" });
    store::log(db, by, claim.person_id, &what, reason, now).await?;
    acquisition::settle(db).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use sqlx::PgPool;

    use super::*;

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 10, 1, 12, 0, 0).unwrap()
    }

    const ACME: New<'_> =
        New { company: "Acme", from: "2020-01-01", last: "2020-12-31", why: "my profile", mail: "ada@Acme.example" };

    async fn bench(db: &PgPool) -> sqlx::pool::PoolConnection<sqlx::Postgres> {
        let mut db = db.acquire().await.unwrap();
        sqlx::query("insert into actor values (7, 7, 'ada', false)").execute(&mut *db).await.unwrap();
        let file = "github_id,company,from,to\n7,Globex,2019-01-01,\n";
        affiliation::import(&mut db, file, noon().date_naive()).await.unwrap();
        db
    }

    async fn spans(db: &mut PgConnection) -> Vec<String> {
        store::affiliations(db, 7).await.unwrap().iter().map(ToString::to_string).collect()
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_accepted_claim_beats_a_file_until_it_is_taken_back(db: PgPool) {
        let mut db = bench(&db).await;
        make(&mut db, 7, ACME, noon()).await.unwrap();
        let claim = store::claims(&mut db).await.unwrap().remove(0);
        assert_eq!(
            (claim.login.as_deref(), claim.mail_domain.as_deref(), claim.verified),
            (Some("ada"), Some("acme.example"), false)
        );
        assert_eq!(spans(&mut db).await, ["Globex since 2019-01-01"], "nothing counts before it is decided");
        let no_reason = accept(&mut db, claim.claim_id, "eve", " ", noon()).await.unwrap_err();
        assert!(matches!(no_reason, ClaimError::NoReason));
        accept(&mut db, claim.claim_id, "eve", "asked her", noon()).await.unwrap();
        let cut = ["Globex 2019-01-01 to 2019-12-31", "Acme 2020-01-01 to 2020-12-31", "Globex since 2021-01-01"];
        assert_eq!(spans(&mut db).await, cut);
        assert!(matches!(accept(&mut db, claim.claim_id, "eve", "again", noon()).await, Err(ClaimError::Decided)));
        refuse(&mut db, claim.claim_id, "eve", "it was another Ada", noon()).await.unwrap();
        assert_eq!(spans(&mut db).await, ["Globex since 2019-01-01"]);
        let log: Vec<_> = store::people_log(&mut db, 9).await.unwrap().into_iter().map(|entry| entry.what).collect();
        let claimed = "claim of Acme 2020-01-01 to 2020-12-31";
        assert_eq!(log, [format!("{claimed} refused"), format!("{claimed} accepted")]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn nobody_has_two_accepted_employers_on_one_day(db: PgPool) {
        let mut db = bench(&db).await;
        let later = New { company: "Initech", from: "2020-12-31", last: "", ..ACME };
        make(&mut db, 7, ACME, noon()).await.unwrap();
        make(&mut db, 7, later, noon()).await.unwrap();
        let ids: Vec<i64> = store::claims(&mut db).await.unwrap().iter().map(|claim| claim.claim_id).collect();
        accept(&mut db, ids[0], "eve", "asked", noon()).await.unwrap();
        let why = "it overlaps with an accepted claim of this person, Acme 2020-01-01 to 2020-12-31: take that one back first, or change the days";
        assert_eq!(accept(&mut db, ids[1], "eve", "asked", noon()).await.unwrap_err().to_string(), why);
        assert_eq!(make(&mut db, 7, later, noon()).await.unwrap_err().to_string(), why);
        make(&mut db, 7, New { from: "2021-01-01", ..later }, noon()).await.unwrap();
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn little_may_wait_and_nothing_without_its_words(db: PgPool) {
        let mut db = bench(&db).await;
        let long = "x".repeat(501);
        for (new, field) in [
            (New { company: "", ..ACME }, "company"),
            (New { company: &long, ..ACME }, "company"),
            (New { company: "a\u{7}b", ..ACME }, "company"),
            (New { from: "soon", ..ACME }, "from"),
            (New { last: "2019-12-31", ..ACME }, "last"),
            (New { why: "", ..ACME }, "why"),
            (New { why: &long, ..ACME }, "why"),
            (New { mail: "ada", ..ACME }, "mail"),
        ] {
            let refused = make(&mut db, 7, new, noon()).await.unwrap_err();
            assert!(matches!(refused, ClaimError::Field { field: f, .. } if f == field), "{refused}");
        }
        make(&mut db, 7, ACME, noon()).await.unwrap();
        make(&mut db, 7, ACME, noon()).await.unwrap();
        assert!(matches!(make(&mut db, 7, ACME, noon()).await, Err(ClaimError::TooManyOfOne)));
        for person in 100..298 {
            make(&mut db, person, ACME, noon()).await.unwrap();
        }
        assert!(matches!(make(&mut db, 99, ACME, noon()).await, Err(ClaimError::TooMany)));
    }
}
