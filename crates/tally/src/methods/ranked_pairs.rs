//! Ranked pairs: victories are locked in, the strongest first, unless they contradict those before.
//!
//! T. N. Tideman, "Independence of clones as a criterion for voting rules", Social Choice and
//! Welfare 4 (1987). Equally strong victories are the hard part, and are treated in one of two ways:
//!
//! - with a tie order, as in T. M. Zavist and T. N. Tideman, "Complete independence of clones in
//!   the ranked pairs rule" (1989), by the conditions of Steve Eppley's "Maximize Affirmed
//!   Majorities" (MAM): of two equally strong victories the one whose loser comes later in the tie
//!   order is decided first, and with the same loser the one whose winner comes earlier. So no two
//!   victories are equal, and the result is strict;
//! - without one, neutrally, as the CIVS voting service does (Andrew Myers, `cgi-bin/rp.pm`):
//!   equally strong victories are a bunch, of which each is locked unless those locked from the
//!   bunches before contradict it, whatever the others of its own bunch say. A bunch can so close
//!   a cycle, whose candidates are then level. Of those above whom nobody left stands, the ones
//!   with the weakest worst defeat by anyone left make the tier. With
//!   [`Strength::WinsThenLosses`], and so with winning votes, this is the order of CIVS, but for
//!   one case: CIVS skips a victory only where it puts somebody on a cycle who was on none, so
//!   that a weaker victory can join two cycles against a stronger one, and whether it does can
//!   depend on the order of the candidates.
//!
//! So the second step of CIVS can put one of two first whom locked victories leave unbeaten and
//! whose own duel is level, because somebody further down beats the other one, here C beats A 7–5:
//!
//! ```
//! use tally::{BlankRule, Matrix, Strength, formats::csv, methods::ranked_pairs::RankedPairs};
//!
//! let ballots = b"#count,A,B,C,D\n3,3,4,2,1\n5,1,2,4,3\n3,4,2,3,1\n1,2,3,1,4\n";
//! let matrix = Matrix::count(&csv::read(ballots).unwrap().profile, BlankRule::Last);
//! let [a, d] = [0, 3].map(tally::Candidate);
//! assert_eq!((matrix.above(a, d), matrix.above(d, a)), (6, 6));
//! let pairs = RankedPairs::lock(&matrix, Strength::WinningVotes, None);
//! assert_eq!(pairs.tiers()[0], [d]);
//! ```
//!
//! No tie order is ever enumerated.

use std::{cmp::Ordering, iter};

use super::minimax::Defeats;
use crate::ballot::Candidate;
use crate::pairwise::{Duel, Matrix};
use crate::rules::Strength;
use crate::ties::TieOrder;

/// A victory, and whether it was locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The victory, its winner first.
    pub victory: Duel,
    /// Which bunch of equals it was decided with, counted from 0, the strongest.
    pub bunch: usize,
    /// Whether it was locked; else it was skipped, because it contradicted stronger ones.
    pub locked: bool,
}

/// The victories, locked or skipped, and the order that follows.
///
/// ```
/// use tally::{Candidate, Matrix, Strength, methods::ranked_pairs::RankedPairs};
///
/// let [a, b, c] = [0, 1, 2].map(Candidate);
/// let cycle = Matrix::from([[0, 7, 4], [2, 0, 6], [5, 3, 0]]);
/// let pairs = RankedPairs::lock(&cycle, Strength::WinningVotes, None);
/// assert_eq!(pairs.tiers(), [vec![a], vec![b], vec![c]]);
/// // The victory of c over a contradicts those of a over b and b over c.
/// assert_eq!(pairs.decisions().iter().map(|it| it.locked).collect::<Vec<_>>(), [true, true, false]);
/// ```
#[derive(Clone, Debug)]
pub struct RankedPairs {
    decisions: Vec<Decision>,
    reach: Reach,
    tiers: Vec<Vec<Candidate>>,
    /// Equally strong victories, none against stronger ones, of which the tie order had one skipped
    /// for another.
    contested: Vec<Vec<Duel>>,
    /// Those level whom the tie order put in order, in that order.
    drawn: Vec<Vec<Candidate>>,
    /// For each tier those unbeaten when its turn came, with their worst defeat; none where a tie
    /// order decided.
    weighed: Vec<Vec<(Candidate, Option<Duel>)>>,
}

