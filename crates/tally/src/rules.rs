//! The rules of a count: what an election publishes before the first ballot is cast.
//!
//! Each rule is written and read in the spelling of the command line.

use std::{cmp::Ordering, error, fmt, str::FromStr};

use crate::ballot::Rank;
use crate::pairwise::Duel;
use crate::ties::TieOrder;

/// How ballots become seats.
///
/// ```
/// use tally::{BlankRule, Method, Rules};
///
/// let rules = Rules { method: "copeland".parse()?, seats: 3, ..Rules::new(BlankRule::NoOpinion) };
/// assert_eq!((rules.method, rules.seats), (Method::Copeland, 3));
/// # Ok::<(), tally::UnknownRule>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How the ballots are counted.
    pub method: Method,
    /// What makes one victory stronger than another; methods without victories do not look at it.
    pub strength: Strength,
    /// What a blank means.
    pub blank: BlankRule,
    /// How Schulze's relation becomes an order; the other methods do not look at it.
    pub order: SeatOrder,
    /// How many are to be elected; more than there are candidates seats them all.
    pub seats: usize,
    /// What breaks a tie, where one was declared; without it ties stay ties.
    pub tie_order: Option<TieOrder>,
}

impl Rules {
    /// The rules that hold where nothing else is said: Schulze's method by winning votes, one
    /// seat, and ties left open. What a blank means is always said.
    ///
    /// ```
    /// use tally::{BlankRule, Method, Rules, SeatOrder, Strength};
    ///
    /// let rules = Rules::new(BlankRule::NoOpinion);
    /// assert_eq!((rules.method, rules.strength), (Method::Schulze, Strength::WinningVotes));
    /// assert_eq!((rules.order, rules.seats, &rules.tie_order), (SeatOrder::Tiers, 1, &None));
    /// assert_ne!(rules, Rules::new(BlankRule::Last));
    /// ```
    #[must_use]
    pub const fn new(blank: BlankRule) -> Self {
        let (method, strength, order) = (Method::Schulze, Strength::WinningVotes, SeatOrder::Tiers);
        Self { method, strength, blank, order, seats: 1, tie_order: None }
    }
}

/// How the ballots are counted: one file of [`crate::methods`] each.
///
/// ```
/// use tally::{Method, Rank};
///
/// assert_eq!("ranked-pairs".parse(), Ok(Method::RankedPairs));
/// assert_eq!("approval-3".parse(), Ok(Method::Approval(Rank::new(3))));
/// // A rank begins with 1.
/// assert!("approval-0".parse::<Method>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `schulze`: by the strongest paths of victories.
    Schulze,
    /// `ranked-pairs`: by locking victories, the strongest first, unless they contradict (MAM).
    RankedPairs,
    /// `minimax`: by the strongest defeat, the weakest first.
    Minimax,
    /// `minimax-opposition`: by the most ballots above the candidate in any duel, fewest first.
    MinimaxOpposition,
    /// `copeland`: by duels won and, half as much, tied.
    Copeland,
    /// `kemeny-young`: by the order that agrees with the ballots on most pairs.
    KemenyYoung,
    /// `irv`: whoever has the fewest first places goes out, round by round.
    InstantRunoff,
    /// `benham`: the same, until someone beats everyone else who is left.
    Benham,
    /// `smith-irv`: the same within the Smith set.
    SmithIrv,
    /// `tideman-alternative`: the same, within the Smith set of those left in each round.
    TidemanAlternative,
    /// `btr-irv`: of the two with the fewest first places, the one that loses their duel goes out.
    BottomTwoRunoff,
    /// `plurality`: the most first places.
    Plurality,
    /// `borda`: a point for everyone whom a ballot ranks below.
    Borda,
    /// `approval`: the most ballots that rank a candidate at all, or `approval-3`: down to the
    /// third rank, gaps not counted.
    Approval(Option<Rank>),
    /// `scottish-stv`: seats by quota, surpluses transferred as in Scottish local elections.
    ScottishStv,
    /// `meek-stv`: seats by quota, surpluses shared by Meek's keep factors.
    MeekStv,
    /// `cpo-stv`: seats by quota, comparing each set of winners with each other one.
    CpoStv,
}

