//! A strict order of all candidates that breaks ties.

use std::cmp::Ordering;

use crate::ballot::Candidate;

/// A strict order of all candidates, fixed before the vote: who comes first in it wins a tie.
///
/// ```
/// use tally::{Candidate, TieOrder};
///
/// let order = TieOrder::new(vec![Candidate(2), Candidate(0), Candidate(1)]).unwrap();
/// assert_eq!(order.first(&[Candidate(0), Candidate(1)]), Some(Candidate(0)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TieOrder {
    /// The place of each candidate, from 0.
    places: Vec<usize>,
}

impl TieOrder {
    /// Takes the candidates, best placed first; nothing unless each is named once.
    ///
    /// ```
    /// use tally::{Candidate, TieOrder};
    ///
    /// assert!(TieOrder::new([2, 0, 1].map(Candidate).into()).is_some());
    /// // One is named twice; one from 0 is not named.
    /// assert_eq!(TieOrder::new([0, 0].map(Candidate).into()), None);
    /// assert_eq!(TieOrder::new([1, 2].map(Candidate).into()), None);
    /// ```
    #[must_use]
    pub fn new(order: Vec<Candidate>) -> Option<Self> {
        let mut places = vec![None; order.len()];
        for (place, candidate) in order.into_iter().enumerate() {
            let slot = places.get_mut(candidate.0).filter(|slot| slot.is_none())?;
            *slot = Some(place);
        }
        Some(Self { places: places.into_iter().collect::<Option<_>>()? })
    }

    /// Compares two candidates; the one that wins a tie is the smaller.
    ///
    /// ```
    /// use tally::{Candidate, TieOrder};
    ///
    /// let order = TieOrder::new([2, 0, 1].map(Candidate).into()).unwrap();
    /// assert!(order.compare(Candidate(2), Candidate(0)).is_lt());
    /// // Nobody else is level with a candidate.
    /// assert!(order.compare(Candidate(0), Candidate(0)).is_eq());
    /// ```
    ///
    /// # Panics
    ///
    /// When either is no candidate of this order.
    #[must_use]
    pub fn compare(&self, a: Candidate, b: Candidate) -> Ordering {
        self.places[a.0].cmp(&self.places[b.0])
    }

    /// Returns who wins a tie among these, if there is anyone.
    ///
    /// ```
    /// use tally::{Candidate, TieOrder};
    ///
    /// let order = TieOrder::new([2, 0, 1].map(Candidate).into()).unwrap();
    /// assert_eq!(order.first(&[0, 1].map(Candidate)), Some(Candidate(0)));
    /// assert_eq!(order.first(&[]), None);
    /// ```
    ///
    /// # Panics
    ///
    /// When one of them is no candidate of this order.
    #[must_use]
    pub fn first(&self, tied: &[Candidate]) -> Option<Candidate> {
        tied.iter().copied().min_by(|a, b| self.compare(*a, *b))
    }

    /// Returns how many candidates the order has.
    ///
    /// ```
    /// use tally::{Candidate, TieOrder};
    ///
    /// let order = TieOrder::new([2, 0, 1].map(Candidate).into()).unwrap();
    /// assert_eq!(order.candidates(), 3);
    /// // An order of nobody is one, too.
    /// assert_eq!(TieOrder::new(vec![]).map(|order| order.candidates()), Some(0));
    /// ```
    #[must_use]
    pub fn candidates(&self) -> usize {
        self.places.len()
    }

    /// Returns the candidates, first the one who wins every tie.
    ///
    /// ```
    /// use tally::{Candidate, TieOrder};
    ///
    /// let order = [2, 0, 1].map(Candidate).to_vec();
    /// assert_eq!(TieOrder::new(order.clone()).map(|it| it.order()), Some(order));
    /// assert_eq!(TieOrder::new(vec![]).map(|it| it.order()), Some(vec![]));
    /// ```
    #[must_use]
    pub fn order(&self) -> Vec<Candidate> {
        let mut order: Vec<_> = (0..self.candidates()).map(Candidate).collect();
        order.sort_by(|a, b| self.compare(*a, *b));
        order
    }

    /// The order that is left of this one when only these stand; they are counted anew from 0.
    ///
    /// # Panics
    ///
    /// When one of them is no candidate of this order.
    #[must_use]
    pub(crate) fn among(&self, left: &[Candidate]) -> Self {
        let before = |a: &Candidate| left.iter().filter(|b| self.compare(**b, *a).is_lt()).count();
        Self { places: left.iter().map(before).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_order_wins_a_tie() {
        let order = TieOrder::new([2, 0, 1].map(Candidate).to_vec()).unwrap();
        assert_eq!(order.first(&[0, 1].map(Candidate)), Some(Candidate(0)));
        assert_eq!(order.first(&[]), None);
        assert_eq!(order.order(), [2, 0, 1].map(Candidate));
    }

    #[test]
    fn an_order_names_each_candidate_once() {
        assert_eq!(TieOrder::new([0, 0].map(Candidate).to_vec()), None);
        assert_eq!(TieOrder::new([0, 2].map(Candidate).to_vec()), None);
    }

    #[test]
    fn who_is_left_keeps_the_order() {
        let order = TieOrder::new([3, 1, 0, 2].map(Candidate).to_vec()).unwrap();
        let left = order.among(&[0, 2, 3].map(Candidate));
        assert_eq!(Some(left), TieOrder::new([2, 0, 1].map(Candidate).to_vec()));
    }
}
