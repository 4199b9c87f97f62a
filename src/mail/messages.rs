//! How each mail reads. Every sentence comes from the translation catalogue
//! (`locales/`), both bodies from the one pair of templates in `templates/mail`.

use askama::Template;
use chrono::{DateTime, Utc};
use rust_i18n::t;

use crate::clock::{aoe_text, utc_text};

/// A mail as its reader sees it; addressed and sent by [`super::Mailer`].
#[derive(Clone, Debug)]
pub struct Message {
    pub subject: String,
    pub heading: String,
    pub paragraphs: Vec<String>,
    pub button: String,
    /// The link behind the button, shown in full as well.
    pub link: String,
    /// Label and value, e.g. when voting closes.
    pub facts: Vec<(String, String)>,
    /// Why the reader gets this, and from whom.
    pub reason: String,
}

#[derive(Template)]
#[template(path = "mail/message.txt")]
struct Text<'a> {
    message: &'a Message,
}

#[derive(Template)]
#[template(path = "mail/message.html")]
struct Html<'a> {
    message: &'a Message,
}

impl Message {
    /// Both bodies: plain text, and small HTML.
    pub fn bodies(&self) -> Result<(String, String), askama::Error> {
        Ok((Text { message: self }.render()?, Html { message: self }.render()?))
    }
}

/// What every mail about an election says of it.
#[derive(Clone, Debug)]
pub struct About {
    pub organisation: String,
    pub title: String,
    pub seats: i16,
    pub closes_at: DateTime<Utc>,
    /// Address of the election's page.
    pub page: String,
    /// First characters of the definition's SHA-256, once it is frozen.
    pub definition: Option<String>,
}

impl About {
    fn facts(&self, label: &str, until: DateTime<Utc>) -> Vec<(String, String)> {
        let mut facts = vec![
            (label.to_owned(), format!("{} ({})", utc_text(until), aoe_text(until))),
            (t!("mail.election").into_owned(), self.page.clone()),
        ];
        if let Some(hash) = &self.definition {
            facts.push((t!("mail.definition").into_owned(), hash.clone()));
        }
        facts
    }
}

/// The personal link to the ballot.
pub fn invitation(about: &About, login: &str, link: String) -> Message {
    let (org, title) = (&about.organisation, &about.title);
    let who = if about.seats == 1 { "mail.invitation.who_one" } else { "mail.invitation.who" };
    Message {
        subject: t!("mail.invitation.subject", org = org, title = title).into_owned(),
        heading: t!("mail.invitation.heading", title = title).into_owned(),
        paragraphs: vec![
            t!(who, login = login, org = org, title = title, seats = about.seats).into_owned(),
            t!("mail.invitation.how").into_owned(),
            t!("mail.invitation.personal").into_owned(),
        ],
        button: t!("mail.invitation.button").into_owned(),
        link,
        facts: about.facts(&t!("mail.closes"), about.closes_at),
        reason: t!("mail.reason.roll", login = login, org = org).into_owned(),
    }
}

/// The same link again, for those without a ballot in the box.
pub fn reminder(about: &About, login: &str, link: String) -> Message {
    let (org, title) = (&about.organisation, &about.title);
    Message {
        subject: t!("mail.reminder.subject", org = org, title = title).into_owned(),
        heading: t!("mail.reminder.heading", title = title).into_owned(),
        paragraphs: vec![
            t!("mail.reminder.who", login = login, title = title).into_owned(),
            t!("mail.reminder.same").into_owned(),
            t!("mail.invitation.personal").into_owned(),
        ],
        button: t!("mail.invitation.button").into_owned(),
        link,
        facts: about.facts(&t!("mail.closes"), about.closes_at),
        reason: t!("mail.reason.roll", login = login, org = org).into_owned(),
    }
}

/// Asks a nominee whether they stand; `by` is the login that the nominator gave,
/// unless it was the nominee's own.
pub fn nomination(about: &About, login: &str, by: Option<&str>, until: DateTime<Utc>, link: String) -> Message {
    let (org, title) = (&about.organisation, &about.title);
    Message {
        subject: t!("mail.nomination.subject", org = org, title = title).into_owned(),
        heading: t!("mail.nomination.heading", title = title).into_owned(),
        paragraphs: vec![
            by.map_or_else(
                || t!("mail.nomination.yourself", login = login, title = title).into_owned(),
                |by| t!("mail.nomination.who", login = login, by = by, title = title).into_owned(),
            ),
            t!("mail.nomination.how").into_owned(),
            t!("mail.nomination.ignore").into_owned(),
        ],
        button: t!("mail.nomination.button").into_owned(),
        link,
        facts: about.facts(&t!("mail.nominations_close"), until),
        reason: t!("mail.reason.roll", login = login, org = org).into_owned(),
    }
}
