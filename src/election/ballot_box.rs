//! The ballot box. A cast writes, in one statement, the ballot and an unnumbered
//! log leaf, and nothing else, anywhere: no voter row, no session, no mail, no
//! time (SECRECY.md). The lock decides every race with the close.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Candidate, Election, Phase, ballot::Ranking, box_store, keys::Token, seal, store};
use crate::{
    clock::Clock,
    db::{LockClass, lock_shared},
    random::Random,
};

/// What a personal link opens.
#[derive(Clone, Debug)]
pub struct Booth {
    pub election: Election,
    /// In the order of the definition, which a [`Ranking`] follows.
    pub candidates: Vec<Candidate>,
    /// The same in this voter's own order, in which they are shown.
    pub shuffled: Vec<Candidate>,
    pub login: String,
    /// The address the link was sent to, shortened: `v…r@example.org`.
    pub address: Option<String>,
    /// Whether a ballot of this link is in the box.
    pub has_ballot: bool,
}

/// A cast that was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cast {
    /// The receipt: hex of the leaf.
    pub receipt: String,
    /// Whether an earlier ballot was replaced.
    pub replaced: bool,
}

/// Why a ballot was not taken.
#[derive(Debug, thiserror::Error)]
pub enum CastError {
    /// Unknown, withdrawn and mistyped links read alike.
    #[error("this link opens no ballot: open it again from the mail, whole and unchanged")]
    Link,
    #[error("voting has not opened yet; it opens on {}", crate::clock::utc_text(*.0))]
    NotOpen(DateTime<Utc>),
    #[error("voting closed on {}; no ballot can be cast or replaced any more", crate::clock::utc_text(*.0))]
    Closed(DateTime<Utc>),
    #[error("this election was cancelled; no ballot can be cast")]
    Cancelled,
    #[error("the ballot could not be sealed, so it was not cast: {0}")]
    Seal(String),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Looks behind a link; writes nothing.
pub async fn open(db: &mut PgConnection, token: &Token) -> Result<Booth, CastError> {
    let voter = store::voter_by_auth(db, &token.auth_sha256()).await?.ok_or(CastError::Link)?;
    let id = voter.election_id;
    let has_ballot = box_store::holds(db, id, &token.ballot_key(id)).await?;
    let candidates = store::candidates(db, id).await?;
    Ok(Booth {
        election: store::by_id(db, id).await?,
        shuffled: shuffled(candidates.clone(), token),
        candidates,
        address: voter.email.as_deref().map(shortened),
        login: voter.login,
        has_ballot,
    })
}

/// Casts or replaces the ballot of a link. `ranking` is in the order of the
/// definition. Must run inside a transaction: the lock ends with it.
pub async fn cast(
    db: &mut PgConnection,
    (clock, random): (&Clock, &Random),
    token: &Token,
    ranking: &Ranking,
) -> Result<Cast, CastError> {
    let id = store::voter_by_auth(db, &token.auth_sha256()).await?.ok_or(CastError::Link)?.election_id;
    lock_shared(db, LockClass::BallotBox, store::lock_number(id)).await?;
    let election = store::by_id(db, id).await?;
    let public = open_poll(&election, clock.now())?;
    let sealed = seal::seal(public, id, ranking, random).map_err(|e| CastError::Seal(e.to_string()))?;
    let leaf = seal::leaf(&sealed);
    let replaced = box_store::cast(db, id, &token.ballot_key(id), &leaf, &sealed).await?;
    Ok(Cast { receipt: hex::encode(leaf), replaced })
}

/// The key to seal to, while the poll is open.
pub fn open_poll(election: &Election, now: DateTime<Utc>) -> Result<&[u8], CastError> {
    match (election.phase(now), &election.seal_public) {
        (Phase::Voting, Some(public)) => Ok(public),
        (Phase::Cancelled, _) => Err(CastError::Cancelled),
        _ if election.closes_at <= now => Err(CastError::Closed(election.closes_at)),
        _ => Err(CastError::NotOpen(election.opens_at)),
    }
}

/// An order of candidates that differs from voter to voter and stays the same
/// for one: sorted by a keyed hash.
fn shuffled(mut candidates: Vec<Candidate>, token: &Token) -> Vec<Candidate> {
    use sha2::{Digest, Sha256};
    let seed = token.shuffle_seed();
    candidates
        .sort_by_cached_key(|c| Sha256::new().chain_update(seed).chain_update(c.candidate_id.to_be_bytes()).finalize());
    candidates
}

/// `voter@example.org` as `v…r@example.org`.
fn shortened(address: &str) -> String {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    let mut letters = local.chars();
    let (first, last) = (letters.next().unwrap_or('…'), letters.next_back());
    format!("{first}…{}@{domain}", last.map(String::from).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shortened_to_its_ends() {
        assert_eq!(shortened("voter@example.org"), "v…r@example.org");
        assert_eq!(shortened("v@example.org"), "v…@example.org");
    }

    #[test]
    fn the_order_of_candidates_is_stable_for_a_voter_and_differs_between_voters() {
        let all: Vec<Candidate> = (1..=8).map(|i| Candidate::named(i, &format!("C{i}"))).collect();
        let order = |byte: u8| shuffled(all.clone(), &Token::parse(&hex::encode([byte; 32])).unwrap());
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
    }
}
