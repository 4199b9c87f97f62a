//! How many members of a body may be of one employer: a number or a fraction of the body.

use std::{fmt, num::NonZeroUsize, str::FromStr};

use crate::rules::UnknownRule;

/// How many members of a body may be of one employer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cap {
    /// `2`: at most so many.
    AtMost(usize),
    /// `1/3`: at most that fraction of the body, which is the whole at most.
    AtMostPart(usize, NonZeroUsize),
    /// `<1/2`: fewer than that fraction of the body.
    FewerThanPart(usize, NonZeroUsize),
}

impl Cap {
    /// Returns how many of one employer a body of so many members may have.
    ///
    /// ```
    /// use tally::seating::Cap;
    ///
    /// let members = |cap: &str, body| cap.parse::<Cap>().map(|cap| cap.members(body));
    /// assert_eq!([members("2", 7)?, members("1/3", 13)?, members("<1/2", 7)?], [2, 4, 3]);
    /// // Exactly the fraction is at most the fraction, but not fewer than it.
    /// assert_eq!([members("1/2", 8)?, members("<1/2", 8)?, members("<1/2", 0)?], [4, 3, 0]);
    /// assert_eq!(
    ///     members("1/0", 7).unwrap_err().to_string(),
    ///     "expected a number such as `2`, a fraction of the body such as `1/3`, or `<1/2` for fewer than it, found `1/0`"
    /// );
    /// # Ok::<(), tally::UnknownRule>(())
    /// ```
    #[must_use]
    pub fn members(self, body: usize) -> usize {
        let part = |numerator: usize| numerator as u128 * body as u128;
        let members = match self {
            Self::AtMost(members) => return members,
            Self::AtMostPart(numerator, denominator) => part(numerator) / denominator.get() as u128,
            Self::FewerThanPart(numerator, denominator) => {
                part(numerator).div_ceil(denominator.get() as u128).saturating_sub(1)
            }
        };
        usize::try_from(members).unwrap_or(usize::MAX)
    }
}

impl FromStr for Cap {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        let fraction = |text: &str| {
            let (numerator, denominator) = text.split_once('/')?;
            let (numerator, denominator): (usize, NonZeroUsize) = (numerator.parse().ok()?, denominator.parse().ok()?);
            (numerator <= denominator.get()).then_some((numerator, denominator))
        };
        let cap = match text.strip_prefix('<') {
            Some(text) => fraction(text).map(|(numerator, denominator)| Self::FewerThanPart(numerator, denominator)),
            None => match fraction(text) {
                Some((numerator, denominator)) => Some(Self::AtMostPart(numerator, denominator)),
                None => text.parse().ok().map(Self::AtMost),
            },
        };
        let expected = "a number such as `2`, a fraction of the body such as `1/3`, or `<1/2` for fewer than it";
        cap.ok_or_else(|| UnknownRule { found: text.into(), expected: expected.into() })
    }
}

impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(members) => write!(f, "{members}"),
            Self::AtMostPart(numerator, denominator) => write!(f, "{numerator}/{denominator}"),
            Self::FewerThanPart(numerator, denominator) => write!(f, "<{numerator}/{denominator}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_read_as_it_is_written() {
        for cap in ["2", "1/3", "<1/2", "0", "1/1", "<2/2"] {
            assert_eq!(cap.parse::<Cap>().unwrap().to_string(), cap);
        }
        for bad in ["", "<2", "1/", "a/3", "-1", "1/0", "<1/0", "1/3/5", "2/1", "<4/3"] {
            assert!(bad.parse::<Cap>().is_err(), "{bad}");
        }
    }
}
