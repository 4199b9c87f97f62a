//! The web site and the worker, in one process or apart, until Ctrl-C or SIGTERM.

use std::{
    io::{Read, Write},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use chrono::Datelike;
use tokio::{net::TcpListener, sync::watch};

use super::database::{self, Database};
use crate::{app::App, config::Config, db, stats::Reader, web, worker};

/// The archive begins here.
const FIRST_YEAR: i32 = 2011;

/// What this process does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Roles {
    pub web: bool,
    pub worker: bool,
}

/// Runs until it is told to stop or the private database dies.
pub(super) fn run(config: &Config, roles: Roles) -> anyhow::Result<ExitCode> {
    let public_url = config.public_url()?;
    let database = Database::open(config)?;
    let options = database.options.clone();
    let died = database.cluster.as_ref().map(crate::db::cluster::Cluster::died);
    let served = database::runtime()?.block_on(async {
        let app = App { public_url, ..database::app(config, options).await? };
        until_told(config, &app, roles, died).await
    });
    served.and_then(|()| database.stop())?;
    Ok(ExitCode::SUCCESS)
}

/// Serves an app; shared with the demonstration.
pub(super) async fn until_told(
    config: &Config,
    app: &App,
    roles: Roles,
    died: Option<impl Future<Output = crate::db::cluster::ClusterError>>,
) -> anyhow::Result<()> {
    let (stop, stopped) = watch::channel(());
    let listener = if roles.web { Some(listen(config).await?) } else { None };
    let ended = {
        let tasks = async {
            tokio::try_join!(
                serve_web(listener, app, stopped.clone()),
                serve_worker(roles.worker, app, stopped.clone())
            )
        };
        tokio::pin!(tasks);
        tokio::select! {
            ended = &mut tasks => ended.map(drop),
            () = told() => {
                drop(stop);
                tasks.await.map(drop)
            }
            error = async { died.expect("checked").await }, if died.is_some() => Err(error.into()),
        }
    };
    // Only now that the tasks are gone: one that is not polled any more would
    // keep its connection, and closing would wait for it for ever.
    app.pool.close().await;
    ended
}

async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}: choose another address with --listen", config.listen))?;
    tracing::info!(address = %config.listen, "listening");
    Ok(listener)
}

async fn serve_web(listener: Option<TcpListener>, app: &App, mut stopped: watch::Receiver<()>) -> anyhow::Result<()> {
    let Some(listener) = listener else { return Ok(()) };
    let stop = async move { while stopped.changed().await.is_ok() {} };
    let ahead = app.clone();
    tokio::spawn(async move {
        if let Err(error) = read_ahead(&ahead).await {
            tracing::warn!(%error, "days could not be read ahead: the first pages that count them take longer");
        }
    });
    axum::serve(listener, web::router::router(app.clone())).with_graceful_shutdown(stop).await?;
    Ok(())
}

/// Reads what pages count, the latest year first; whoever asks meanwhile waits for one.
async fn read_ahead(app: &App) -> sqlx::Result<()> {
    for year in (FIRST_YEAR..=app.clock.now().year()).rev() {
        let mut tx = db::snapshot(&app.pool).await?;
        Reader::new(&mut tx, &app.days).read_ahead(year).await?;
    }
    Ok(())
}

async fn serve_worker(runs: bool, app: &App, mut stopped: watch::Receiver<()>) -> anyhow::Result<()> {
    if runs {
        worker::run(app.clone(), async move { while stopped.changed().await.is_ok() {} }).await;
    }
    Ok(())
}

/// Resolves at the first Ctrl-C or SIGTERM.
async fn told() {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
    let terminated = async {
        match &mut terminate {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// Asks the site on this machine whether it is ready.
pub(super) fn health(config: &Config) -> anyhow::Result<ExitCode> {
    let mut site = std::net::TcpStream::connect_timeout(&config.listen, Duration::from_secs(3))
        .with_context(|| format!("nothing answers on {}", config.listen))?;
    site.set_read_timeout(Some(Duration::from_secs(5)))?;
    site.write_all(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
    let mut answer = String::new();
    site.read_to_string(&mut answer)?;
    let line = answer.lines().next().unwrap_or_default();
    anyhow::ensure!(line.contains(" 200 "), "the site is up but not ready: {line}");
    println!("ready");
    Ok(ExitCode::SUCCESS)
}
