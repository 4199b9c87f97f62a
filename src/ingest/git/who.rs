//! Who a commit names. An address is not kept: its stand-in is a number made from
//! it, the way GH Archive hides it (SHA-1 of the part before the @) and in lower
//! case, so that the archive's commits would give the same one.

use chrono::NaiveDate;
use gix::bstr::{BStr, ByteSlice};

use crate::{
    ingest::{Gathering, fact::key_hash},
    people::store::{Address, Author},
};

/// What GitHub gives people who keep their address to themselves.
const NOREPLY: &str = "@users.noreply.github.com";
/// Commits that GitHub itself makes, for whoever pressed the button.
const GITHUB: &str = "noreply@github.com";

/// The longest name that is shown, in characters.
const LONGEST: usize = 100;

/// A name and an address, as a commit has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    name: String,
    mail: String,
    /// Whose it is, where GitHub has said so.
    account: Option<i64>,
}

impl Who {
    pub fn new(name: &BStr, mail: &BStr) -> Self {
        Self {
            name: name.to_str_lossy().trim().to_owned(),
            mail: mail.to_str_lossy().trim().to_lowercase(),
            account: None,
        }
    }

    /// The same, with whose GitHub says that it is.
    pub fn of_account(self, account: Option<i64>) -> Self {
        Self { account, ..self }
    }

    /// Whom GitHub knows under a login.
    pub fn of_login(login: &str) -> Self {
        Self { name: login.to_owned(), mail: format!("{}{NOREPLY}", login.to_lowercase()), account: None }
    }

    /// GitHub's own hand.
    pub fn is_github(&self) -> bool {
        self.mail == GITHUB
    }

    /// The stand-in of the address; of the name, if there is no address.
    pub fn address(&self) -> i64 {
        let (local, host) = self.mail.rsplit_once('@').unwrap_or((&self.mail, ""));
        if local.is_empty() {
            return below_zero(&[b"name", self.lower_name().as_bytes()]);
        }
        below_zero(&[b"address", sha1(local).as_bytes(), host.as_bytes()])
    }

    /// A number for the name in any case; 0 for none.
    pub fn name_hash(&self) -> i64 {
        if self.name.is_empty() { 0 } else { key_hash(&[b"name", self.lower_name().as_bytes()]) }
    }

    /// The stand-in of name and address in a repository.
    pub fn author(&self, repo_id: i64) -> Author {
        let (address, name) = (self.address(), self.name_hash());
        let parts = [repo_id, address, name].map(i64::to_be_bytes);
        let actor_id = below_zero(&[b"author", &parts[0], &parts[1], &parts[2]]);
        Author { actor_id, repo_id, address, name }
    }

    /// Who acts: the account, else the stand-in.
    pub fn actor(&self, repo_id: i64) -> i64 {
        self.account.unwrap_or_else(|| self.author(repo_id).actor_id)
    }

    /// Notes the stand-ins and what they are called.
    pub fn note(&self, repo_id: i64, day: NaiveDate, names: &mut Gathering) {
        let author = self.author(repo_id);
        names.see_actor(author.actor_id, &self.label(), day);
        names.authors.insert(author);
        self.note_address(day, names);
        if self.is_github() {
            names.see_bots([author.actor_id, author.address]);
        }
    }

    /// The same of the address alone.
    pub fn note_address(&self, day: NaiveDate, names: &mut Gathering) {
        names.see_actor(self.address(), &self.label(), day);
        names.addresses.insert(self.claim());
    }

    /// The address with what it says of an account, or else GitHub.
    pub fn claim(&self) -> Address {
        let local = self.mail.strip_suffix(NOREPLY).unwrap_or_default();
        let numbered = local.split_once('+').and_then(|(id, _)| id.parse().ok()).filter(|id| *id > 0);
        let is_login = |login: &&str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
            !login.is_empty() && login.len() <= 39 && login.chars().all(fits)
        };
        let login = Some(local).filter(|_| numbered.is_none()).filter(is_login).map(str::to_owned);
        Address { actor_id: self.address(), account: numbered.or(self.account), login }
    }

    /// What it is called where people are shown; never what could be a login.
    pub fn label(&self) -> String {
        let shown = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
        let name: String = self.name.chars().map(shown).take(LONGEST).collect();
        format!("git: {}", if name.is_empty() { "somebody" } else { &name })
    }

    /// How long the name is, if it is shown clipped.
    pub fn clipped(&self) -> Option<usize> {
        Some(self.name.chars().count()).filter(|length| *length > LONGEST)
    }

    fn lower_name(&self) -> String {
        self.name.to_lowercase()
    }
}

fn below_zero(parts: &[&[u8]]) -> i64 {
    key_hash(parts) | i64::MIN
}

/// As hexadecimal digits; what is such already was hidden before.
fn sha1(local: &str) -> String {
    if local.len() == 40 && local.bytes().all(|b| b.is_ascii_hexdigit()) {
        return local.to_owned();
    }
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(local.as_bytes());
    // It fails only where somebody forges collisions: such an address is itself.
    hasher.try_finalize().map_or_else(|_| local.to_owned(), |sum| sum.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(name: &str, mail: &str) -> Who {
        Who::new(name.into(), mail.into())
    }

    #[test]
    fn an_address_is_one_stand_in_in_any_case_and_as_the_archive_hides_it() {
        let ada = who("Ada", "ada@example.org");
        assert!(ada.address() < 0);
        assert_eq!(ada.address(), who("A. Lovelace", " ADA@Example.org").address());
        // printf ada | sha1sum
        assert_eq!(ada.address(), who("", "e4ea294c062c525643df036a35ca579b905fa400@example.org").address());
        assert_ne!(ada.address(), who("Ada", "ada@example.com").address());
    }

    #[test]
    fn who_has_no_address_is_known_by_name() {
        assert_eq!(who("Ada", "").address(), who("ada", " ").address());
        assert_ne!(who("Ada", "").address(), who("Eve", "").address());
    }

    #[test]
    fn githubs_addresses_say_whose_they_are() {
        let claim = |mail: &str| {
            let claim = who("Ada", mail).claim();
            (claim.account, claim.login)
        };
        assert_eq!(claim("123+Ada@users.noreply.github.com"), (Some(123), None));
        assert_eq!(claim("Ada@users.noreply.github.com"), (None, Some("ada".to_owned())));
        for nobody in ["ada@example.org", "0+ada@users.noreply.github.com", "a b@users.noreply.github.com", ""] {
            assert_eq!(claim(nobody), (None, None), "{nobody}");
        }
        assert_eq!(Who::of_login("Ada").claim(), who("", "ada@users.noreply.github.com").claim());
        let told = |mail: &str| who("Ada", mail).of_account(Some(9)).claim().account;
        assert_eq!(told("ada@example.org"), Some(9));
        assert_eq!(told("123+Ada@users.noreply.github.com"), Some(123), "what the address itself says comes first");
    }

    #[test]
    fn no_label_is_a_login() {
        assert_eq!(who("Ada", "").label(), "git: Ada");
        assert_eq!(who(" ", "").label(), "git: somebody");
        assert_eq!(who("a\0\nb", "").label(), "git: a\u{fffd}\u{fffd}b");
        let long = who(&"é".repeat(101), "");
        assert_eq!((long.label().chars().count(), long.clipped()), (105, Some(101)));
    }
}