impl RankedPairs {
    /// Locks the victories of a matrix, in O(candidates³).
    ///
    /// Victories that are equal by `strength` are ordered by their winning votes, then by the
    /// fewer votes against them, then by the tie order where there is one.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, Strength, TieOrder, methods::ranked_pairs::RankedPairs};
    ///
    /// let [a, b, c] = [0, 1, 2].map(Candidate);
    /// let cycle = Matrix::from([[0, 7, 4], [4, 0, 7], [7, 4, 0]]);
    /// let level = RankedPairs::lock(&cycle, Strength::Margins, None);
    /// assert_eq!(level.tiers(), [[a, b, c]]);
    ///
    /// // The loser that comes last loses first: a over b, then c over a.
    /// let order = TieOrder::new(vec![c, a, b]);
    /// let strict = RankedPairs::lock(&cycle, Strength::Margins, order.as_ref());
    /// assert_eq!(strict.tiers(), [[c], [a], [b]]);
    /// ```
    ///
    /// # Panics
    ///
    /// When a tie order lacks a candidate of the matrix.
    #[must_use]
    pub fn lock(matrix: &Matrix, strength: Strength, tie_order: Option<&TieOrder>) -> Self {
        let stronger = |a: &Duel, b: &Duel| strength.compare(a, b).then_with(|| Strength::WinsThenLosses.compare(a, b));
        let earlier = |a: &Duel, b: &Duel| stronger(b, a).then_with(|| by_tie_order(tie_order, a, b));
        let mut victories: Vec<Duel> = matrix.duels().filter(|duel| duel.winner().is_some()).collect();
        victories.sort_by(earlier);
        let mut reach = Reach::new(matrix.candidates().count());
        let mut decisions = Vec::with_capacity(victories.len());
        let mut contested = Vec::new();
        let mut bunches = 0;
        for equals in victories.chunk_by(|a, b| stronger(a, b).is_eq()) {
            let free = |it: &&Duel| !reach.contains(it.second, it.first);
            let free: Vec<Duel> = equals.iter().filter(free).copied().collect();
            for bunch in equals.chunk_by(|a, b| earlier(a, b).is_eq()) {
                reach.lock(bunch, bunches, &mut decisions);
                bunches += 1;
            }
            if decisions.iter().rev().take(equals.len()).filter(|it| it.locked).count() < free.len() {
                contested.push(free);
            }
        }
        let mut pairs = Self { decisions, reach, tiers: vec![], contested, drawn: vec![], weighed: vec![] };
        match tie_order {
            Some(order) => pairs.strict_tiers(order),
            None => pairs.neutral_tiers(Defeats::new(matrix, stronger)),
        }
        pairs
    }

    /// Returns the victories in the order they were decided, those of a bunch in no order.
    ///
    /// ```
    /// use tally::{Matrix, Strength, methods::ranked_pairs::RankedPairs};
    ///
    /// let cycle = Matrix::from([[0, 7, 4], [4, 0, 7], [7, 4, 0]]);
    /// let pairs = RankedPairs::lock(&cycle, Strength::Margins, None);
    /// assert!(pairs.decisions().iter().all(|it| it.bunch == 0 && it.locked));
    ///
    /// // A tie is no victory.
    /// let tied = RankedPairs::lock(&Matrix::from([[0, 5], [5, 0]]), Strength::Margins, None);
    /// assert!(tied.decisions().is_empty());
    /// ```
    #[must_use]
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// Returns all candidates in tiers, best first, each tier in order.
    ///
    /// Without a tie order a tier is, of those above whom nobody left stands, the ones with the
    /// weakest worst defeat by anyone left, as CIVS has it. With one, all of them follow each other in that order,
    /// each a tier of its own: it lifts nobody above a candidate whom nobody left beats.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, Strength, TieOrder, methods::ranked_pairs::RankedPairs};
    ///
    /// // 0 beats 1, and 2 ties with both.
    /// let [a, b, c] = [0, 1, 2].map(Candidate);
    /// let matrix = Matrix::from([[0, 5, 3], [1, 0, 3], [3, 3, 0]]);
    /// assert_eq!(RankedPairs::lock(&matrix, Strength::Margins, None).tiers(), [vec![a, c], vec![b]]);
    /// let order = TieOrder::new(vec![a, b, c]);
    /// let strict = RankedPairs::lock(&matrix, Strength::Margins, order.as_ref());
    /// assert_eq!(strict.tiers(), [[a], [c], [b]]);
    /// ```
    #[must_use]
    pub fn tiers(&self) -> &[Vec<Candidate>] {
        &self.tiers
    }

