//! From ballots and rules to who is elected.

use crate::ballot::Candidate;
use crate::methods::{self, Refusal, Working};
use crate::pairwise::Matrix;
use crate::profile::Profile;
use crate::rules::Rules;
use crate::sets::{self, Condorcet};
use crate::ties::TieOrder;

/// All that a count finds. Every list of candidates is in their order unless it says otherwise.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The rules it was counted by.
    pub rules: Rules,
    /// Who is ranked above whom, and on how many ballots.
    pub matrix: Matrix,
    /// The Condorcet winner, the unbeaten candidates and the Condorcet loser.
    pub condorcet: Condorcet,
    /// The smallest set whose members beat everyone outside it.
    pub smith: Vec<Candidate>,
    /// The union of the smallest sets that nobody outside beats.
    pub schwartz: Vec<Candidate>,
    /// All candidates in tiers, best first; those in a tier are level.
    pub ranking: Vec<Vec<Candidate>>,
    /// How the method came to that.
    pub working: Working,
    /// Who sits, and who ties for what is left.
    pub seats: Seats,
}

/// Counts ballots by the rules.
///
/// With several seats, "Schulze, the first k" is not defined by the paper. Here the candidates
/// above whom nobody stands are the first tier, those above whom nobody stands among the others
/// are the second, and so on; see [`Seats::fill`] for the tier that crosses the seat line, and
/// [`Seats::break_tie`] for what a declared tie order does to it. The ranking shows the tie still.
///
/// ```
/// use tally::{BlankRule, Candidate, Profile, Rank, Rules, TieOrder};
///
/// let mut profile = Profile::new(3)?;
/// profile.push(&[Rank::new(1), Rank::new(2), Rank::new(3)], 5)?;
/// profile.push(&[Rank::new(1), Rank::new(3), Rank::new(2)], 5)?;
/// let [ada, ben, cy] = [0, 1, 2].map(Candidate);
///
/// let mut rules = Rules::new(BlankRule::Last);
/// let outcome = tally::count(&profile, &rules)?;
/// assert_eq!(outcome.condorcet.winner, Some(ada));
/// assert_eq!(outcome.ranking, [vec![ada], vec![ben, cy]]);
///
/// // Two seats: the second is not decided by the ballots.
/// rules.seats = 2;
/// let seats = tally::count(&profile, &rules)?.seats;
/// assert_eq!((&seats.winners[..], seats.tie(), seats.open), (&[ada][..], &[ben, cy][..], 1));
///
/// // A tie order that was declared before the vote decides it, and it is said that it did.
/// rules.tie_order = TieOrder::new(vec![cy, ben, ada]);
/// let outcome = tally::count(&profile, &rules)?;
/// assert_eq!(outcome.ranking, [vec![ada], vec![ben, cy]]);
/// assert_eq!((&outcome.seats.winners, outcome.seats.by_tie_order()), (&vec![ada, cy], vec![cy]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the method cannot count this election, or the tie order is not for its candidates.
pub fn count(profile: &Profile, rules: &Rules) -> Result<Outcome, Refusal> {
    check_tie_order(profile, rules)?;
    let matrix = Matrix::count(profile, rules.blank);
    let (ranking, working) = methods::rank(profile, &matrix, rules)?;
    Ok(Outcome {
        rules: rules.clone(),
        condorcet: sets::condorcet(&matrix),
        smith: sets::smith(&matrix),
        schwartz: sets::schwartz(&matrix),
        seats: Seats::by(&ranking, rules),
        matrix,
        ranking,
        working,
    })
}

/// Refuses a tie order of other candidates than those of the profile.
pub(crate) fn check_tie_order(profile: &Profile, rules: &Rules) -> Result<(), Refusal> {
    let expected = profile.candidates();
    match rules.tie_order.as_ref().map(TieOrder::candidates) {
        Some(found) if found != expected => Err(Refusal::TieOrder { found, expected }),
        _ => Ok(()),
    }
}

/// Who sits, and the ties that decide it, broken or open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seats {
    /// Those seated for certain or by a declared tie order, best tier first.
    pub winners: Vec<Candidate>,
    /// The ties that decide who sits, best first: at most one at the seat line, and under a cap
    /// those of one employer.
    pub ties: Vec<SeatTie>,
    /// The seats that nobody has for certain: those of open ties, and those for which there are
    /// not enough candidates.
    pub open: usize,
}

/// A tie that decides who sits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatTie {
    /// Those level who could sit, in the order of the candidates.
    pub among: Vec<Candidate>,
    /// The seats they are level for.
    pub seats: usize,
    /// The employer whose cap makes it a tie; nobody where it is the seat line.
    pub employer: Option<String>,
    /// Those whom the tie order seated, in its order; nobody where the tie is open.
    pub by_tie_order: Vec<Candidate>,
}

