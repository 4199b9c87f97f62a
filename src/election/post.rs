//! Who gets which mail, and what link is in it. The outbox holds neither token
//! nor address nor body; each mail is composed here again when it is sent.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{Connection, PgConnection};

use super::{
    Election, Phase, box_store,
    keys::{ElectionKey, KeyDir, KeyError, Token},
    store,
};
use crate::{
    auth::Officer,
    eligibility,
    jobs::{self, NewJob},
    mail::{
        self, MailRow, NewMail,
        messages::{self, About, Message},
    },
    random::Random,
};

/// Job that sends one mail; payload `{"mail_id"}`.
pub const JOB_SEND: &str = "mail.send";
/// Job that works off a reminder run; payload `{"election_id"}`.
pub const JOB_REMIND: &str = "election.remind";
/// Reminders that end together, so that the time of an end says nothing of one voter.
const REMINDED_TOGETHER: usize = 100;

/// Why nothing was enqueued or composed.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    #[error("reminders can be sent while voting is open; this election is not open now")]
    NotOpen,
    #[error("a reminder run is on its way already")]
    Running,
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Enqueues the invitation of every voter with an address; once, however often it runs.
pub async fn invite(
    db: &mut PgConnection,
    election_id: i64,
    (public_url, random): (&str, &Random),
    now: DateTime<Utc>,
) -> sqlx::Result<usize> {
    let mut tx = db.begin().await?;
    let election = store::locked(&mut tx, election_id).await?;
    let invited = mail::by_kind(&mut tx, election_id).await?.iter().any(|(kind, _, _)| kind == "invitation");
    if invited || election.phase(now) != Phase::Voting {
        return Ok(0);
    }
    let roll = eligibility::entries(&mut tx, election_id).await?;
    let reachable: Vec<i64> = roll.into_iter().filter(|e| e.email.is_some()).map(|e| e.github_id).collect();
    enqueue(&mut tx, election_id, "invitation", &reachable, (public_url, random), now).await?;
    let detail = format!("{} invitations", reachable.len());
    store::append_log(&mut tx, election_id, now, "hustings", "invited", &detail).await?;
    tx.commit().await?;
    Ok(reachable.len())
}

pub(super) async fn enqueue(
    db: &mut PgConnection,
    election_id: i64,
    kind: &'static str,
    people: &[i64],
    (public_url, random): (&str, &Random),
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    for mail_id in mail::enqueue(db, election_id, &new_mails(kind, people, public_url, random), now).await? {
        let payload = json!({ "mail_id": mail_id });
        jobs::enqueue(db, NewJob { kind: JOB_SEND, payload, unique_key: None, run_at: now }).await?;
    }
    Ok(())
}

fn new_mails(kind: &'static str, people: &[i64], public_url: &str, random: &Random) -> Vec<NewMail> {
    let host = public_url.rsplit('/').next().and_then(|h| h.split(':').next()).unwrap_or("localhost");
    let id = || format!("<{kind}.{}@{host}>", hex::encode(random.bytes::<12>()));
    people.iter().map(|github_id| NewMail { kind, github_id: *github_id, message_id: id() }).collect()
}

/// Begins a reminder run: a row for *every* voter, whoever has voted.
pub async fn remind(
    db: &mut PgConnection,
    officer: &Officer,
    election_id: i64,
    (public_url, random): (&str, &Random),
    now: DateTime<Utc>,
) -> Result<(), PostError> {
    let election = store::locked(db, election_id).await?;
    if election.phase(now) != Phase::Voting {
        return Err(PostError::NotOpen);
    }
    if !mail::reminders(db, election_id).await?.is_empty() {
        return Err(PostError::Running);
    }
    let everyone: Vec<i64> = store::voters(db, election_id).await?.into_iter().map(|v| v.0).collect();
    mail::enqueue(db, election_id, &new_mails("reminder", &everyone, public_url, random), now).await?;
    let payload = json!({ "election_id": election_id });
    let unique_key = Some(format!("{JOB_REMIND} {election_id}"));
    jobs::enqueue(db, NewJob { kind: JOB_REMIND, payload, unique_key, run_at: now }).await?;
    store::append_log(db, election_id, now, officer.login(), "reminded", "those without a ballot in the box").await?;
    Ok(())
}

/// A mail with its address and message id.
#[derive(Clone, Debug)]
pub struct Addressed {
    pub to: String,
    pub message_id: String,
    pub message: Message,
}

