//! Who of an order sits, where only so many of a body may be of one employer.
//!
//! The order is gone down from the top; whoever's seat would break the cap is passed over and the
//! next moves up. As members who stay count too, a cap can bind from the first seat on.
//!
//! A tie is left open where it matters, as everywhere. It matters in two ways: a tier can have
//! more members who fit than seats are left, and of one employer a tier can have more members than
//! the cap leaves room for. In the second case how many of that employer sit is certain, and only
//! who is open, so that the seats below are not touched by it.

mod cap;

use std::{collections::BTreeMap, fmt};

use crate::ballot::Candidate;
use crate::explain::{Named, visible};
use crate::outcome::Seats;
use crate::ties::TieOrder;

pub use crate::outcome::SeatTie;
pub use cap::Cap;

/// A body some of whose seats are to be filled, and its cap.
///
/// An employer is a label: who counts as one employer, such as a company and what it owns, is for
/// the caller to say. Whoever has none is never capped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// How many seats are to be filled.
    pub seats: usize,
    /// The employer of each candidate, in their order.
    pub employers: Vec<Option<String>>,
    /// The employer of each member who stays. With the seats they are the body.
    pub continuing: Vec<Option<String>>,
    /// How many members may be of one employer, if that is limited.
    pub cap: Option<Cap>,
    /// Those who cannot be seated: they withdrew, were disqualified, or sit already.
    pub unavailable: Vec<Candidate>,
}

/// A candidate who was passed over for the cap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Who.
    pub candidate: Candidate,
    /// The employer.
    pub employer: String,
    /// How many members of that employer there would be.
    pub number: usize,
    /// How many there may be.
    pub at_most: usize,
    /// How many members the body has.
    pub body: usize,
    /// The next in the order who is seated for certain, if anyone is.
    pub moves_up: Option<Candidate>,
}

/// Who sits under a cap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seating {
    /// Those seated for certain, or by the tie order, best tier first.
    pub winners: Vec<Candidate>,
    /// The ties that decide who sits, best first, those of one tier by employer; broken or open.
    pub ties: Vec<SeatTie>,
    /// The seats that have nobody for certain: those of open ties, and those left over.
    pub open: usize,
    /// Those passed over however the ties are broken, best first.
    pub passed_over: Vec<PassedOver>,
}

impl Body {
    /// Goes down an order and seats whoever the cap lets.
    ///
    /// Without a tie order, `winners` are exactly those who sit however the ties of the order are
    /// broken, and `among` the others who sit in one of these ways at least.
    ///
    /// ```
    /// use tally::{Candidate, seating::Body};
    ///
    /// let [ada, ben, cy, dee] = [0, 1, 2, 3].map(Candidate);
    /// let acme = Some("Acme".to_owned());
    /// let mut body = Body {
    ///     seats: 2,
    ///     employers: vec![acme.clone(), acme.clone(), None, None],
    ///     continuing: vec![acme, None, None],
    ///     cap: Some("2".parse()?),
    ///     unavailable: vec![],
    /// };
    /// let seating = body.seat(&[vec![ada], vec![ben], vec![cy], vec![dee]], None);
    /// assert_eq!(seating.winners, [ada, cy]);
    /// assert_eq!((seating.passed_over[0].candidate, seating.passed_over[0].moves_up), (ben, Some(cy)));
    ///
    /// // Level for the one place of their employer: one of them sits, and Cy does for certain.
    /// let seating = body.seat(&[vec![ada, ben], vec![cy], vec![dee]], None);
    /// assert_eq!((seating.winners, seating.open), (vec![cy], 1));
    /// assert_eq!(seating.ties[0].among, [ada, ben]);
    /// # Ok::<(), tally::UnknownRule>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When a candidate of the order has no entry in `employers`, or is none of the tie order.
    #[must_use]
    pub fn seat(&self, ranking: &[Vec<Candidate>], tie_order: Option<&TieOrder>) -> Seating {
        let mut walk = Walk::new(self, tie_order);
        let available = |candidate: &Candidate| !self.unavailable.contains(candidate);
        for tier in ranking {
            walk.level(tier.iter().copied().filter(available).collect());
        }
        walk.seating
    }

