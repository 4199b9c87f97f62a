//! Mail: the outbox, the messages, and the one way out of the house.
//!
//! A mail is enqueued in the transaction that causes it and sent outside of it.
//! The outbox never holds a token, an address or a body: a message is composed
//! again, from what its link is derived from, each time it is sent. This room
//! knows how a message reads and how it is delivered; who gets one and what link
//! is in it is decided by `election`.

pub mod messages;
mod store;
mod transport;

pub use store::{MailRow, NewMail, State, by_kind, enqueue, listed, load, mark, mark_reminded, reminders};
pub use transport::{Captured, IN_FLIGHT, Mailer, SendError};

/// A mail address that can be written to.
pub use lettre::Address;
