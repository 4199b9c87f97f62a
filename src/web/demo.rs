//! `/demo/mails`: the demonstration's postbox. Where mail is really sent these
//! pages do not exist.

use askama::Template;
use axum::extract::{Path, State};

use crate::{
    app::App,
    mail::Captured,
    web::{Layout, Page, WebError},
};

#[derive(Debug, Template)]
#[template(path = "demo/mails.html")]
pub struct MailsPage {
    layout: Layout,
    /// Newest first, each with its number.
    mails: Vec<(usize, Captured)>,
}

#[derive(Debug, Template)]
#[template(path = "demo/mail.html")]
pub struct MailPage {
    layout: Layout,
    mail: Captured,
}

impl MailPage {
    /// The text, and which of its lines are addresses of ours to follow.
    fn lines(&self) -> impl Iterator<Item = (&str, bool)> {
        self.mail.text.lines().map(|line| (line, line.starts_with("http")))
    }
}

/// Every mail the demonstration sent.
pub async fn mails(State(app): State<App>, layout: Layout) -> Result<Page<MailsPage>, WebError> {
    let mails = postbox(&app)?.into_iter().enumerate().rev().collect();
    Ok(Page(MailsPage { layout: layout.crumb("Demonstration", "/"), mails }))
}

/// One mail, as its reader gets it.
pub async fn mail(
    State(app): State<App>,
    layout: Layout,
    Path(number): Path<usize>,
) -> Result<Page<MailPage>, WebError> {
    let mail = postbox(&app)?.into_iter().nth(number).ok_or_else(|| WebError::not_found("There is no such mail."))?;
    Ok(Page(MailPage { layout: layout.crumb("Mails", "/demo/mails"), mail }))
}

fn postbox(app: &App) -> Result<Vec<Captured>, WebError> {
    app.mailer.postbox().ok_or_else(|| WebError::not_found("Only a demonstration shows its mails; here they are sent."))
}
