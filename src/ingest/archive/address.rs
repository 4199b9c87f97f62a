//! Where the hours are on a server: an address with places for the hour in it.

use chrono::{DateTime, Datelike, Timelike, Utc};

/// The public archive.
pub const PUBLIC: &str = "https://data.gharchive.org/{year}-{month:02}-{day:02}-{hour}.json.gz";

/// An address with places like `{year}` and `{month:02}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(String);

/// Why an address is no template.
#[derive(Debug, thiserror::Error)]
#[error("{0} does not say where {1} goes; write e.g. {PUBLIC}")]
pub struct TemplateError(String, &'static str);

impl Template {
    /// Takes an address that names year, month, day and hour, each once or more.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        for (place, padded) in
            [("{year}", "{year}"), ("{month}", "{month:02}"), ("{day}", "{day:02}"), ("{hour}", "{hour:02}")]
        {
            if !text.contains(place) && !text.contains(padded) {
                return Err(TemplateError(text.to_owned(), place));
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The address of an hour.
    pub fn url(&self, hour: DateTime<Utc>) -> String {
        let mut url = self.0.replace("{year}", &hour.year().to_string());
        for (name, value) in [("month", hour.month()), ("day", hour.day()), ("hour", hour.hour())] {
            url = url.replace(&format!("{{{name}}}"), &value.to_string());
            url = url.replace(&format!("{{{name}:02}}"), &format!("{value:02}"));
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::parse_instant;

    #[test]
    fn an_hour_has_its_address() {
        let hour = parse_instant("2016-01-02T03").unwrap();
        assert_eq!(Template::parse(PUBLIC).unwrap().url(hour), "https://data.gharchive.org/2016-01-02-3.json.gz");
        let folders = Template::parse("http://x/{year}/{month}/{day}/{hour:02}.json.gz").unwrap();
        assert_eq!(folders.url(hour), "http://x/2016/1/2/03.json.gz");
    }

    #[test]
    fn an_address_without_a_place_for_the_hour_is_refused() {
        let error = Template::parse("http://x/{year}-{month}-{day}.json.gz").unwrap_err().to_string();
        assert!(error.starts_with("http://x/{year}-{month}-{day}.json.gz does not say where {hour} goes"), "{error}");
    }
}