impl SeatTie {
    /// Says whether nothing broke it.
    ///
    /// ```
    /// use tally::{Candidate, Seats, TieOrder};
    ///
    /// let seats = Seats::fill(&[[0, 1].map(Candidate).to_vec()], 1);
    /// assert!(seats.ties[0].is_open());
    /// let order = TieOrder::new([1, 0].map(Candidate).to_vec()).unwrap();
    /// assert!(!seats.break_tie(&order).ties[0].is_open());
    /// ```
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.by_tie_order.is_empty()
    }
}

impl Seats {
    /// Seats whole tiers from the top until one is larger than the seats left.
    ///
    /// ```
    /// use tally::{Candidate, Seats};
    ///
    /// let [a, b, c] = [0, 1, 2].map(Candidate);
    /// let seats = Seats::fill(&[vec![a, b], vec![c]], 2);
    /// assert_eq!((&seats.winners[..], seats.tie()), (&[a, b][..], &[][..]));
    /// let seats = Seats::fill(&[vec![a, b], vec![c]], 1);
    /// assert_eq!((&seats.winners[..], seats.tie()), (&[][..], &[a, b][..]));
    /// ```
    #[must_use]
    pub fn fill(ranking: &[Vec<Candidate>], seats: usize) -> Self {
        let mut filled = Self { open: seats, ..Self::default() };
        for tier in ranking {
            if tier.len() > filled.open {
                if filled.open > 0 {
                    let (among, seats) = (tier.clone(), filled.open);
                    filled.ties.push(SeatTie { among, seats, employer: None, by_tie_order: Vec::new() });
                }
                break;
            }
            filled.open -= tier.len();
            filled.winners.extend(tier);
        }
        filled
    }

    /// Gives the open seats to those of the tie who come first in a tie order.
    ///
    /// ```
    /// use tally::{Candidate, Seats, TieOrder};
    ///
    /// let [a, b, c] = [0, 1, 2].map(Candidate);
    /// let order = TieOrder::new(vec![c, a, b]).unwrap();
    /// let seats = Seats::fill(&[vec![a, b, c]], 2).break_tie(&order);
    /// assert_eq!((&seats.winners[..], seats.open), (&[c, a][..], 0));
    /// // What is broken is no tie any more, and it is still told.
    /// assert_eq!((seats.tie(), &seats.ties[0].among[..]), (&[][..], &[a, b, c][..]));
    ///
    /// // Without a tie the order is not used.
    /// let seats = Seats::fill(&[vec![a], vec![b, c]], 1).break_tie(&order);
    /// assert_eq!((&seats.winners[..], seats.by_tie_order()), (&[a][..], vec![]));
    /// ```
    ///
    /// # Panics
    ///
    /// When one who ties is no candidate of the order.
    #[must_use]
    pub fn break_tie(mut self, order: &TieOrder) -> Self {
        for tie in self.ties.iter_mut().filter(|tie| tie.is_open()) {
            tie.by_tie_order.clone_from(&tie.among);
            tie.by_tie_order.sort_by(|a, b| order.compare(*a, *b));
            tie.by_tie_order.truncate(tie.seats);
            self.winners.extend(&tie.by_tie_order);
            self.open -= tie.seats;
        }
        self
    }

    /// Returns the tier that crosses the seat line, in order; nobody where none does, or where a
    /// tie order broke that tie.
    ///
    /// ```
    /// use tally::{Candidate, Seats};
    ///
    /// let [a, b] = [0, 1].map(Candidate);
    /// assert_eq!(Seats::fill(&[vec![a, b]], 1).tie(), [a, b]);
    /// assert_eq!(Seats::fill(&[vec![a, b]], 2).tie(), []);
    /// ```
    #[must_use]
    pub fn tie(&self) -> &[Candidate] {
        let at_line = |tie: &&SeatTie| tie.employer.is_none() && tie.is_open();
        self.ties.iter().find(at_line).map_or(&[], |tie| &tie.among)
    }

    /// Returns whom the declared tie order seated, tie by tie in its order.
    ///
    /// ```
    /// use tally::{Candidate, Seats, TieOrder};
    ///
    /// let order = TieOrder::new([1, 0].map(Candidate).to_vec()).unwrap();
    /// let seats = Seats::fill(&[[0, 1].map(Candidate).to_vec()], 1);
    /// assert_eq!(seats.by_tie_order(), []);
    /// assert_eq!(seats.break_tie(&order).by_tie_order(), [Candidate(1)]);
    /// ```
    #[must_use]
    pub fn by_tie_order(&self) -> Vec<Candidate> {
        self.ties.iter().flat_map(|tie| &tie.by_tie_order).copied().collect()
    }

    /// Returns how many seats stay empty, as nobody is left who could sit there.
    ///
    /// ```
    /// use tally::{Candidate, Seats};
    ///
    /// assert_eq!(Seats::fill(&[vec![Candidate(0)]], 3).vacant(), 2);
    /// // The seats of a tie are open and not empty.
    /// let seats = Seats::fill(&[[0, 1].map(Candidate).to_vec()], 1);
    /// assert_eq!((seats.open, seats.vacant()), (1, 0));
    /// ```
    #[must_use]
    pub fn vacant(&self) -> usize {
        self.open - self.ties.iter().filter(|tie| tie.is_open()).map(|tie| tie.seats).sum::<usize>()
    }
}

