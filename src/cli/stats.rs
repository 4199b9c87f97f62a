use std::process::ExitCode;
use crate::app::App;
#[derive(clap::Subcommand, Debug)]
pub(super) enum Command { Activity }
pub(super) async fn run(_: Command, _: &App) -> anyhow::Result<ExitCode> { Ok(ExitCode::SUCCESS) }
