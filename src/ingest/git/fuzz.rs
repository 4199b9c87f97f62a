//! Commits that nobody's git has made: no panic, the same answer twice, and no fact
//! outside of the bounds. For a second, or for as many as `FUZZ_SECONDS` says.

use gix::ObjectId;
use proptest::{collection::vec, prelude::any};

use super::{commit, place::Subject};
use crate::people::fuzz::{changed, fuzz};

/// A commit of each sort.
const COMMITS: [&str; 4] = [
    "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 1111111111111111111111111111111111111111\nauthor Ada <ada@example.org> 1700000000 +0100\ncommitter GitHub <noreply@github.com> 1700000060 +0000\n\nFix it (#7)\n\nCo-authored-by: Eve <eve@example.org>\n",
    "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 1111111111111111111111111111111111111111\nparent 2222222222222222222222222222222222222222\nauthor 5 <5+eve@users.noreply.github.com> 1 -0730\ncommitter 5 <eve@users.noreply.github.com> 2 +1400\n\nMerge pull request #12 from eve/fix\n",
    "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor  <> 0 +0000\ncommitter A\tB < a@b > 4102444799 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\nencoding latin1\n\n",
    "tree x\n\nauthor",
];

#[test]
fn any_commit_is_read_or_said_to_be_unreadable_and_twice_in_the_same_way() {
    let subject = Subject { repo_id: 7, name: "acme/anvil".to_owned(), is_told: true };
    let sha = ObjectId::from_hex(&[b'a'; 40]).unwrap();
    fuzz(&(any::<u8>(), vec(any::<(u16, u8)>(), 0..8), any::<bool>()), |(which, changes, mainline)| {
        let data = changed(COMMITS[usize::from(which) % COMMITS.len()].as_bytes(), &changes);
        let reading = commit::read(&subject, &sha, &data, mainline);
        assert!(!reading.facts.is_empty() || !reading.problems.is_empty(), "nothing is passed over in silence");
        assert!(reading.facts.iter().all(|fact| (0..4_133_980_800).contains(&fact.at) && fact.actor_id <= 0));
        for (who, _) in &reading.people {
            let label = who.label();
            assert!(label.starts_with("git: ") && !label.contains(char::is_control) && label.len() <= 405, "{label}");
        }
        assert_eq!(reading, commit::read(&subject, &sha, &data, mainline));
    });
}