    /// Returns the equally strong victories, each list as they were decided, of which the tie order
    /// had one skipped for another; none that stronger ones contradict is among them.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, Strength, TieOrder, methods::ranked_pairs::RankedPairs};
    ///
    /// let cycle = Matrix::from([[0, 7, 4], [4, 0, 7], [7, 4, 0]]);
    /// let order = TieOrder::new([2, 0, 1].map(Candidate).to_vec());
    /// let contested = |order| RankedPairs::lock(&cycle, Strength::Margins, order).contested().len();
    /// // Without a tie order all of them are locked.
    /// assert_eq!((contested(order.as_ref()), contested(None)), (1, 0));
    /// ```
    #[must_use]
    pub fn contested(&self) -> &[Vec<Duel>] {
        &self.contested
    }

    /// Returns those whom the locked victories leave level and the tie order put in order.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, Strength, TieOrder, methods::ranked_pairs::RankedPairs};
    ///
    /// let order = TieOrder::new([1, 0].map(Candidate).to_vec());
    /// let drawn = |matrix: [[u64; 2]; 2]| {
    ///     RankedPairs::lock(&matrix.into(), Strength::Margins, order.as_ref()).drawn().to_vec()
    /// };
    /// assert_eq!(drawn([[0, 5], [5, 0]]), [[1, 0].map(Candidate)]);
    /// // A victory needs no tie order.
    /// assert!(drawn([[0, 5], [4, 0]]).is_empty());
    /// ```
    #[must_use]
    pub fn drawn(&self) -> &[Vec<Candidate>] {
        &self.drawn
    }

    /// Returns the worst defeats, by anyone left then, that put one of two first whom the locked
    /// victories left unbeaten together; none where something else did.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, Strength, methods::ranked_pairs::RankedPairs};
    ///
    /// // 0 over 1 is the strongest; 1 over 2 and 2 over 0 close a cycle with it.
    /// let [a, b, c] = [0, 1, 2].map(Candidate);
    /// let matrix = Matrix::from([[0, 9, 4], [1, 0, 7], [7, 4, 0]]);
    /// let pairs = RankedPairs::lock(&matrix, Strength::WinningVotes, None);
    /// let [of_a, of_b] = pairs.weighed(a, b).unwrap();
    /// assert_eq!((of_a, of_b), (Some(matrix.duel(c, a)), Some(matrix.duel(a, b))));
    /// assert_eq!(pairs.weighed(b, a), None);
    /// ```
    #[must_use]
    pub fn weighed(&self, first: Candidate, second: Candidate) -> Option<[Option<Duel>; 2]> {
        let place = self.tiers.iter().position(|tier| tier.contains(&first))?;
        let (tier, level) = (&self.tiers[place], self.weighed.get(place)?);
        let worst = |candidate| level.iter().find(|(other, _)| *other == candidate).map(|(_, worst)| *worst);
        if tier.contains(&second) { None } else { Some([worst(first)?, worst(second)?]) }
    }

    /// Says whether locked victories lead from `a` to `b` and none back.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, Strength, methods::ranked_pairs::RankedPairs};
    ///
    /// let [a, b, c] = [0, 1, 2].map(Candidate);
    /// let chain = Matrix::from([[0, 9, 5], [1, 0, 8], [5, 2, 0]]);
    /// assert!(RankedPairs::lock(&chain, Strength::Margins, None).above(a, c));
    ///
    /// // In a cycle of equals all are level.
    /// let cycle = Matrix::from([[0, 7, 4], [4, 0, 7], [7, 4, 0]]);
    /// assert!(!RankedPairs::lock(&cycle, Strength::Margins, None).above(a, b));
    /// ```
    ///
    /// # Panics
    ///
    /// When either is no candidate of the matrix.
    #[must_use]
    pub fn above(&self, a: Candidate, b: Candidate) -> bool {
        self.reach.above(a, b)
    }

