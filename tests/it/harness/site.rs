//! The whole application on a test's database: a clock that the test moves, keys
//! in a folder of its own, the web site on a port, the worker run by hand.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hustings::{
    app::App,
    clock::Clock,
    election::keys::KeyDir,
    ingest::{Intake, api, archive::Patience},
    mail::Mailer,
    random::Random,
    web, worker,
};
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use scraper::{ElementRef, Html, Selector};
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A running site.
pub struct Site {
    pub app: App,
    pub keys: TempDir,
}

/// Someone with a browser: cookies, but no JavaScript.
pub struct Browser {
    client: Client,
}

/// A page that was answered.
pub struct Answer {
    pub status: StatusCode,
    /// Where the browser ended, without the host.
    pub path: String,
    pub html: Html,
}

impl Site {
    /// Starts the site at an instant, mailing through `mailer`.
    pub async fn start(pool: PgPool, now: DateTime<Utc>, mailer: Mailer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let keys = tempfile::tempdir().unwrap();
        let app = App {
            pool,
            clock: Clock::fixed(now),
            random: Random::seeded(2018),
            keys: KeyDir::new(keys.path().to_owned()),
            cookie_secret: [3; 32],
            mailer,
            webhook_secrets: ["new secret", "old secret"].map(Into::into).to_vec(),
            intake: nothing_followed(keys.path()),
            days: hustings::stats::Days::default(),
            metrics_token: None,
            public_url: format!("http://{}", listener.local_addr().unwrap()),
            community: "Example".into(),
            notice: None,
        };
        let router = web::router::router(app.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { app, keys }
    }

    /// Runs every job that is due.
    pub async fn work(&self) -> usize {
        worker::drain(&self.app).await.unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.app.public_url)
    }
}

/// An archive and an interface that are not there.
pub fn nothing_followed(folder: &std::path::Path) -> Intake {
    Intake {
        archive: folder.join("archive").to_str().unwrap().to_owned(),
        downloads: folder.join("downloads"),
        patience: Patience { stall: Duration::from_secs(5), tries: 2, pause: Duration::from_millis(1) },
        github: api::Settings { base_url: "http://localhost:9".into(), credential: api::Credential::Nobody },
        follows: Vec::new(),
    }
}

impl Browser {
    pub fn new() -> Self {
        let client = super::client().cookie_store(true).redirect(Policy::limited(5)).build().unwrap();
        Self { client }
    }

    pub async fn get(&self, url: &str) -> Answer {
        Answer::read(self.client.get(url).send().await.unwrap()).await
    }

    /// Follows a voter's link and sends its form with these choices to an address.
    pub async fn fill(&self, site: &Site, link: &str, action: &str, choices: &[(String, String)]) -> Answer {
        let ballot = self.get(link).await;
        self.submit(site, action, &[ballot.hidden(), choices.to_vec()].concat()).await
    }

    /// Sends a form as the page it stands on would: its own hidden fields, what
    /// the voter chose, and the headers of a browser.
    pub async fn submit(&self, site: &Site, action: &str, fields: &[(String, String)]) -> Answer {
        let request = self.client.post(site.url(action)).header("sec-fetch-site", "same-origin").form(fields);
        Answer::read(request.send().await.unwrap()).await
    }
}

impl Answer {
    async fn read(response: Response) -> Self {
        let (status, path) = (response.status(), response.url().path().to_owned());
        Self { status, path, html: Html::parse_document(&response.text().await.unwrap()) }
    }

    fn find<'a>(&'a self, selector: &Selector) -> Vec<ElementRef<'a>> {
        self.html.select(selector).collect()
    }

    /// The words of everything a selector finds.
    pub fn words(&self, selector: &str) -> Vec<String> {
        let text = |e: ElementRef<'_>| e.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
        self.find(&Selector::parse(selector).unwrap()).into_iter().map(text).collect()
    }

    /// One attribute of everything a selector finds.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let attribute = |e: ElementRef<'_>| e.value().attr(name).unwrap_or_default().to_owned();
        self.find(&Selector::parse(selector).unwrap()).into_iter().map(attribute).collect()
    }

    /// The hidden fields of the page's form.
    pub fn hidden(&self) -> Vec<(String, String)> {
        let inputs = "main form input[type=hidden]";
        self.attributes(inputs, "name").into_iter().zip(self.attributes(inputs, "value")).collect()
    }
}