impl Seats {
    /// The same seats when the candidates are places in a list of others.
    pub(crate) fn among(&self, left: &[Candidate]) -> Self {
        let original = |list: &[Candidate]| list.iter().map(|candidate| left[candidate.0]).collect();
        let tie = |tie: &SeatTie| {
            let (among, by_tie_order) = (original(&tie.among), original(&tie.by_tie_order));
            SeatTie { among, by_tie_order, ..tie.clone() }
        };
        Self { winners: original(&self.winners), ties: self.ties.iter().map(tie).collect(), open: self.open }
    }
}

/// How somebody fared, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    Seated,
    Tied,
    Out,
}

impl Seats {
    /// Who is seated in an order by the rules.
    pub(crate) fn by(ranking: &[Vec<Candidate>], rules: &Rules) -> Self {
        let seats = Self::fill(ranking, rules.seats);
        match &rules.tie_order {
            Some(order) => seats.break_tie(order),
            None => seats,
        }
    }

    pub(crate) fn fate(&self, candidate: Candidate) -> Fate {
        match candidate {
            seated if self.winners.contains(&seated) => Fate::Seated,
            tied if self.ties.iter().any(|tie| tie.is_open() && tie.among.contains(&tied)) => Fate::Tied,
            _ => Fate::Out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::BlankRule;

    fn fill(seats: usize) -> (Vec<usize>, Vec<usize>, usize) {
        let ranking = [vec![3], vec![0, 2], vec![1]].map(|tier| tier.into_iter().map(Candidate));
        let filled = Seats::fill(&ranking.map(Iterator::collect), seats);
        let indices = |list: Vec<Candidate>| list.iter().map(|candidate| candidate.0).collect();
        (indices(filled.winners.clone()), indices(filled.tie().to_vec()), filled.open)
    }

    #[test]
    fn a_tier_that_fits_is_seated_whole() {
        assert_eq!(fill(1), (vec![3], vec![], 0));
        assert_eq!(fill(3), (vec![3, 0, 2], vec![], 0));
    }

    #[test]
    fn a_tier_that_crosses_the_seat_line_ties_for_what_is_left() {
        assert_eq!(fill(2), (vec![3], vec![0, 2], 1));
    }

    #[test]
    fn a_broken_tie_is_still_told() {
        let everyone = [0, 1, 2, 3].map(Candidate);
        let order = TieOrder::new(everyone.into_iter().rev().collect()).unwrap();
        let broken = Seats::fill(&[everyone.to_vec()], 2).break_tie(&order);
        let first = [3, 2].map(Candidate).to_vec();
        let tie = SeatTie { among: everyone.to_vec(), seats: 2, employer: None, by_tie_order: first.clone() };
        assert_eq!(broken, Seats { winners: first, ties: vec![tie], open: 0 });
        assert_eq!((broken.tie(), broken.vacant()), (&[][..], 0));
    }

    #[test]
    fn only_those_of_an_open_tie_are_tied() {
        let fates = |seats: &Seats| [0, 1, 2, 3].map(|n| seats.fate(Candidate(n)));
        let open = Seats::fill(&[vec![Candidate(0)], vec![Candidate(1), Candidate(2)], vec![Candidate(3)]], 2);
        assert_eq!(fates(&open), [Fate::Seated, Fate::Tied, Fate::Tied, Fate::Out]);
        let order = TieOrder::new([0, 2, 1, 3].map(Candidate).to_vec()).unwrap();
        assert_eq!(fates(&open.break_tie(&order)), [Fate::Seated, Fate::Out, Fate::Seated, Fate::Out]);
    }

    #[test]
    fn seats_that_nobody_is_left_for_are_not_a_tie_to_break() {
        let order = TieOrder::new(vec![Candidate(0)]).unwrap();
        let seats = Seats::fill(&[vec![Candidate(0)]], 2);
        assert_eq!(seats.clone().break_tie(&order), seats);
    }

    #[test]
    fn a_tie_order_of_other_candidates_is_refused() {
        let rules = Rules { tie_order: TieOrder::new(vec![Candidate(0)]), ..Rules::new(BlankRule::Last) };
        let refusal = count(&Profile::new(2).unwrap(), &rules).unwrap_err();
        assert_eq!(refusal, Refusal::TieOrder { found: 1, expected: 2 });
    }

    #[test]
    fn no_seats_leave_no_tie() {
        assert_eq!(fill(0), (vec![], vec![], 0));
    }

    #[test]
    fn seats_beyond_the_candidates_stay_open() {
        assert_eq!(fill(6), (vec![3, 0, 2, 1], vec![], 2));
    }
}