    /// Returns a chain of locked victories with both its ends, one with the fewest, if there is any.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, Strength, methods::ranked_pairs::RankedPairs};
    ///
    /// let [a, b, c] = [0, 1, 2].map(Candidate);
    /// let cycle = Matrix::from([[0, 89, 81], [84, 0, 91], [88, 86, 0]]);
    /// let pairs = RankedPairs::lock(&cycle, Strength::WinningVotes, None);
    /// assert_eq!(pairs.chain(a, c), Some(vec![a, b, c]));
    /// // The victory of the third over the first was skipped.
    /// assert_eq!(pairs.chain(c, a), None);
    /// ```
    #[must_use]
    pub fn chain(&self, from: Candidate, to: Candidate) -> Option<Vec<Candidate>> {
        let candidates = self.reach.rows.len();
        let mut locked = vec![vec![false; candidates]; candidates];
        for it in self.decisions.iter().filter(|it| it.locked) {
            locked[it.victory.first.0][it.victory.second.0] = true;
        }
        super::shortest_path(candidates, (from, to), |i, j| locked[i.0][j.0])
    }

    /// Returns why the victory of `winner` over `loser` was skipped: a chain of stronger locked
    /// victories from the loser to the winner, one of the shortest. None where it was not skipped,
    /// or is no victory.
    ///
    /// ```
    /// use tally::{Candidate, Matrix, Strength, methods::ranked_pairs::RankedPairs};
    ///
    /// let [a, b, c] = [0, 1, 2].map(Candidate);
    /// let cycle = Matrix::from([[0, 7, 4], [2, 0, 6], [5, 3, 0]]);
    /// let pairs = RankedPairs::lock(&cycle, Strength::Margins, None);
    /// assert_eq!(pairs.contradiction(c, a), Some(vec![a, b, c]));
    /// assert_eq!(pairs.contradiction(a, b), None);
    /// ```
    #[must_use]
    pub fn contradiction(&self, winner: Candidate, loser: Candidate) -> Option<Vec<Candidate>> {
        let of_these = |it: &&Decision| (it.victory.first, it.victory.second) == (winner, loser);
        let skipped = self.decisions.iter().find(of_these).filter(|it| !it.locked)?;
        let candidates = self.reach.rows.len();
        let mut stronger = vec![vec![false; candidates]; candidates];
        for it in self.decisions.iter().filter(|it| it.locked && it.bunch < skipped.bunch) {
            stronger[it.victory.first.0][it.victory.second.0] = true;
        }
        super::shortest_path(candidates, (loser, winner), |i, j| stronger[i.0][j.0])
    }
}

/// Conditions 3 and 4 of MAM: the later loser first, then the earlier winner.
fn by_tie_order(order: Option<&TieOrder>, a: &Duel, b: &Duel) -> Ordering {
    order.map_or(Ordering::Equal, |order| {
        order.compare(b.second, a.second).then_with(|| order.compare(a.first, b.first))
    })
}

/// Who is reached from whom over locked victories: a row of bits for each candidate, kept closed
/// under transitivity.
#[derive(Clone, Debug)]
struct Reach {
    rows: Vec<Vec<u64>>,
}

impl Reach {
    fn new(candidates: usize) -> Self {
        Self { rows: vec![vec![0; candidates.div_ceil(64)]; candidates] }
    }

    fn contains(&self, from: Candidate, to: Candidate) -> bool {
        self.rows[from.0][to.0 / 64] >> (to.0 % 64) & 1 == 1
    }

    /// Whoever reaches the winner now reaches the loser and all it reaches.
    ///
    /// A row that has the loser has all that the loser reaches, so that no row is added to more
    /// than once for each candidate: O(candidates³) for all victories together.
    fn insert(&mut self, winner: Candidate, loser: Candidate) {
        let mut gained = self.rows[loser.0].clone();
        gained[loser.0 / 64] |= 1 << (loser.0 % 64);
        for from in (0..self.rows.len()).map(Candidate) {
            if (from == winner || self.contains(from, winner)) && !self.contains(from, loser) {
                iter::zip(&mut self.rows[from.0], &gained).for_each(|(row, more)| *row |= more);
            }
        }
    }

