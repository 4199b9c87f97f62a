//! Every environment variable we read, one documented field each. Only this
//! module reads the environment; half-configured groups refuse to start with a
//! sentence that says what is missing.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use secrecy::{ExposeSecret, SecretString};

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

    /// GitHub's interface: `https://HOST/api/v3` of an Enterprise Server.
    #[arg(long, env = "GITHUB_API_URL", default_value = "https://api.github.com", global = true)]
    pub github_api_url: String,

    /// Token that may read what is public (fine-grained, no permissions needed);
    /// without one GitHub answers 60 requests an hour.
    #[arg(long, env = "GITHUB_TOKEN", hide_env_values = true, global = true)]
    pub github_token: Option<SecretString>,

    /// File that holds the token.
    #[arg(long, env = "GITHUB_TOKEN_FILE", global = true)]
    pub github_token_file: Option<PathBuf>,

    /// Instead of a token: client id of a GitHub App, the number of its
    /// installation, and the file with its private key.
    #[arg(long, env = "GITHUB_APP_ID", global = true)]
    pub github_app_id: Option<String>,

    /// Number of the App's installation.
    #[arg(long, env = "GITHUB_APP_INSTALLATION", global = true)]
    pub github_app_installation: Option<u64>,

    /// File that holds the App's private key.
    #[arg(long, env = "GITHUB_APP_KEY_FILE", global = true)]
    pub github_app_key_file: Option<PathBuf>,

    /// Secret that GitHub signs its webhooks with; without one none are taken.
    #[arg(long, env = "GITHUB_WEBHOOK_SECRET", hide_env_values = true, global = true)]
    pub github_webhook_secret: Option<SecretString>,

    /// File that holds the webhooks' secret, or two of them, a line each, while
    /// one replaces the other.
    #[arg(long, env = "GITHUB_WEBHOOK_SECRET_FILE", global = true)]
    pub github_webhook_secret_file: Option<PathBuf>,

    /// What the worker keeps up with: organisations and repositories, with commas,
    /// e.g. `kubernetes,etcd-io/etcd`. Without any it asks nobody by itself.
    #[arg(long, env = "HUSTINGS_FOLLOW", value_name = "ORG|OWNER/REPO", value_delimiter = ',', global = true)]
    pub follow: Vec<String>,

    /// Where the archive's hours are: a folder, or an address with places for the hour
    /// [default: the public archive]
    #[arg(long, env = "HUSTINGS_ARCHIVE", value_name = "DIR|URL", global = true)]
    pub archive: Option<String>,

    /// What `/metrics` asks for as a bearer token; without one there are no metrics.
    #[arg(long, env = "HUSTINGS_METRICS_TOKEN", hide_env_values = true, global = true)]
    pub metrics_token: Option<SecretString>,

    /// File that holds the token of `/metrics`.
    #[arg(long, env = "HUSTINGS_METRICS_TOKEN_FILE", global = true)]
    pub metrics_token_file: Option<PathBuf>,

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
    #[error("{0} and {0}_FILE are both set: keep one of them")]
    Twice(&'static str),
    #[error("{0} cannot be read from {1}: {2}")]
    Secret(&'static str, PathBuf, std::io::Error),
    #[error("{0} is empty: set it to a secret, or not at all")]
    Empty(&'static str),
    #[error(
        "a GitHub App needs GITHUB_APP_ID, GITHUB_APP_INSTALLATION and GITHUB_APP_KEY_FILE, all three, and no GITHUB_TOKEN"
    )]
    HalfAnApp,
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

    /// The token of GitHub's interface, if there is one.
    pub fn github_token(&self) -> Result<Option<SecretString>, ConfigError> {
        secret("GITHUB_TOKEN", self.github_token.as_ref(), self.github_token_file.as_ref())
    }

    /// Client id, installation and private key of the GitHub App, if there is one.
    pub fn github_app(&self) -> Result<Option<(String, u64, SecretString)>, ConfigError> {
        let key = secret("GITHUB_APP_KEY", None, self.github_app_key_file.as_ref())?;
        match (&self.github_app_id, self.github_app_installation, key) {
            (None, None, None) => Ok(None),
            (Some(id), Some(installation), Some(key)) if self.github_token()?.is_none() => {
                Ok(Some((id.clone(), installation, key)))
            }
            _ => Err(ConfigError::HalfAnApp),
        }
    }

    /// What webhooks are signed with: no secret, one, or two.
    pub fn webhook_secrets(&self) -> Result<Vec<SecretString>, ConfigError> {
        let (given, file) = (self.github_webhook_secret.as_ref(), self.github_webhook_secret_file.as_ref());
        let secrets = secret("GITHUB_WEBHOOK_SECRET", given, file)?;
        Ok(secrets.iter().flat_map(|text| text.expose_secret().lines()).map(SecretString::from).collect())
    }

    /// What `/metrics` asks for, if anything.
    pub fn metrics_token(&self) -> Result<Option<SecretString>, ConfigError> {
        secret("HUSTINGS_METRICS_TOKEN", self.metrics_token.as_ref(), self.metrics_token_file.as_ref())
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

/// A secret that is given, or the text of the file that holds it.
fn secret(
    name: &'static str,
    given: Option<&SecretString>,
    file: Option<&PathBuf>,
) -> Result<Option<SecretString>, ConfigError> {
    let text = match (given, file) {
        (Some(_), Some(_)) => return Err(ConfigError::Twice(name)),
        (None, None) => return Ok(None),
        (Some(given), None) => given.expose_secret().to_owned(),
        (None, Some(file)) => {
            std::fs::read_to_string(file).map_err(|error| ConfigError::Secret(name, file.clone(), error))?
        }
    };
    let text = text.trim();
    if text.is_empty() { Err(ConfigError::Empty(name)) } else { Ok(Some(text.into())) }
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
