//! `/ballot/counted`: the receipt, carried in an encrypted cookie so that it
//! stands in no address, no history and no log.

use askama::Template;
use axum::extract::State;
use axum_extra::extract::{PrivateCookieJar, cookie::Cookie};

use crate::{
    app::App,
    election::{self, Election, ballot_box::Cast},
    web::{Layout, Page, WebError, html, vote},
};

#[derive(Debug, Template)]
#[template(path = "ballot/counted.html")]
pub struct CountedPage {
    layout: Layout,
    election: Election,
    receipt: String,
    replaced: bool,
}

impl CountedPage {
    /// The receipt in groups of eight, to be compared by eye.
    fn grouped(&self) -> Vec<&str> {
        self.receipt.as_bytes().chunks(8).filter_map(|group| std::str::from_utf8(group).ok()).collect()
    }
}

/// Shows the receipt of the ballot cast last in this browser.
pub async fn show(
    State(app): State<App>,
    layout: Layout,
    jar: PrivateCookieJar,
) -> Result<Page<CountedPage>, WebError> {
    let nothing = || WebError::not_found("No ballot was cast in this browser since it was opened.");
    let cookie = jar.get(vote::cookie_name(&app, "counted")).ok_or_else(nothing)?;
    let mut parts = cookie.value().split(' ');
    let (Some(slug), Some(receipt), Some(how)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(nothing());
    };
    let election = election::by_slug(&mut *app.pool.acquire().await?, slug).await?.ok_or_else(nothing)?;
    Ok(Page(CountedPage { layout, election, receipt: receipt.to_owned(), replaced: how == "replaced" }))
}

/// What carries the receipt from the cast to its page.
pub(super) fn cookie(app: &App, slug: &str, cast: &Cast) -> Cookie<'static> {
    let how = if cast.replaced { "replaced" } else { "new" };
    vote::private_cookie(app, "counted", format!("{slug} {} {how}", cast.receipt))
}
