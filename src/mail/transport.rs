//! The one way out of the house: SMTP through lettre, or a list in memory.

use std::sync::{Arc, Mutex, PoisonError};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::{Mailbox, MultiPart, header},
    transport::smtp::PoolConfig,
};

use super::messages::Message;

/// How many connections to the mail server are open at most, and so how many
/// mails are in flight.
pub const IN_FLIGHT: u32 = 8;

/// Sends mail from one sender.
#[derive(Clone, Debug)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// The demonstration's postbox: readable on a page, gone with the process.
    Captured(Arc<Mutex<Vec<Captured>>>),
    /// No SMTP server is configured.
    Nowhere,
}

/// A mail that went to the demonstration's postbox.
#[derive(Clone, Debug)]
pub struct Captured {
    pub to: String,
    pub message_id: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// Why a mail was not sent, and whether trying again may help.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("no mail server is configured: set SMTP_URL and MAIL_FROM")]
    NotConfigured,
    #[error("the address is not one that mail can be sent to")]
    BadAddress,
    #[error("the message could not be built: {0}")]
    Build(String),
    #[error("the mail server refused it for good: {0}")]
    Refused(String),
    #[error("the mail server did not take it now: {0}")]
    TryLater(String),
}

impl SendError {
    /// Whether the same mail may get through later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::TryLater(_) | Self::NotConfigured)
    }
}

impl Mailer {
    /// Sends through the server at `url`, e.g. `smtp://localhost:1025`.
    pub fn smtp(url: &str, from: &str) -> Result<Self, SendError> {
        let pool = PoolConfig::new().max_size(IN_FLIGHT);
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|e| SendError::Build(format!("SMTP_URL: {e}")))?;
        Ok(Self { from: sender(from)?, way: Way::Smtp(builder.pool_config(pool).build()) })
    }

    /// Keeps every mail in memory.
    pub fn captured() -> Self {
        Self { from: demo_sender(), way: Way::Captured(Arc::default()) }
    }

    /// Refuses every mail with a sentence that says what to configure.
    pub fn nowhere() -> Self {
        Self { from: demo_sender(), way: Way::Nowhere }
    }

    /// Whether mail can leave at all.
    pub fn is_configured(&self) -> bool {
        !matches!(self.way, Way::Nowhere)
    }

    /// The demonstration's postbox, oldest first; `None` when mail is really sent.
    pub fn postbox(&self) -> Option<Vec<Captured>> {
        match &self.way {
            Way::Captured(box_) => Some(box_.lock().unwrap_or_else(PoisonError::into_inner).clone()),
            Way::Smtp(_) | Way::Nowhere => None,
        }
    }

    /// Sends one message to one address.
    pub async fn send(&self, to: &str, message_id: &str, message: &Message) -> Result<(), SendError> {
        let (text, html) = message.bodies().map_err(|e| SendError::Build(e.to_string()))?;
        match &self.way {
            Way::Nowhere => Err(SendError::NotConfigured),
            Way::Captured(postbox) => {
                let mail = Captured {
                    to: to.to_owned(),
                    message_id: message_id.to_owned(),
                    subject: message.subject.clone(),
                    text,
                    html,
                };
                postbox.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                Ok(())
            }
            Way::Smtp(smtp) => {
                let mail = self.build(to, message_id, message, text, html)?;
                smtp.send(mail).await.map(drop).map_err(|e| refused(&e))
            }
        }
    }

    fn build(
        &self,
        to: &str,
        message_id: &str,
        message: &Message,
        text: String,
        html: String,
    ) -> Result<lettre::Message, SendError> {
        let address: Address = to.parse().map_err(|_| SendError::BadAddress)?;
        lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, address))
            .subject(&message.subject)
            .message_id(Some(message_id.to_owned()))
            .date_now()
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(text, html))
            .map_err(|e| SendError::Build(e.to_string()))
    }
}

fn sender(from: &str) -> Result<Mailbox, SendError> {
    from.parse().map_err(|_| {
        SendError::Build(format!("MAIL_FROM is not an address: {from:?}; write e.g. Elections <elections@example.org>"))
    })
}

fn demo_sender() -> Mailbox {
    Mailbox::new(Some("Hustings".into()), Address::new("elections", "example.org").expect("a valid address"))
}

fn refused(error: &lettre::transport::smtp::Error) -> SendError {
    if error.is_permanent() { SendError::Refused(error.to_string()) } else { SendError::TryLater(error.to_string()) }
}

/// Tells vacation programs to keep quiet (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".into())
    }
}