    fn above(&self, a: Candidate, b: Candidate) -> bool {
        !self.contains(b, a) && self.contains(a, b)
    }

    /// Locks each of a bunch, unless those locked before it contradict.
    fn lock(&mut self, victories: &[Duel], bunch: usize, decisions: &mut Vec<Decision>) {
        let locked: Vec<bool> = victories.iter().map(|it| !self.contains(it.second, it.first)).collect();
        for (&victory, locked) in iter::zip(victories, locked) {
            decisions.push(Decision { victory, bunch, locked });
            if locked {
                self.insert(victory.first, victory.second);
            }
        }
    }
}

impl RankedPairs {
    fn strict_tiers(&mut self, order: &TieOrder) {
        let above = |i, j| self.reach.above(i, j);
        let mut levels = super::tiers_of(self.reach.rows.len(), |left| super::unbeaten(left, above));
        for level in &mut levels {
            level.sort_by(|a, b| order.compare(*a, *b));
        }
        self.tiers = levels.iter().flatten().map(|candidate| vec![*candidate]).collect();
        self.drawn = levels.into_iter().filter(|level| level.len() > 1).collect();
    }

    fn neutral_tiers(&mut self, mut defeats: Defeats<impl Fn(&Duel, &Duel) -> Ordering>) {
        let mut weighed = Vec::new();
        self.tiers = super::tiers_of(self.reach.rows.len(), |left| {
            let unbeaten = super::unbeaten(left, |i, j| self.reach.above(i, j));
            let tier = defeats.mildest(&unbeaten);
            weighed.push(unbeaten.iter().map(|i| (*i, defeats.worst(*i))).collect());
            defeats.take_out(&tier);
            tier
        });
        self.weighed = weighed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BlankRule, Profile, Rank};

    fn lock(matrix: impl Into<Matrix>, tie_order: Option<&[usize]>) -> RankedPairs {
        let order = tie_order.map(|order| TieOrder::new(order.iter().copied().map(Candidate).collect()).unwrap());
        RankedPairs::lock(&matrix.into(), Strength::WinningVotes, order.as_ref())
    }

    fn order(pairs: &RankedPairs) -> Vec<Vec<usize>> {
        pairs.tiers().iter().map(|tier| tier.iter().map(|candidate| candidate.0).collect()).collect()
    }

    /// The victories as winner and loser, in the order they were decided.
    fn decided(pairs: &RankedPairs) -> Vec<(usize, usize)> {
        pairs.decisions().iter().map(|it| (it.victory.first.0, it.victory.second.0)).collect()
    }

    #[test]
    fn equal_strength_is_decided_by_the_winning_votes_and_then_by_those_against() {
        // By winning votes 1 over 2 and 2 over 0 are equal; 2 over 0 has fewer against it.
        let pairs = lock([[0, 8, 3], [1, 0, 7], [7, 4, 0]], None);
        assert_eq!(decided(&pairs), [(0, 1), (2, 0), (1, 2)]);
        assert_eq!(order(&pairs), [[2], [0], [1]]);
        // By margins 0 over 1 and 1 over 2 are equal; 1 over 2 has more votes for it.
        let cycle = Matrix::from([[0, 5, 1], [3, 0, 6], [2, 4, 0]]);
        let pairs = RankedPairs::lock(&cycle, Strength::Margins, None);
        assert_eq!(decided(&pairs), [(1, 2), (0, 1), (2, 0)]);
    }