    /// Returns the body that is left when some of those seated leave or decline, to be
    /// [seated](Body::seat) from the same order: the vacancy succession.
    ///
    /// The next in the order moves up, with the cap applied anew to everyone who stays; employers
    /// may be changed in between to what they are by then. The ballots are not counted again
    /// without those who left: that can turn the others' order around, and so seat somebody whom
    /// the published order has below a candidate who is passed over without a reason. For the same
    /// cap and employers, going down the order without those who left seats everyone who stays.
    ///
    /// For a member who was not up for election, take the entry from `continuing` and add a seat.
    ///
    /// ```
    /// use tally::{Candidate, seating::Body};
    ///
    /// let order: Vec<_> = [2, 0, 3, 1].map(|place| vec![Candidate(place)]).into();
    /// let body = Body { seats: 2, employers: vec![None; 4], continuing: vec![], cap: None, unavailable: vec![] };
    /// let seated = body.seat(&order, None).winners;
    /// assert_eq!(seated, [2, 0].map(Candidate));
    ///
    /// let vacancy = body.after(&seated, &[Candidate(2)]);
    /// assert_eq!(vacancy.seat(&order, None).winners, [Candidate(3)]);
    ///
    /// // Whoever withdrew in the meantime is not asked, and nobody is left in the end.
    /// let nobody = vacancy.after(&[], &[Candidate(3), Candidate(1)]);
    /// assert_eq!((nobody.seats, nobody.seat(&order, None).open), (1, 1));
    /// # Ok::<(), tally::UnknownRule>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When one of those seated has no entry in `employers`.
    #[must_use]
    pub fn after(&self, seated: &[Candidate], leavers: &[Candidate]) -> Self {
        let stay = seated.iter().filter(|member| !leavers.contains(member));
        let staying: Vec<_> = stay.map(|member| self.employers[member.0].clone()).collect();
        Self {
            seats: self.seats - staying.len().min(self.seats),
            continuing: [&self.continuing[..], &staying].concat(),
            unavailable: [&self.unavailable[..], seated, leavers].concat(),
            ..self.clone()
        }
    }
}

impl Body {
    /// The same body when only these stand, counted anew from 0, and so many seats are filled.
    pub(crate) fn among(&self, left: &[Candidate], seats: usize) -> Self {
        let place = |candidate: &Candidate| left.iter().position(|other| other == candidate).map(Candidate);
        Self {
            seats,
            employers: left.iter().map(|candidate| self.employers[candidate.0].clone()).collect(),
            unavailable: self.unavailable.iter().filter_map(place).collect(),
            ..self.clone()
        }
    }
}

impl PassedOver {
    /// Says with names who was passed over, why, and who moves up. Displaying it panics where a
    /// name lacks.
    ///
    /// ```
    /// use tally::{Candidate, seating::PassedOver};
    ///
    /// let names = ["Ben", "Cy"].map(String::from);
    /// let employer = "Acme".to_owned();
    /// let moves_up = Some(Candidate(1));
    /// let mut over = PassedOver { candidate: Candidate(0), employer, number: 3, at_most: 2, body: 5, moves_up };
    /// let why = "Ben would be number 3 of Acme, where at most 2 of 5 may be; passed over";
    /// assert_eq!(over.named(&names).to_string(), format!("{why}; Cy moves up"));
    /// // Nobody is left to move up, or a tie leaves open who does.
    /// over.moves_up = None;
    /// assert_eq!(over.named(&names).to_string(), why);
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named::new(self, names)
    }
}

impl fmt::Display for Named<'_, PassedOver> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PassedOver { candidate, employer, number, at_most, body, moves_up } = self.what;
        let (name, employer) = (self.name(*candidate), visible(employer));
        write!(f, "{name} would be number {number} of {employer}, where at most {at_most} of {body} may be")?;
        f.write_str("; passed over")?;
        moves_up.map_or(Ok(()), |next| write!(f, "; {} moves up", self.name(next)))
    }
}

impl Seating {
    /// Returns the seats alone, without those passed over.
    ///
    /// ```
    /// use tally::{Candidate, seating::Body};
    ///
    /// let body = Body { seats: 2, employers: vec![None], continuing: vec![], cap: None, unavailable: vec![] };
    /// let seats = body.seat(&[vec![Candidate(0)]], None).seats();
    /// assert_eq!((&seats.winners[..], seats.vacant()), (&[Candidate(0)][..], 1));
    /// ```
    #[must_use]
    pub fn seats(&self) -> Seats {
        Seats { winners: self.winners.clone(), ties: self.ties.clone(), open: self.open }
    }

    /// Says with names who is elected and which ties there are. Displaying it panics where a name
    /// lacks.
    ///
    /// ```
    /// use tally::{Candidate, seating::{SeatTie, Seating}};
    ///
    /// let names = ["Ada", "Ben", "Cy"].map(String::from);
    /// assert_eq!(Seating::default().named(&names).to_string(), "nobody is elected");
    ///
    /// let [ada, ben, cy] = [0, 1, 2].map(Candidate);
    /// let employer = Some("Acme".to_owned());
    /// let tie = SeatTie { among: vec![ben, cy], seats: 1, employer, by_tie_order: vec![] };
    /// let seating = Seating { winners: vec![ada], ties: vec![tie], open: 1, passed_over: vec![] };
    /// assert_eq!(seating.named(&names).to_string(), "Ada is elected; Ben and Cy tie for 1 seat of Acme");
    /// ```
    #[must_use]
    pub const fn named<'a>(&'a self, names: &'a [String]) -> Named<'a, Self> {
        Named::new(self, names)
    }
}

impl fmt::Display for Named<'_, Seating> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.seats().named(self.names).fmt(f)
    }
}