/// Takes the next reminders of a run: ends their rows all alike, and then returns
/// those that are needed. A reminder lost on the way is not sent again: to know
/// which, one would have to keep who has not voted.
///
/// Returns `None` when the run is over.
pub async fn take_reminders(
    db: &mut PgConnection,
    keys: &KeyDir,
    election_id: i64,
    public_url: &str,
    now: DateTime<Utc>,
) -> Result<Option<Vec<Addressed>>, PostError> {
    let mut tx = db.begin().await?;
    let election = store::locked(&mut tx, election_id).await?;
    let mut waiting = mail::reminders(&mut tx, election_id).await?;
    waiting.truncate(REMINDED_TOGETHER);
    let Some(last) = waiting.last().map(|row| row.github_id) else { return Ok(None) };
    let mut needed = Vec::new();
    if election.phase(now) == Phase::Voting {
        let key = keys.election(&election.slug)?;
        needed = without_ballot(&mut tx, &election, &key, waiting).await?;
    }
    mail::mark_reminded(&mut tx, election_id, last, now).await?;
    let mut mails = Vec::new();
    for (row, token) in needed {
        mails.extend(ballot_mail(&mut tx, &election, &row, &token, public_url).await?);
    }
    tx.commit().await?;
    Ok(Some(mails))
}

/// The rows whose voter has no ballot in the box, with the voter's token.
async fn without_ballot(
    db: &mut PgConnection,
    election: &Election,
    key: &ElectionKey,
    rows: Vec<MailRow>,
) -> sqlx::Result<Vec<(MailRow, Token)>> {
    let generations: std::collections::HashMap<i64, i32> =
        store::voters(db, election.election_id).await?.into_iter().collect();
    let with_tokens: Vec<(MailRow, Token)> = rows
        .into_iter()
        .filter_map(|row| {
            let token = key.voter_token(row.github_id, *generations.get(&row.github_id)?);
            Some((row, token))
        })
        .collect();
    let keys: Vec<Vec<u8>> = with_tokens.iter().map(|(_, t)| t.ballot_key(election.election_id)).collect();
    let held = box_store::held(db, election.election_id, &keys).await?;
    Ok(with_tokens.into_iter().filter(|(_, t)| !held.contains(&t.ballot_key(election.election_id))).collect())
}

/// Composes a mail of the outbox; `None` when nobody is to get it any more.
pub async fn compose(
    db: &mut PgConnection,
    keys: &KeyDir,
    row: &MailRow,
    public_url: &str,
    now: DateTime<Utc>,
) -> Result<Option<Addressed>, PostError> {
    let election = store::by_id(db, row.election_id).await?;
    match row.kind.as_str() {
        "invitation" if election.phase(now) == Phase::Voting => {
            let Some(generation) = store::generation(db, row.election_id, row.github_id).await? else {
                return Ok(None);
            };
            let token = keys.election(&election.slug)?.voter_token(row.github_id, generation);
            Ok(ballot_mail(db, &election, row, &token, public_url).await?)
        }
        "nomination" if election.phase(now) == Phase::Nominating => {
            let key = keys.election(&election.slug)?;
            Ok(nomination_mail(db, &election, row, &key, public_url).await?)
        }
        _ => Ok(None),
    }
}

async fn ballot_mail(
    db: &mut PgConnection,
    election: &Election,
    row: &MailRow,
    token: &Token,
    public_url: &str,
) -> sqlx::Result<Option<Addressed>> {
    let entry = eligibility::entry_by_id(db, election.election_id, row.github_id).await?;
    let Some((login, to)) = entry.and_then(|e| Some((e.login, e.email?))) else { return Ok(None) };
    let link = format!("{public_url}/vote/{}", token.reveal());
    let about = about(election, public_url);
    let message = if row.kind == "reminder" {
        messages::reminder(&about, &login, link)
    } else {
        messages::invitation(&about, &login, link)
    };
    Ok(Some(Addressed { to, message_id: row.message_id.clone(), message }))
}

async fn nomination_mail(
    db: &mut PgConnection,
    election: &Election,
    row: &MailRow,
    key: &ElectionKey,
    public_url: &str,
) -> sqlx::Result<Option<Addressed>> {
    let entry = eligibility::entry_by_id(db, election.election_id, row.github_id).await?;
    let nominee = store::nominee_of(db, election.election_id, row.github_id).await?;
    let Some((nominee, login, to)) = nominee.zip(entry).and_then(|(n, e)| Some((n, e.login, e.email?))) else {
        return Ok(None);
    };
    let token = key.nominee_token(nominee.candidate_id);
    store::set_accept_link(db, nominee.candidate_id, &token.auth_sha256()).await?;
    let link = format!("{public_url}/nominations/{}", token.reveal());
    let until = election.nominations_close_at.unwrap_or(election.opens_at);
    let by = Some(nominee.nominated_by.as_str()).filter(|_| !nominee.is_self_nominated());
    let message = messages::nomination(&about(election, public_url), &login, by, until, link);
    Ok(Some(Addressed { to, message_id: row.message_id.clone(), message }))
}

fn about(election: &Election, public_url: &str) -> About {
    About {
        organisation: election.organisation.clone(),
        title: election.title.clone(),
        seats: election.seats,
        closes_at: election.closes_at,
        page: format!("{public_url}/elections/{}", election.slug),
        definition: election.definition_short(),
    }
}