impl Method {
    /// Every method and its spelling, in the order they are listed to people.
    ///
    /// Of `approval-K`, which is a method for each number, only the one without a number.
    pub const ALL: [(Self, &str); 17] = [
        (Self::Schulze, "schulze"),
        (Self::RankedPairs, "ranked-pairs"),
        (Self::Minimax, "minimax"),
        (Self::MinimaxOpposition, "minimax-opposition"),
        (Self::Copeland, "copeland"),
        (Self::KemenyYoung, "kemeny-young"),
        (Self::TidemanAlternative, "tideman-alternative"),
        (Self::SmithIrv, "smith-irv"),
        (Self::Benham, "benham"),
        (Self::BottomTwoRunoff, "btr-irv"),
        (Self::InstantRunoff, "irv"),
        (Self::Plurality, "plurality"),
        (Self::Borda, "borda"),
        (Self::Approval(None), "approval"),
        (Self::ScottishStv, "scottish-stv"),
        (Self::MeekStv, "meek-stv"),
        (Self::CpoStv, "cpo-stv"),
    ];
}

impl FromStr for Method {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        let numbered = text.strip_prefix("approval-").and_then(|number| Rank::new(number.parse().ok()?));
        let numbered = numbered.map(|rank| Self::Approval(Some(rank)));
        let all = Self::ALL.iter().map(|(method, _)| *method).chain(numbered);
        let expected = || any_of(&[&Self::ALL[..], &[(Self::Approval(None), "approval-3")]].concat());
        let mut found = all.filter(|method| method.to_string() == text);
        found.next().ok_or_else(|| UnknownRule { found: text.into(), expected: expected() })
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Approval(Some(rank)) = self {
            return write!(f, "approval-{}", rank.get());
        }
        let spelling = Self::ALL.iter().find(|(method, _)| method == self);
        f.write_str(spelling.map_or("?", |(_, spelling)| spelling))
    }
}

/// How Schulze's relation becomes an order of all candidates.
///
/// ```
/// use tally::SeatOrder;
///
/// assert_eq!("defeats".parse(), Ok(SeatOrder::Defeats));
/// let error = "victories".parse::<SeatOrder>().unwrap_err();
/// assert_eq!(error.to_string(), "expected `tiers` or `defeats`, found `victories`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SeatOrder {
    /// `tiers`: those above whom nobody left stands, again and again.
    Tiers,
    /// `defeats`: by how many stand above each, fewest first (Elekto).
    Defeats,
}

/// What it means to leave a candidate without a rank.
///
/// ```
/// use tally::BlankRule;
///
/// assert_eq!("no-opinion".parse(), Ok(BlankRule::NoOpinion));
/// let error = "Last".parse::<BlankRule>().unwrap_err();
/// assert_eq!(error.to_string(), "expected `last` or `no-opinion`, found `Last`");
/// ```
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
///
/// ```
/// use tally::Strength;
///
/// assert_eq!("wl".parse(), Ok(Strength::WinsThenLosses));
/// let error = "wv".parse::<Strength>().unwrap_err();
/// assert_eq!(error.to_string(), "expected `winning-votes`, `margins`, `wl` or `ratio`, found `wv`");
/// ```
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
            // The products tell one unopposed victory from any other, but not two.
            Self::Ratio if a.for_second == 0 && b.for_second == 0 => a.for_first.cmp(&b.for_first),
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
    pub(crate) found: String,
    pub(crate) expected: String,
}

impl UnknownRule {
    pub(crate) fn new<T>(found: &str, spellings: &[(T, &str)]) -> Self {
        Self { found: found.to_owned(), expected: any_of(spellings) }
    }
}

impl fmt::Display for UnknownRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found `{}`", self.expected, self.found)
    }
}

impl error::Error for UnknownRule {}

impl BlankRule {
    /// Both rules and their spellings.
    pub const ALL: [(Self, &str); 2] = [(Self::Last, "last"), (Self::NoOpinion, "no-opinion")];
}

