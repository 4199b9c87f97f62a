//! A tie order drawn from public values that were fixed before the vote.
//!
//! Two draws. Ours needs one command a candidate to check: with the [key](Seed::key) of the seed
//! before each name, all in one line and without an end of line,
//!
//! ```text
//! printf %s '2.5.8.10.12./9.18.26.34.41.45./Ada' | sha256sum
//! ```
//!
//! and whoever has the smallest sum comes first. The order of the file, and who else stands,
//! change nothing. The other is Donald Eastlake's RFC 3797, "Publicly Verifiable Nominations
//! Committee (`NomCom`) Random Selection" (2004), section 4, with MD5, as the IETF draws.
//!
//! A draw is as fair as its seed. Nobody who votes or stands may be able to move it, so its
//! values become known after the candidates are final and before voting opens.

use std::{collections::BTreeMap, error, fmt, iter, str::FromStr};

use md5::{Digest, Md5};
use sha2::Sha256;

use crate::ballot::{Candidate, MAX_CANDIDATES};
use crate::rules::{UnknownRule, spelled};
use crate::ties::TieOrder;

/// The bits of a digest of MD5; more than these add nothing (RFC 3797, section 3.3).
const ENOUGH_BITS: usize = 128;

const EXAMPLE: &str = "lottery 2026-09-05 UK Lotto: 9 18 26 34 41 45";

/// Words that give away a value which those who vote or stand can move.
const STEERABLE: [&str; 6] = ["ballot", "candidate", "log root", "receipt", "turnout", "vote"];

/// How a tie order is drawn from the key of a seed.
///
/// ```
/// use tally::seed::Draw;
///
/// assert_eq!("sha256".parse(), Ok(Draw::Sha256));
/// let error = "md5".parse::<Draw>().unwrap_err();
/// assert_eq!(error.to_string(), "expected `sha256` or `rfc3797`, found `md5`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Draw {
    /// `sha256`: by the SHA-256 of the key and the name, smallest first.
    Sha256,
    /// `rfc3797`: by RFC 3797, the pool being the candidates as they are listed.
    Rfc3797,
}

/// What a public value comes from.
///
/// ```
/// use tally::seed::Kind;
///
/// assert_eq!("beacon".parse(), Ok(Kind::Beacon));
/// assert!("dice".parse::<Kind>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `lottery`: the numbers of a drawing, in any order.
    Lottery,
    /// `stock`: prices or volumes of a day on an exchange.
    Stock,
    /// `beacon`: a pulse of a randomness beacon, in hexadecimal.
    Beacon,
    /// `block`: the hash of a block of a public chain, in hexadecimal.
    Block,
    /// `figure`: another number that an authority publishes, such as the public debt.
    Figure,
}

impl Draw {
    /// Both draws and their spellings.
    pub const ALL: [(Self, &str); 2] = [(Self::Sha256, "sha256"), (Self::Rfc3797, "rfc3797")];
}

impl Kind {
    /// Every kind and its spelling.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Lottery, "lottery"),
        (Self::Stock, "stock"),
        (Self::Beacon, "beacon"),
        (Self::Block, "block"),
        (Self::Figure, "figure"),
    ];
}

spelled!(Draw, Kind);

/// One public value: `lottery 2026-09-05 UK Lotto: 9 18 26 34 41 45`.
///
/// The value is numbers apart by spaces, or one hexadecimal value.
///
/// ```
/// use tally::seed::{Kind, Source};
///
/// let source: Source = "beacon 2026-09-05 drand round 5123456: 9f3c02e1".parse()?;
/// assert_eq!((source.kind, source.name.as_str()), (Kind::Beacon, "drand round 5123456"));
///
/// let steered = "figure 2026-09-05 number of ballots: 307".parse::<Source>().unwrap_err();
/// assert!(steered.to_string().starts_with("`number of ballots` can be steered"));
/// # Ok::<(), tally::seed::Refused>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it comes from.
    pub kind: Kind,
    /// The day on which it becomes known, such as 2026-09-05.
    pub known: String,
    /// What exactly it is, so that everyone finds the same value.
    pub name: String,
    /// The value as published.
    pub value: String,
}

impl FromStr for Source {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let unreadable = || Refused::Unreadable(text.to_owned());
        let (head, value) = text.rsplit_once(": ").ok_or_else(unreadable)?;
        let (kind, head) = head.split_once(' ').ok_or_else(unreadable)?;
        let (known, name) = head.split_once(' ').ok_or_else(unreadable)?;
        let lowercase = format!("{kind} {name}").to_lowercase();
        if STEERABLE.iter().any(|word| lowercase.contains(word)) {
            return Err(Refused::Steerable(name.to_owned()));
        }
        let kind = kind.parse().map_err(Refused::Kind)?;
        Ok(Self { kind, known: known.to_owned(), name: name.to_owned(), value: value.to_owned() })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, known, name, value } = self;
        write!(f, "{kind} {known} {name}: {value}")
    }
}

