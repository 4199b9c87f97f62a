//! Sealing: HPKE (RFC 9180, base mode; X25519, HKDF-SHA256, ChaCha20-Poly1305)
//! to the election's seal key. A plaintext is one byte per candidate, so every
//! sealed ballot of an election has the same length whatever it says.

use hpke::{
    Deserializable, HpkeError, Kem as _, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256, single_shot_open, single_shot_seal_with_rng,
};
use sha2::{Digest, Sha256};

use super::ballot::Ranking;
use crate::random::Random;

type Kem = X25519HkdfSha256;
/// Bytes of the encapsulated key that a sealed ballot begins with.
const ENCAPPED: usize = 32;

/// The public half of a seal key.
pub(super) fn public_of(secret: &[u8; 32]) -> Result<Vec<u8>, HpkeError> {
    let secret = <Kem as hpke::Kem>::PrivateKey::from_bytes(secret)?;
    Ok(Kem::sk_to_pk(&secret).to_bytes().to_vec())
}

/// Seals a ranking to an election's public key.
pub(super) fn seal(public: &[u8], election_id: i64, ranking: &Ranking, random: &Random) -> Result<Vec<u8>, HpkeError> {
    let public = <Kem as hpke::Kem>::PublicKey::from_bytes(public)?;
    let (encapped, ciphertext) = random.with(|mut rng| {
        single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeS::Base,
            &public,
            &info(election_id),
            ranking.ranks(),
            b"",
            &mut rng,
        )
    })?;
    Ok([encapped.to_bytes().as_slice(), &ciphertext].concat())
}

/// Opens what [`seal`] made: the ranks, one byte per candidate.
pub(super) fn open(secret: &[u8; 32], election_id: i64, sealed: &[u8]) -> Result<Vec<u8>, HpkeError> {
    let (encapped, ciphertext) = sealed.split_at_checked(ENCAPPED).ok_or(HpkeError::OpenError)?;
    single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
        &OpModeR::Base,
        &<Kem as hpke::Kem>::PrivateKey::from_bytes(secret)?,
        &<Kem as hpke::Kem>::EncappedKey::from_bytes(encapped)?,
        &info(election_id),
        ciphertext,
        b"",
    )
}

/// The leaf hash of RFC 6962: SHA-256(0x00 ‖ sealed). It is the voter's receipt.
pub(super) fn leaf(sealed: &[u8]) -> Vec<u8> {
    Sha256::new().chain_update([0]).chain_update(sealed).finalize().to_vec()
}

fn info(election_id: i64) -> Vec<u8> {
    [b"hustings ballot".as_slice(), &election_id.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_ballot_opens_only_with_its_key_and_in_its_election() {
        let random = Random::seeded(1);
        let secret = random.bytes();
        let public = public_of(&secret).unwrap();
        let ranking = Ranking::from_ranks(vec![1, 0, 2]);
        let sealed = seal(&public, 5, &ranking, &random).unwrap();
        assert_eq!(open(&secret, 5, &sealed).unwrap(), [1, 0, 2]);
        assert!(open(&secret, 6, &sealed).is_err());
        assert!(open(&random.bytes(), 5, &sealed).is_err());
        assert!(open(&secret, 5, &sealed[..20]).is_err());
    }

    #[test]
    fn the_length_says_nothing_and_equal_ballots_do_not_look_alike() {
        let random = Random::seeded(1);
        let public = public_of(&random.bytes()).unwrap();
        let one = |ranks| seal(&public, 5, &Ranking::from_ranks(ranks), &random).unwrap();
        assert_eq!(one(vec![0, 0, 0]).len(), one(vec![3, 2, 1]).len());
        assert_ne!(leaf(&one(vec![1, 2, 3])), leaf(&one(vec![1, 2, 3])));
    }
}