impl Strength {
    /// Every strength and its spelling.
    pub const ALL: [(Self, &str); 4] = [
        (Self::WinningVotes, "winning-votes"),
        (Self::Margins, "margins"),
        (Self::WinsThenLosses, "wl"),
        (Self::Ratio, "ratio"),
    ];
}

impl SeatOrder {
    /// Both orders and their spellings.
    pub const ALL: [(Self, &str); 2] = [(Self::Tiers, "tiers"), (Self::Defeats, "defeats")];
}

/// Reads and writes a rule by the table of its spellings.
macro_rules! spelled {
    ($($rule:ty),*) => {$(
        impl std::str::FromStr for $rule {
            type Err = UnknownRule;

            fn from_str(text: &str) -> Result<Self, UnknownRule> {
                let found = Self::ALL.iter().find(|(_, spelling)| *spelling == text);
                found.map(|(rule, _)| *rule).ok_or_else(|| UnknownRule::new(text, &Self::ALL))
            }
        }

        impl fmt::Display for $rule {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let spelling = Self::ALL.iter().find(|(rule, _)| rule == self);
                f.write_str(spelling.map_or("?", |(_, spelling)| spelling))
            }
        }
    )*};
}

pub(crate) use spelled;

spelled!(BlankRule, Strength, SeatOrder);

/// "`a`, `b` or `c`", of two at least.
pub(crate) fn any_of<T>(spellings: &[(T, &str)]) -> String {
    let quoted: Vec<_> = spellings.iter().map(|(_, spelling)| format!("`{spelling}`")).collect();
    match quoted.split_last() {
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;
    use crate::ballot::Candidate;

    #[test]
    fn rules_are_read_as_they_are_written() {
        fn both_ways<R: Copy + FromStr<Err = UnknownRule> + fmt::Debug + fmt::Display + PartialEq>(all: &[(R, &str)]) {
            for (rule, spelling) in all {
                assert_eq!(rule.to_string(), *spelling);
                assert_eq!(spelling.parse(), Ok(*rule));
            }
        }
        both_ways(&Method::ALL);
        both_ways(&BlankRule::ALL);
        both_ways(&Strength::ALL);
        both_ways(&SeatOrder::ALL);
    }

    #[test]
    fn ratios_are_compared_across_and_unopposed_victories_stand_above_them() {
        let duel = |(for_first, for_second)| Duel { first: Candidate(0), second: Candidate(1), for_first, for_second };
        // Each weaker than the next; 9:6 is as strong as 3:2.
        let ascending = [(9, 8), (3, 2), (4, 2), (900, 1), (1, 0), (2, 0)].map(duel);
        for pair in ascending.windows(2) {
            assert_eq!(Strength::Ratio.compare(&pair[0], &pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(Strength::Ratio.compare(&pair[1], &pair[0]), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(Strength::Ratio.compare(&duel((9, 6)), &duel((3, 2))), Ordering::Equal);
        assert_eq!(Strength::Ratio.compare(&duel((5, 0)), &duel((5, 0))), Ordering::Equal);
    }

    #[test]
    fn approval_is_read_with_a_number_and_without() {
        let third = Method::Approval(Rank::new(3));
        assert_eq!((third.to_string(), "approval-3".parse()), ("approval-3".to_owned(), Ok(third)));
        for wrong in ["approval-0", "approval-03", "approval-+3", "approval-", "approval-3 ", "irv-3"] {
            assert!(wrong.parse::<Method>().is_err(), "{wrong}");
        }
        let error = "star".parse::<Method>().unwrap_err().to_string();
        assert!(error.ends_with("`cpo-stv` or `approval-3`, found `star`"), "{error}");
    }

    #[test]
    fn unknown_rules_say_what_was_expected() {
        let error = "Last".parse::<BlankRule>().unwrap_err();
        assert_eq!(error.to_string(), "expected `last` or `no-opinion`, found `Last`");
        let error = "wv".parse::<Strength>().unwrap_err().to_string();
        assert_eq!(error, "expected `winning-votes`, `margins`, `wl` or `ratio`, found `wv`");
    }
}
