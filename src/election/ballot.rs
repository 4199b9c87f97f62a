//! What a voter says: a rank or no opinion for each candidate of one election.

use super::Candidate;

/// Ranks by candidate, in the order of the definition: 1 is best, equal ranks are
/// allowed, 0 is no opinion. It can hold only this election's candidates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranking(Vec<u8>);

/// Why a form is not a ballot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BallotError {
    #[error("{name} was given the rank {found:?}, but ranks go from 1 to {max}; 1 is your favourite")]
    Rank { name: String, found: String, max: usize },
    #[error(
        "the form names a candidate who is not on this ballot; open your link again and start from the form it shows"
    )]
    Candidate,
    #[error("nothing is chosen yet: rank at least one candidate, or choose “no opinion” for every one of them")]
    Untouched,
}

/// Why a ballot should be looked at twice before it is cast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusual {
    /// No opinion on anyone: it counts for turnout alone.
    NoOpinion,
    /// Everyone equal: it prefers nobody.
    AllEqual,
}

impl Ranking {
    /// Reads a form: pairs of candidate id and choice (a rank, `none`, or empty
    /// for a control that was not touched). A candidate without a pair is not ranked.
    pub fn parse<'a>(
        candidates: &[Candidate],
        fields: impl IntoIterator<Item = (i64, &'a str)>,
    ) -> Result<Self, BallotError> {
        let mut ranks = vec![0; candidates.len()];
        let mut touched = false;
        for (id, choice) in fields {
            let at = candidates.iter().position(|c| c.candidate_id == id).ok_or(BallotError::Candidate)?;
            touched |= !choice.is_empty();
            ranks[at] = rank(&candidates[at], choice, candidates.len())?;
        }
        if touched { Ok(Self(ranks)) } else { Err(BallotError::Untouched) }
    }

    /// Ranks as counted before, e.g. when a sealed ballot is opened.
    pub fn from_ranks(ranks: Vec<u8>) -> Self {
        Self(ranks)
    }

    /// One rank a candidate, 0 for no opinion.
    pub fn ranks(&self) -> &[u8] {
        &self.0
    }

    /// Candidates by place: indices of those tied for first, then second, …
    pub fn places(&self) -> Vec<Vec<usize>> {
        let mut used: Vec<u8> = self.0.iter().copied().filter(|r| *r > 0).collect();
        used.sort_unstable();
        used.dedup();
        used.into_iter().map(|rank| self.at_rank(rank)).collect()
    }

    /// Indices of candidates without an opinion.
    pub fn blanks(&self) -> Vec<usize> {
        self.at_rank(0)
    }

    fn at_rank(&self, rank: u8) -> Vec<usize> {
        (0..self.0.len()).filter(|i| self.0[*i] == rank).collect()
    }

    /// Whether it should be asked about twice.
    pub fn unusual(&self) -> Option<Unusual> {
        match (self.places().len(), self.blanks().len()) {
            (0, _) => Some(Unusual::NoOpinion),
            (1, 0) if self.0.len() > 1 => Some(Unusual::AllEqual),
            _ => None,
        }
    }
}

fn rank(candidate: &Candidate, choice: &str, max: usize) -> Result<u8, BallotError> {
    if choice.is_empty() || choice == "none" {
        return Ok(0);
    }
    let rank = choice.parse::<u8>().ok().filter(|r| (1..=max).contains(&usize::from(*r)));
    rank.ok_or_else(|| BallotError::Rank { name: candidate.name.clone(), found: choice.into(), max })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates() -> Vec<Candidate> {
        [("Ada", 11), ("Ben", 12), ("Cy", 13)].map(|(name, id)| Candidate::named(id, name)).to_vec()
    }

    fn parse(fields: &[(i64, &str)]) -> Result<Ranking, BallotError> {
        Ranking::parse(&candidates(), fields.iter().copied())
    }

    #[test]
    fn ranks_ties_and_no_opinion_are_read() {
        let ranking = parse(&[(11, "2"), (12, "1"), (13, "2")]).unwrap();
        assert_eq!(ranking.places(), [vec![1], vec![0, 2]]);
        let ranking = parse(&[(11, "3"), (12, "none")]).unwrap();
        assert_eq!((ranking.places(), ranking.blanks()), (vec![vec![0]], vec![1, 2]));
    }

    #[test]
    fn a_rank_out_of_range_names_the_candidate_and_the_range() {
        for bad in ["0", "4", "-1", "256", "x", "1.5"] {
            assert_eq!(parse(&[(12, bad)]), Err(BallotError::Rank { name: "Ben".into(), found: bad.into(), max: 3 }));
        }
    }

    #[test]
    fn a_candidate_not_on_the_ballot_is_refused() {
        assert_eq!(parse(&[(11, "1"), (99, "2")]), Err(BallotError::Candidate));
    }

    #[test]
    fn an_untouched_form_is_refused_and_an_explicit_no_opinion_is_not() {
        assert_eq!(parse(&[(11, ""), (12, ""), (13, "")]), Err(BallotError::Untouched));
        assert_eq!(parse(&[]), Err(BallotError::Untouched));
        let none = parse(&[(11, "none"), (12, "none"), (13, "none")]).unwrap();
        assert_eq!(none.unusual(), Some(Unusual::NoOpinion));
        assert_eq!(parse(&[(11, "2"), (12, "2"), (13, "2")]).unwrap().unusual(), Some(Unusual::AllEqual));
        assert_eq!(parse(&[(11, "2"), (12, "2")]).unwrap().unusual(), None);
    }
}
