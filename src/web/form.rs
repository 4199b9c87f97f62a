//! A submitted form, or a query: values by name, and what is wrong with them.
//! A page keeps it and shows the same values again with each error beside its field.

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::{StatusCode, request::Parts};

use crate::web::{WebError, WebState};

/// Values and errors of a form's fields. As the last argument of `submit` it is
/// the body; [`QueryFields`] is the query of an address.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    values: Vec<(String, String)>,
    errors: BTreeMap<String, String>,
}

impl Fields {
    /// Fields with these values, to fill a form for the first time.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let values = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { values, errors: BTreeMap::new() }
    }

    fn read(mut values: Vec<(String, String)>) -> Self {
        // PostgreSQL has no text with a nul in it; nobody types one.
        for (_, value) in &mut values {
            value.retain(|c| c != '\0');
        }
        Self { values, errors: BTreeMap::new() }
    }

    /// The value of a field, without blanks around it; empty when it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.all(name).first().copied().unwrap_or_default()
    }

    /// Every value of a field that may be given more than once; empty ones left out.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let named = self.values.iter().filter(|(n, _)| n == name);
        named.map(|(_, v)| v.trim()).filter(|v| !v.is_empty()).collect()
    }

    /// Whether the field is there with a value: a ticked box.
    pub fn has(&self, name: &str) -> bool {
        !self.all(name).is_empty()
    }

    /// Every pair as it came.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Sets a field to one value.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.retain(|(n, _)| n != name);
        self.values.push((name.to_owned(), value.into()));
    }

    /// The value read as a `T`; notes `problem` beside the field if it is not one.
    pub fn parse<T: FromStr>(&mut self, name: &str, problem: &str) -> Option<T> {
        let value = self.get(name).parse().ok();
        if value.is_none() {
            self.fail(name, problem);
        }
        value
    }

    /// The value; notes `problem` beside the field if it is empty.
    pub fn required(&mut self, name: &str, problem: &str) -> Option<String> {
        let value = Some(self.get(name).to_owned()).filter(|v| !v.is_empty());
        if value.is_none() {
            self.fail(name, problem);
        }
        value
    }

    /// Notes what is wrong with a field; the first word stands.
    pub fn fail(&mut self, name: &str, problem: impl Into<String>) {
        self.errors.entry(name.to_owned()).or_insert(problem.into());
    }

    /// What is wrong with a field.
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.get(name).map(String::as_str)
    }

    /// Everything that is wrong: field and sentence, for the summary on top.
    pub fn errors(&self) -> impl Iterator<Item = (&str, &str)> {
        self.errors.iter().map(|(n, e)| (n.as_str(), e.as_str()))
    }

    /// Whether nothing is wrong.
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }
}

/// What the address asks for: the fields of its query.
#[derive(Clone, Debug)]
pub struct QueryFields(pub Fields);

impl FromRequestParts<WebState> for QueryFields {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, WebError> {
        let pairs = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let Query(values) = pairs.map_err(|e| WebError::BadRequest(e.body_text()))?;
        Ok(Self(Fields::read(values)))
    }
}

impl FromRequest<WebState> for Fields {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &WebState) -> Result<Self, WebError> {
        match Form::<Vec<(String, String)>>::from_request(request, state).await {
            Ok(Form(values)) => Ok(Self::read(values)),
            Err(e) if e.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(WebError::TooLarge("A form may be at most 64 KiB.".into()))
            }
            Err(e) => Err(WebError::BadRequest(e.body_text())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_keeps_its_value_and_gets_its_error() {
        let mut fields = Fields::of([("seats", " none ".into()), ("org", "a".into())]);
        assert_eq!(fields.parse::<u8>("seats", "a number, please"), None);
        assert_eq!((fields.get("seats"), fields.error("seats")), ("none", Some("a number, please")));
        assert!(!fields.is_valid() && fields.has("org") && !fields.has("group"));
    }

    #[test]
    fn a_nul_character_never_reaches_the_database() {
        assert_eq!(Fields::read(vec![("q".into(), "a\0b".into())]).get("q"), "ab");
    }
}