/// Public values that nobody who votes or stands could move, ready to be drawn from.
///
/// ```
/// use tally::{Candidate, seed::{Draw, Seed}};
///
/// let names = ["Ada", "Ben", "Cy"].map(String::from);
/// let sources = ["lottery 2026-09-05 UK Lotto: 41 9 18 26 34 45"];
/// let seed = Seed::new(&sources, "2026-09-01", "2026-09-10")?;
/// let order = seed.order(Draw::Sha256, &names)?;
/// assert_eq!(order.first(&[0, 1, 2].map(Candidate)), Some(Candidate(1)));
/// # Ok::<(), tally::seed::Refused>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    key: String,
    bits: usize,
}

impl Seed {
    /// Takes the sources in the order they were announced in, and the days that enclose them.
    ///
    /// ```
    /// use tally::seed::{Refused, Seed};
    ///
    /// let lottery = "lottery 2026-09-05 UK Lotto: 9 18 26 34 41 45";
    /// assert!(Seed::new(&[lottery], "2026-09-01", "2026-09-10").is_ok());
    /// // Known while people vote, which is too late.
    /// let late = Seed::new(&[lottery], "2026-09-01", "2026-09-05").unwrap_err();
    /// assert!(late.to_string().contains("before voting opens on 2026-09-05"));
    /// assert_eq!(Seed::new(&[], "2026-09-01", "2026-09-10"), Err(Refused::Empty));
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no source, one cannot be read, is steerable or does not become known after
    /// the day on which the candidates were final and before the day on which voting opens.
    pub fn new(sources: &[&str], candidates_final: &str, voting_opens: &str) -> Result<Self, Refused> {
        for day in [candidates_final, voting_opens] {
            is_date(day).then_some(()).ok_or_else(|| Refused::Date(day.to_owned()))?;
        }
        for source in sources {
            let Source { known, name, .. } = source.parse()?;
            if is_date(&known) && (known.as_str() <= candidates_final || known.as_str() >= voting_opens) {
                let [after, before] = [candidates_final, voting_opens].map(str::to_owned);
                return Err(Refused::Day { name, known, after, before });
            }
        }
        Self::again(sources)
    }

    /// Takes the sources of a draw that was made, to make it again: the days between which they
    /// had to become known are not asked for.
    ///
    /// ```
    /// use tally::seed::Seed;
    ///
    /// let seed = Seed::again(&["lottery 2026-09-05 UK Lotto: 41 9 18 26 34 45"])?;
    /// assert_eq!(seed.key(), "9.18.26.34.41.45./");
    /// // A key alone does not say where it is from.
    /// let error = Seed::again(&["9.18.26.34.41.45./"]).unwrap_err();
    /// assert!(error.to_string().starts_with("expected a source such as `lottery 2026-09-05 "));
    /// # Ok::<(), tally::seed::Refused>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no source, or one cannot be read or is steerable.
    pub fn again(sources: &[&str]) -> Result<Self, Refused> {
        let mut seed = Self { key: String::new(), bits: 0 };
        for source in sources {
            let source: Source = source.parse()?;
            if !is_date(&source.known) {
                return Err(Refused::Date(source.known));
            }
            let (text, bits) = canonical(&source).ok_or(Refused::Value(source.value))?;
            seed.key += &text;
            seed.bits += bits;
        }
        if seed.key.is_empty() { Err(Refused::Empty) } else { Ok(seed) }
    }

    /// Returns the key: the sources in their order, `/` after each.
    ///
    /// Numbers as RFC 3797, section 4, writes them: ascending, without needless zeros, each with a
    /// period at its end or before its fraction. A hexadecimal value in capitals, without spaces.
    ///
    /// ```
    /// use tally::seed::Seed;
    ///
    /// let lottery = "lottery 2026-09-05 UK Lotto: 41 09 18 26 34 45";
    /// let beacon = "beacon 2026-09-06 drand round 5123456: 9f3c 02e1";
    /// let seed = |sources: &[&str]| Seed::new(sources, "2026-09-01", "2026-09-10");
    /// assert_eq!(seed(&[lottery, beacon])?.key(), "9.18.26.34.41.45./9F3C02E1/");
    /// // The numbers of a source are sorted, and the sources are not.
    /// assert_eq!(seed(&[beacon, lottery])?.key(), "9F3C02E1/9.18.26.34.41.45./");
    /// # Ok::<(), tally::seed::Refused>(())
    /// ```
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns how many bits of chance the seed is credited with, on the cautious side.
    ///
    /// Each number of a lottery counts 3, each digit after the first two of another number 3,
    /// each hexadecimal digit after leading zeros 4.
    ///
    /// ```
    /// use tally::seed::Seed;
    ///
    /// let bits = |source| Seed::new(&[source], "2026-09-01", "2026-09-10").map(|seed| seed.bits());
    /// assert_eq!(bits("lottery 2026-09-05 UK Lotto: 9 18 26 34 41 45")?, 18);
    /// assert_eq!(bits("beacon 2026-09-05 drand round 5123456: 009f3c")?, 16);
    /// // Two digits of a price are taken to be known before.
    /// assert_eq!(bits("stock 2026-09-04 Acme, close in EUR: 31")?, 0);
    /// # Ok::<(), tally::seed::Refused>(())
    /// ```
    #[must_use]
    pub const fn bits(&self) -> usize {
        self.bits
    }

