//! A `sigs.yaml` that nobody meant for us: no panic, the same answer twice, and
//! nothing in a group that is no repository's name.

use proptest::{collection::vec, prelude::any};

use super::{is_repository, sigs};
use crate::people::fuzz::{changed_text, fuzz};

const SIGS: &str = "sigs:\n- dir: sig-a\n  name: A\n  mission_statement: >\n    Many words.\n  subprojects:\n  - name: x\n    owners:\n\
    \x20   - https://raw.githubusercontent.com/k/core/main/OWNERS\n    - https://github.com/k/blob/blob/main/OWNERS\n\
    workinggroups:\n- dir: wg-b\n  subprojects: []\ncommittees: []\n";

#[test]
fn any_sigs_yaml_is_read_or_refused_and_twice_in_the_same_way() {
    fuzz(&vec(any::<(u16, u8)>(), 0..8), |changes| {
        let text = changed_text(SIGS, &changes);
        let Ok(read) = sigs(&text) else {
            assert!(sigs(&text).is_err());
            return;
        };
        assert!(
            read.members.iter().all(|member| is_repository(&member.repository) && read.groups.contains(&member.group))
        );
        assert_eq!(read, sigs(&text).unwrap());
    });
}
