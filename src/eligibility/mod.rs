//! Who may vote, and why: a written rule, the contributions of each person
//! counted under it, and the roll that comes of both. `roll.lock` fixes a roll
//! with everything it was made from, so that anyone can make it again.

pub mod import;
pub mod lock;
pub mod roll;
mod rule;
mod store;

pub use rule::{Rule, RuleError, WrittenRule};
pub use store::{Entry, entries, entry_by_id, entry_by_login, lock_text, size};