    /// Draws the tie order of the candidates.
    ///
    /// To put `n` in order takes log₂(n!) bits (RFC 3797, section 3.3), which we round up for
    /// each place; 128 are always enough.
    ///
    /// ```
    /// use tally::seed::{Draw, Seed};
    ///
    /// let sources = ["lottery 2026-09-05 UK Lotto: 9 18 26 34 41 45"];
    /// let seed = Seed::new(&sources, "2026-09-01", "2026-09-10")?;
    /// let names: Vec<String> = (0..20).map(|i| format!("Candidate {i}")).collect();
    /// assert_eq!(
    ///     seed.order(Draw::Sha256, &names).unwrap_err().to_string(),
    ///     "expected 69 bits of chance for 20 candidates, found 18: add further lotteries, or a \
    ///      randomness beacon, which is enough for any number"
    /// );
    /// # Ok::<(), tally::seed::Refused>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the seed has too few bits for so many candidates, or as for [`TieOrder::draw`].
    pub fn order(&self, draw: Draw, names: &[String]) -> Result<TieOrder, Refused> {
        let order = TieOrder::draw(draw, &self.key, names)?;
        let places = 1..names.len();
        let expected = places.map(|others| others.ilog2() as usize + 1).sum::<usize>().min(ENOUGH_BITS);
        let (found, candidates) = (self.bits, names.len());
        if found < expected { Err(Refused::Weak { found, expected, candidates }) } else { Ok(order) }
    }
}

impl TieOrder {
    /// Draws an order from a published key, without asking where the key is from.
    ///
    /// To check what somebody else has drawn; an election's own comes from [`Seed::order`].
    ///
    /// ```
    /// use tally::{Candidate, TieOrder, seed::Draw};
    ///
    /// // The worked example of RFC 3797, section 6: the 17th of 25 is the first.
    /// let names: Vec<String> = (1..=25).map(|i| format!("No. {i}")).collect();
    /// let key = "9319./2.5.8.10.12./9.18.26.34.41.45./";
    /// let order = TieOrder::draw(Draw::Rfc3797, key, &names)?;
    /// let everyone: Vec<_> = (0..25).map(Candidate).collect();
    /// assert_eq!(order.first(&everyone), Some(Candidate(16)));
    ///
    /// let twins = ["Ada", "Ada"].map(String::from);
    /// let error = TieOrder::draw(Draw::Sha256, key, &twins).unwrap_err();
    /// assert!(error.to_string().contains("two are called `Ada`"));
    /// # Ok::<(), tally::seed::Refused>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When two candidates have the same name, where the draw is by name, or there are more than
    /// [`MAX_CANDIDATES`].
    pub fn draw(draw: Draw, key: &str, names: &[String]) -> Result<Self, Refused> {
        let order = match draw {
            Draw::Sha256 => by_sha256(key, names)?,
            Draw::Rfc3797 => by_rfc3797(key, names.len()),
        };
        let fits = |order: &Self| order.candidates() <= MAX_CANDIDATES;
        Self::new(order).filter(fits).ok_or(Refused::TooMany(names.len()))
    }
}

fn by_sha256(key: &str, names: &[String]) -> Result<Vec<Candidate>, Refused> {
    let mut drawn = BTreeMap::new();
    for (place, name) in names.iter().enumerate() {
        if drawn.insert(Sha256::digest(format!("{key}{name}")), Candidate(place)).is_some() {
            return Err(Refused::SameName(name.clone()));
        }
    }
    Ok(drawn.into_values().collect())
}

/// For the i-th place from 0, the MD5 of the key between two copies of i, two bytes each, divided
/// by how many are left; the remainder says who of those left.
fn by_rfc3797(key: &str, candidates: usize) -> Vec<Candidate> {
    let mut left: Vec<Candidate> = (0..candidates).map(Candidate).collect();
    let draw = |(place, left_over): (u16, usize)| {
        let bytes = [&place.to_be_bytes(), key.as_bytes(), &place.to_be_bytes()].concat();
        let remainder = u128::from_be_bytes(Md5::digest(bytes).into()) % left_over as u128;
        left.remove(usize::try_from(remainder).expect("less than how many are left"))
    };
    iter::zip(0..=u16::MAX, (1..=candidates).rev()).map(draw).collect()
}

