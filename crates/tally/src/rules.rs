//! The rules of a count: what an election publishes before the first ballot is cast.
//!
//! Each rule is written and read in the spelling of the command line.

use std::{cmp::Ordering, error, fmt, str::FromStr};

use crate::pairwise::Duel;

/// How ballots become seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What a blank means.
    pub blank: BlankRule,
    /// What makes one victory stronger than another.
    pub strength: Strength,
    /// How many are to be elected; more than there are candidates seats them all.
    pub seats: usize,
}

/// What it means to leave a candidate without a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlankRule {
    /// `last`: below every ranked candidate and level with the other blanks (Debian).
    Last,
    /// `no-opinion`: the ballot does not count in any duel of that candidate (CIVS, Elekto).
    NoOpinion,
}

/// What makes one victory stronger than another.
///
/// From section 2.1 of Markus Schulze, "A new monotonic, clone-independent, reversal symmetric,
/// and Condorcet-consistent single-winner election method" (2011), where all four satisfy the
/// conditions his proofs need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strength {
    /// `winning-votes`: the votes for the winner of the duel.
    WinningVotes,
    /// `margins`: the votes for the winner less those for the loser.
    Margins,
    /// `wl`: the votes for the winner, then the fewer votes for the loser (CIVS, Belenios).
    WinsThenLosses,
    /// `ratio`: the votes for the winner divided by those for the loser.
    ///
    /// Compared by cross-multiplication. A victory without any vote against stands above all
    /// others, and such victories are ordered by their votes.
    Ratio,
}

impl Strength {
    /// Compares two victories; the greater one is stronger.
    ///
    /// ```
    /// use std::cmp::Ordering;
    /// use tally::{Candidate, Duel, Strength};
    ///
    /// let duel = |for_first, for_second| {
    ///     Duel { first: Candidate(0), second: Candidate(1), for_first, for_second }
    /// };
    /// let (clear, close) = (duel(6, 1), duel(9, 8));
    /// assert_eq!(Strength::WinningVotes.compare(&clear, &close), Ordering::Less);
    /// assert_eq!(Strength::Margins.compare(&clear, &close), Ordering::Greater);
    /// assert_eq!(Strength::Ratio.compare(&duel(1, 0), &duel(900, 1)), Ordering::Greater);
    /// ```
    #[must_use]
    pub fn compare(self, a: &Duel, b: &Duel) -> Ordering {
        let fewer_against = || b.for_second.cmp(&a.for_second);
        match self {
            Self::WinningVotes => a.for_first.cmp(&b.for_first),
            Self::Margins => a.margin().cmp(&b.margin()),
            Self::WinsThenLosses => a.for_first.cmp(&b.for_first).then_with(fewer_against),
            Self::Ratio if a.for_second == 0 || b.for_second == 0 => {
                let unopposed = |duel: &Duel| (duel.for_second == 0, duel.for_first);
                unopposed(a).cmp(&unopposed(b))
            }
            Self::Ratio => {
                let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
                product(a.for_first, b.for_second).cmp(&product(b.for_first, a.for_second))
            }
        }
    }
}

/// A rule whose spelling is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRule {
    found: String,
    expected: &'static str,
}

impl fmt::Display for UnknownRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found `{}`", self.expected, self.found)
    }
}

impl error::Error for UnknownRule {}

impl FromStr for BlankRule {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        match text {
            "last" => Ok(Self::Last),
            "no-opinion" => Ok(Self::NoOpinion),
            _ => Err(UnknownRule { found: text.into(), expected: "`last` or `no-opinion`" }),
        }
    }
}

impl fmt::Display for BlankRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Last => "last",
            Self::NoOpinion => "no-opinion",
        })
    }
}

impl FromStr for Strength {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        match text {
            "winning-votes" => Ok(Self::WinningVotes),
            "margins" => Ok(Self::Margins),
            "wl" => Ok(Self::WinsThenLosses),
            "ratio" => Ok(Self::Ratio),
            _ => Err(UnknownRule { found: text.into(), expected: "`winning-votes`, `margins`, `wl` or `ratio`" }),
        }
    }
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WinningVotes => "winning-votes",
            Self::Margins => "margins",
            Self::WinsThenLosses => "wl",
            Self::Ratio => "ratio",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_are_written() {
        for rule in [BlankRule::Last, BlankRule::NoOpinion] {
            assert_eq!(rule.to_string().parse(), Ok(rule));
        }
        let strengths = [Strength::WinningVotes, Strength::Margins, Strength::WinsThenLosses, Strength::Ratio];
        for rule in strengths {
            assert_eq!(rule.to_string().parse(), Ok(rule));
        }
    }

    #[test]
    fn unknown_rules_say_what_was_expected() {
        let error = "Last".parse::<BlankRule>().unwrap_err();
        assert_eq!(error.to_string(), "expected `last` or `no-opinion`, found `Last`");
        let error = "wv".parse::<Strength>().unwrap_err().to_string();
        assert_eq!(error, "expected `winning-votes`, `margins`, `wl` or `ratio`, found `wv`");
    }
}