/// On the way down an order.
struct Walk<'a> {
    body: &'a Body,
    tie_order: Option<&'a TieOrder>,
    /// How many members the body has.
    size: usize,
    /// How many may be of one employer.
    at_most: usize,
    /// How many are of each employer, whoever they are.
    held: BTreeMap<&'a str, usize>,
    /// The seats that nobody has yet, certain or not.
    left: usize,
    /// How many of those passed over stand above whoever is seated next.
    above: usize,
    seating: Seating,
}

impl<'a> Walk<'a> {
    fn new(body: &'a Body, tie_order: Option<&'a TieOrder>) -> Self {
        let size = body.seats + body.continuing.len();
        let at_most = body.cap.map_or(usize::MAX, |cap| cap.members(size));
        let seating = Seating { open: body.seats, ..Seating::default() };
        let mut walk =
            Self { body, tie_order, size, at_most, held: BTreeMap::new(), left: body.seats, above: 0, seating };
        for employer in &body.continuing {
            walk.hold(employer.as_deref(), 1);
        }
        walk
    }

    fn employer(&self, candidate: Candidate) -> Option<&'a str> {
        self.body.employers[candidate.0].as_deref()
    }

    fn hold(&mut self, employer: Option<&'a str>, members: usize) {
        if let Some(employer) = employer {
            *self.held.entry(employer).or_default() += members;
        }
    }

    /// How many more of an employer may sit.
    fn room(&self, employer: Option<&str>) -> usize {
        let held = employer.and_then(|employer| self.held.get(employer));
        employer.map_or(usize::MAX, |_| self.at_most.saturating_sub(held.copied().unwrap_or(0)))
    }

    /// Seats those of a level, as many as fit, if there are seats left.
    fn level(&mut self, level: Vec<Candidate>) {
        if self.left == 0 {
            return;
        }
        self.above = self.seating.passed_over.len();
        let (fit, full): (Vec<_>, Vec<_>) = level.into_iter().partition(|one| self.room(self.employer(*one)) > 0);
        for candidate in full {
            self.pass_over(candidate);
        }
        let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for candidate in &fit {
            groups.entry(self.employer(*candidate)).or_default().push(*candidate);
        }
        let places = groups.iter().map(|(employer, group)| group.len().min(self.room(*employer)));
        if places.sum::<usize>() > self.left {
            self.tie(fit, self.left, None);
        } else {
            self.groups(groups);
        }
    }

    /// Seats groups of one employer each, for whom there are seats enough: whole, or for as many
    /// places as the cap leaves them.
    fn groups(&mut self, groups: BTreeMap<Option<&'a str>, Vec<Candidate>>) {
        let (whole, tied): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|(employer, group)| group.len() <= self.room(*employer));
        let mut whole: Vec<_> = whole.into_iter().flat_map(|(_, group)| group).collect();
        whole.sort_unstable();
        for candidate in whole {
            self.seat(candidate);
        }
        for (employer, group) in tied {
            self.tie(group, self.room(employer), employer);
        }
    }

    fn seat(&mut self, candidate: Candidate) {
        self.hold(self.employer(candidate), 1);
        for passed_over in &mut self.seating.passed_over[..self.above] {
            passed_over.moves_up.get_or_insert(candidate);
        }
        self.seating.winners.push(candidate);
        self.seating.open -= 1;
        self.left -= 1;
    }

    /// Breaks a tie for so many seats by the tie order, or leaves it and takes the seats.
    fn tie(&mut self, among: Vec<Candidate>, seats: usize, employer: Option<&'a str>) {
        let by_tie_order = if let Some(order) = self.tie_order {
            self.draw(&among, seats, order)
        } else {
            self.hold(employer, seats);
            self.left -= seats;
            Vec::new()
        };
        self.seating.ties.push(SeatTie { among, seats, employer: employer.map(str::to_owned), by_tie_order });
    }

    /// Seats so many of a tie, by the tie order and the cap.
    fn draw(&mut self, among: &[Candidate], seats: usize, order: &TieOrder) -> Vec<Candidate> {
        let mut ordered = among.to_vec();
        ordered.sort_by(|a, b| order.compare(*a, *b));
        let mut drawn = Vec::new();
        for candidate in ordered {
            if drawn.len() == seats {
                break;
            }
            if self.room(self.employer(candidate)) > 0 {
                self.seat(candidate);
                drawn.push(candidate);
            } else {
                self.pass_over(candidate);
                self.above = self.seating.passed_over.len();
            }
        }
        drawn
    }

    fn pass_over(&mut self, candidate: Candidate) {
        let Some(employer) = self.employer(candidate) else { return };
        self.seating.passed_over.push(PassedOver {
            candidate,
            employer: employer.to_owned(),
            number: self.held.get(employer).map_or(1, |held| held + 1),
            at_most: self.at_most,
            body: self.size,
            moves_up: None,
        });
    }
}

#[cfg(test)]
mod tests;