/// The text of a source in the key, and the bits it is credited with.
fn canonical(source: &Source) -> Option<(String, usize)> {
    let (texts, bits) = match source.kind {
        Kind::Beacon | Kind::Block => {
            let digits = source.value.split_ascii_whitespace().collect::<String>().to_ascii_uppercase();
            let bits = 4 * digits.trim_start_matches('0').len();
            (digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(digits)?, bits)
        }
        Kind::Lottery | Kind::Stock | Kind::Figure => {
            let mut numbers = source.value.split_ascii_whitespace().map(number).collect::<Option<Vec<_>>>()?;
            numbers.sort_unstable();
            let chance = |(whole, _, fraction): &(usize, &str, &str)| match source.kind {
                Kind::Lottery => 1,
                _ => (whole + fraction.len()).saturating_sub(2),
            };
            let bits = 3 * numbers.iter().map(chance).sum::<usize>();
            (numbers.iter().map(|(_, whole, fraction)| [whole, ".", fraction].concat()).collect(), bits)
        }
    };
    (!texts.is_empty()).then(|| (texts + "/", bits))
}

/// A decimal number as what sorts by size: digits of the whole, the whole, the fraction.
fn number(text: &str) -> Option<(usize, &str, &str)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let decimal = !whole.is_empty() && [whole, fraction].concat().bytes().all(|byte| byte.is_ascii_digit());
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    decimal.then(|| (whole.len(), whole, fraction.trim_end_matches('0')))
}

/// Says whether a text is a day such as 2026-09-05; such texts compare as their days do.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let &[year, month, day] = &parts[..] else { return false };
    let digits = parts.concat().bytes().all(|byte| byte.is_ascii_digit());
    digits && year.len() == 4 && ("01"..="12").contains(&month) && ("01"..="31").contains(&day) && text.len() == 10
}

/// Why no tie order is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// A seed without a source.
    Empty,
    /// A source that is not written as one; holds the text.
    Unreadable(String),
    /// A kind that is not known; holds it.
    Kind(UnknownRule),
    /// A value that those who vote or stand can move; holds its name.
    Steerable(String),
    /// A day that is none; holds the text.
    Date(String),
    /// A value that becomes known too early or too late.
    Day {
        /// The name of the source.
        name: String,
        /// The day on which it becomes known.
        known: String,
        /// The day on which the candidates were final.
        after: String,
        /// The day on which voting opens.
        before: String,
    },
    /// A value that is no number or not hexadecimal, as its kind has to be; holds the text.
    Value(String),
    /// A seed with too little chance for so many candidates.
    Weak {
        /// The bits it has.
        found: usize,
        /// The bits it takes.
        expected: usize,
        /// The candidates to be put in order.
        candidates: usize,
    },
    /// Two candidates of one name, who cannot be told apart; holds it.
    SameName(String),
    /// More than [`MAX_CANDIDATES`]; holds how many.
    TooMany(usize),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "expected at least one source such as `{EXAMPLE}`, found none"),
            Self::Unreadable(found) => write!(f, "expected a source such as `{EXAMPLE}`, found `{found}`"),
            Self::Kind(error) => write!(f, "{error} as the kind of a source"),
            Self::Steerable(name) => write!(
                f,
                "`{name}` can be steered by whoever votes or stands last: use a lottery, a randomness beacon or \
                 another public value that nobody in the election can move"
            ),
            Self::Date(found) => write!(f, "expected a day such as 2026-09-05, found `{found}`"),
            Self::Day { name, known, after, before } => write!(
                f,
                "expected a value that becomes known after the candidates were final on {after} and before voting \
                 opens on {before}, found `{name}` of {known}: use a value of a day between these"
            ),
            Self::Value(found) => write!(
                f,
                "expected numbers such as `9 18.5` with spaces between, or for a beacon or a block hexadecimal \
                 digits, found `{found}`"
            ),
            Self::Weak { found, expected, candidates } => write!(
                f,
                "expected {expected} bits of chance for {candidates} candidates, found {found}: add further \
                 lotteries, or a randomness beacon, which is enough for any number"
            ),
            Self::SameName(name) => {
                write!(f, "expected candidates of different names, but two are called `{name}`: tell them apart")
            }
            Self::TooMany(found) => write!(f, "expected at most {MAX_CANDIDATES} candidates, found {found}"),
        }
    }
}

impl error::Error for Refused {}

#[cfg(test)]
mod tests;
