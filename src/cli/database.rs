//! From a configuration to an app with a database: the one named by
//! `DATABASE_URL`, or the private one in the data directory. A command that comes
//! while a server runs on that directory uses the server's.

use std::{process::ExitCode, str::FromStr};

use anyhow::Context;
use secrecy::ExposeSecret;
use sqlx::postgres::PgConnectOptions;

use crate::{
    app::App,
    clock::Clock,
    config::Config,
    db::{
        self,
        cluster::{self, Cluster, ClusterError},
    },
    election::keys::KeyDir,
    ingest::{
        Intake,
        api::{AppKey, Credential, Settings, Subject},
        archive::{self, Patience},
    },
    mail::Mailer,
    random::Random,
};

/// Connections of one process.
const CONNECTIONS: u32 = 16;

/// A database to connect to, and the private server behind it, if we started one.
pub(super) struct Database {
    pub options: PgConnectOptions,
    pub cluster: Option<Cluster>,
}

impl Database {
    /// Finds or starts it; blocks, so it is called before there is a runtime.
    pub(super) fn open(config: &Config) -> anyhow::Result<Self> {
        if let Some(url) = &config.database_url {
            let options = PgConnectOptions::from_str(url.expose_secret())
                .context("DATABASE_URL is not an address of PostgreSQL; write e.g. postgres://user@host/hustings")?;
            return Ok(Self { options, cluster: None });
        }
        let settings = settings(config)?;
        match Self::private(&settings) {
            Err(ClusterError::InUse { .. }) => Ok(Self { options: Cluster::of_another(&settings)?, cluster: None }),
            started => Ok(started?),
        }
    }

    /// Starts a private one.
    pub(super) fn private(settings: &cluster::Settings) -> Result<Self, ClusterError> {
        let cluster = Cluster::start(settings)?;
        Ok(Self { options: cluster.options(), cluster: Some(cluster) })
    }

    /// Stops the private server, if it is ours.
    pub(super) fn stop(self) -> anyhow::Result<()> {
        self.cluster.map_or(Ok(()), |cluster| Ok(cluster.stop()?))
    }
}

pub(super) fn settings(config: &Config) -> anyhow::Result<cluster::Settings> {
    Ok(cluster::Settings {
        data_dir: config.data_dir()?,
        bin_dir: config.postgres_bin.clone(),
        durable: true,
        max_connections: 64,
    })
}

/// The app that a configuration describes, on a database that is up.
pub(super) async fn app(config: &Config, options: PgConnectOptions) -> anyhow::Result<App> {
    let pool = db::connect(options, CONNECTIONS).await.context("the database cannot be used")?;
    let (keys, random) = (KeyDir::new(config.key_dir()?), Random::system());
    Ok(App {
        pool,
        clock: Clock::system(),
        cookie_secret: keys.cookie_secret(&random),
        random,
        keys,
        mailer: mailer(config)?,
        webhook_secrets: config.webhook_secrets()?,
        intake: intake(config)?,
        days: crate::stats::Days::default(),
        metrics_token: config.metrics_token()?,
        public_url: config.public_url().unwrap_or_else(|_| format!("http://{}", config.listen)),
        community: config.community.clone(),
        notice: None,
    })
}

fn mailer(config: &Config) -> anyhow::Result<Mailer> {
    match (&config.smtp_url, &config.mail_from) {
        (None, _) => Ok(Mailer::nowhere()),
        (Some(_), None) => Err(crate::config::ConfigError::NoMailFrom.into()),
        (Some(url), Some(from)) => Ok(Mailer::smtp(url.expose_secret(), from)?),
    }
}

/// The sources that a configuration names.
fn intake(config: &Config) -> anyhow::Result<Intake> {
    let credential = match (config.github_app()?, config.github_token()?) {
        (Some((app, installation, key)), _) => Credential::App(AppKey { app, installation, key }),
        (None, Some(token)) => Credential::Token(token),
        (None, None) => Credential::Nobody,
    };
    let follows = config.follow.iter().map(|name| name.trim().parse::<Subject>()).collect::<Result<_, _>>();
    Ok(Intake {
        archive: config.archive.clone().unwrap_or_else(|| archive::PUBLIC.to_owned()),
        downloads: config.data_dir()?.join("downloads"),
        patience: Patience::default(),
        github: Settings { base_url: config.github_api_url.clone(), credential },
        follows: follows.context("HUSTINGS_FOLLOW names organisations and repositories, with commas")?,
    })
}

/// Runs a command on an app, in a runtime, and puts everything away after it.
pub(super) fn with(
    config: &Config,
    command: impl AsyncFnOnce(&App) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    let mut database = Database::open(config)?;
    let options = database.options.clone();
    let outcome = runtime()?.block_on(async {
        let app = app(config, options).await?;
        let outcome = command(&app).await;
        app.pool.close().await;
        outcome
    });
    let cluster = database.cluster.take();
    outcome.and_then(|code| {
        cluster.map_or(Ok(()), Cluster::stop)?;
        Ok(code)
    })
}

pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
