//! A repository's mailmap: which names and addresses its people want to be known
//! by. It holds for that repository alone: another one's may say what it likes.

use gix::{
    bstr::{BStr, ByteSlice},
    mailmap::Snapshot,
};

use super::who::Who;

/// A line of it, without names and addresses in clear.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The address as committed.
    pub address: i64,
    /// Of the name as committed; 0 for any.
    pub name: i64,
    pub meant: Who,
    /// Whether it says by which name.
    pub is_named: bool,
}

/// Reads the text of a `.mailmap`; as with git, lines that say nothing are nothing.
pub fn read(text: &[u8]) -> Vec<Entry> {
    let entry = |line: gix::mailmap::Entry<'_>| {
        let none: &BStr = b"".as_bstr();
        let committed = Who::new(line.old_name().unwrap_or(none), line.old_email());
        Entry {
            address: committed.address(),
            name: committed.name_hash(),
            meant: Who::new(line.new_name().unwrap_or(none), line.new_email().unwrap_or(line.old_email())),
            is_named: line.new_name().is_some(),
        }
    };
    Snapshot::from_bytes(text).iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_line_is_read() {
        let entries = read(
            b"# people\nAda L. <ada@example.org>\n<eve@example.org> <eve@old.example>\nBob <bob@example.org> root <root@localhost>\nnonsense\n",
        );
        let who = |name: &str, mail: &str| Who::new(name.into(), mail.into());
        let seen: Vec<_> = entries.iter().map(|e| (e.address, e.name, e.meant.address(), e.is_named)).collect();
        let mut expected = [
            (who("", "ada@example.org"), who("Ada L.", "ada@example.org"), true),
            (who("", "eve@old.example"), who("", "eve@example.org"), false),
            (who("root", "root@localhost"), who("Bob", "bob@example.org"), true),
        ]
        .map(|(old, new, named)| (old.address(), old.name_hash(), new.address(), named));
        expected.sort_unstable_by_key(|(address, ..)| seen.iter().position(|(own, ..)| own == address));
        assert_eq!(seen, expected);
    }
}
