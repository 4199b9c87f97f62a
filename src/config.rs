//! Every environment variable we read, one documented field each. Only this
//! module reads the environment; half-configured groups refuse to start with a
//! sentence that says what is missing.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use secrecy::SecretString;

/// Where things are and how to reach them.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// `PostgreSQL` to use. Without it hustings runs a private one in its data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<SecretString>,

    /// Directory for the private `PostgreSQL` [default: /var/lib/hustings as root,
    /// else ~/.local/share/hustings]
    #[arg(long, env = "HUSTINGS_DATA_DIR", global = true)]
    pub data_dir: Option<PathBuf>,

    /// Directory for election keys: outside the data directory, never in a backup
    /// [default: /var/lib/hustings-keys as root, else ~/.config/hustings/keys]
    #[arg(long, env = "HUSTINGS_KEY_DIR", global = true)]
    pub key_dir: Option<PathBuf>,

    /// Directory with `PostgreSQL`'s server programs [default: found]
    #[arg(long, env = "HUSTINGS_POSTGRES_BIN", global = true)]
    pub postgres_bin: Option<PathBuf>,

    /// Address to listen on.
    #[arg(long, env = "HUSTINGS_LISTEN", default_value = "127.0.0.1:8080", global = true)]
    pub listen: SocketAddr,

    /// How the world reaches us, e.g. <https://vote.example.org>. Every link in every mail begins with it.
    #[arg(long, env = "PUBLIC_URL", global = true)]
    pub public_url: Option<String>,

    /// SMTP server, e.g. `smtp://localhost:1025` or `smtps://user:password@mail.example.org`.
    #[arg(long, env = "SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<SecretString>,

    /// Sender of every mail, e.g. `Elections <elections@example.org>`.
    #[arg(long, env = "MAIL_FROM", global = true)]
    pub mail_from: Option<String>,

    /// Name of the community, shown on every page.
    #[arg(long, env = "HUSTINGS_COMMUNITY", default_value = "Hustings", global = true)]
    pub community: String,

    /// What to log, e.g. `info` or `hustings=debug`.
    #[arg(long, env = "HUSTINGS_LOG", default_value = "warn,hustings=info", global = true)]
    pub log: String,
}

/// What is wrong with the configuration, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "PUBLIC_URL is not set: it is how the world reaches this site, and every link in a mail begins with it; set it, e.g. PUBLIC_URL=https://vote.example.org"
    )]
    NoPublicUrl,
    #[error("PUBLIC_URL must begin with http:// or https:// and end without a path, but it is {0:?}")]
    BadPublicUrl(String),
    #[error(
        "SMTP_URL is set but MAIL_FROM is not: both are needed to send mail; set e.g. MAIL_FROM='Elections <elections@example.org>'"
    )]
    NoMailFrom,
    #[error("no home directory to keep data in: set HUSTINGS_DATA_DIR and HUSTINGS_KEY_DIR")]
    NoHome,
}

impl Config {
    /// The public address, without a slash at its end.
    pub fn public_url(&self) -> Result<String, ConfigError> {
        let url = self.public_url.clone().ok_or(ConfigError::NoPublicUrl)?;
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        match host.map(|h| h.strip_suffix('/').unwrap_or(h)) {
            Some(h) if !h.is_empty() && !h.contains(['/', '?', '#', '@', ' ']) => {
                Ok(url.strip_suffix('/').unwrap_or(&url).to_owned())
            }
            _ => Err(ConfigError::BadPublicUrl(url)),
        }
    }

    /// The data directory; see the field for its default.
    pub fn data_dir(&self) -> Result<PathBuf, ConfigError> {
        match &self.data_dir {
            Some(dir) => Ok(dir.clone()),
            None if is_root() => Ok("/var/lib/hustings".into()),
            None => Ok(home()?.join(".local/share/hustings")),
        }
    }

    /// The key directory; see the field for its default.
    pub fn key_dir(&self) -> Result<PathBuf, ConfigError> {
        match &self.key_dir {
            Some(dir) => Ok(dir.clone()),
            None if is_root() => Ok("/var/lib/hustings-keys".into()),
            None => Ok(home()?.join(".config/hustings/keys")),
        }
    }
}

/// Whether the user wants no colours (<https://no-color.org>).
pub fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

fn home() -> Result<PathBuf, ConfigError> {
    std::env::home_dir().ok_or(ConfigError::NoHome)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        config: Config,
    }

    fn public(url: &str) -> Result<String, ConfigError> {
        Cli::parse_from(["hustings", "--public-url", url]).config.public_url()
    }

    #[test]
    fn a_public_url_is_a_scheme_and_a_host() {
        assert_eq!(public("https://vote.example.org/").unwrap(), "https://vote.example.org");
        for bad in ["vote.example.org", "https://", "https://a/b", "ftp://a", "https://a@b"] {
            assert!(matches!(public(bad), Err(ConfigError::BadPublicUrl(_))), "{bad}");
        }
    }
}