    #[test]
    fn a_tie_order_decides_the_later_loser_first_and_then_the_earlier_winner() {
        let all_equal = [[0, 9, 9, 1], [1, 0, 9, 9], [1, 1, 0, 9], [9, 1, 1, 0]];
        let pairs = lock(all_equal, Some(&[2, 0, 1, 3]));
        assert_eq!(decided(&pairs), [(2, 3), (1, 3), (0, 1), (3, 0), (0, 2), (1, 2)]);
        assert_eq!(pairs.decisions().iter().map(|it| it.bunch).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
        assert_eq!(order(&pairs), [[0], [1], [2], [3]]);
    }

    #[test]
    fn a_tie_order_leaves_no_tie_and_does_not_lift_the_beaten_above_the_unbeaten() {
        assert_eq!(order(&lock([[0; 3]; 3], Some(&[2, 0, 1]))), [[2], [0], [1]]);
        // 0 beats 1, and 2 ties with both.
        let matrix = [[0, 5, 3], [1, 0, 3], [3, 3, 0]];
        assert_eq!(order(&lock(matrix, Some(&[0, 1, 2]))), [[0], [2], [1]]);
    }

    #[test]
    fn a_bunch_that_closes_a_cycle_is_locked_whole_and_leaves_it_level() {
        let pairs = lock([[0, 7, 4, 9], [4, 0, 7, 9], [7, 4, 0, 9], [1, 1, 1, 0]], None);
        assert!(pairs.decisions().iter().all(|it| it.locked));
        assert_eq!(order(&pairs), [vec![0, 1, 2], vec![3]]);
        assert!(!pairs.above(Candidate(0), Candidate(1)) && pairs.above(Candidate(0), Candidate(3)));
    }

    #[test]
    fn a_victory_is_skipped_only_for_stronger_ones() {
        // 0 over 1 is stronger; 1 over 2 and 2 over 0 are equals, and each agrees with 0 over 1.
        let pairs = lock([[0, 9, 4], [1, 0, 7], [7, 4, 0]], None);
        assert_eq!(pairs.decisions().iter().map(|it| it.bunch).collect::<Vec<_>>(), [0, 1, 1]);
        assert!(pairs.decisions().iter().all(|it| it.locked));
        assert_eq!(pairs.contradiction(Candidate(2), Candidate(0)), None);
        // All reach one another: the weakest worst defeat decides between them.
        assert_eq!(order(&pairs), [vec![0, 2], vec![1]]);
    }

    #[test]
    fn two_cycles_are_not_joined_against_a_stronger_victory() {
        // Two cycles of three, 0 over 4 as strong as they, and 3 over 1 weaker.
        let mut rows = [[0; 6]; 6];
        for (winner, loser) in [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 4)] {
            rows[winner][loser] = 9;
        }
        rows[3][1] = 5;
        let pairs = lock(rows, None);
        assert_eq!(order(&pairs), [vec![0, 1, 2], vec![3, 4, 5]]);
        assert_eq!(pairs.contradiction(Candidate(3), Candidate(1)).unwrap(), [1, 2, 0, 4, 5, 3].map(Candidate));
    }

    #[test]
    fn a_contradiction_is_a_chain_of_stronger_locked_victories() {
        let pairs = lock([[0, 9, 1, 4], [1, 0, 8, 1], [1, 1, 0, 7], [6, 2, 1, 0]], None);
        let chain = pairs.contradiction(Candidate(3), Candidate(0)).unwrap();
        assert_eq!(chain, [0, 1, 2, 3].map(Candidate));
        assert_eq!(pairs.contradiction(Candidate(9), Candidate(0)), None);
    }

    #[test]
    fn a_chain_does_not_lead_over_equals_of_what_it_contradicts() {
        // 1 over 2 is locked too and would be shorter, but is no stronger than 2 over 0.
        let pairs = lock([[0, 9, 1, 0], [0, 0, 5, 8], [5, 1, 0, 0], [0, 0, 7, 0]], None);
        assert_eq!(pairs.contradiction(Candidate(2), Candidate(0)).unwrap(), [0, 1, 3, 2].map(Candidate));
        assert_eq!(pairs.contradiction(Candidate(1), Candidate(2)), None);
    }

    #[test]
    fn two_hundred_candidates_are_closed_over_whole_rows() {
        let mut profile = Profile::new(200).unwrap();
        profile.push(&(1..=200).rev().map(Rank::new).collect::<Vec<_>>(), 3).unwrap();
        let pairs = lock(Matrix::count(&profile, BlankRule::Last), None);
        assert!(pairs.tiers().concat().into_iter().eq((0..200).rev().map(Candidate)));
        assert!(pairs.above(Candidate(199), Candidate(0)) && !pairs.above(Candidate(0), Candidate(199)));
    }
}
