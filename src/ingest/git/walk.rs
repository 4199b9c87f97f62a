//! Every commit that can be reached from the tips, once each.

use gix::{ObjectId, hashtable::HashSet, objs::CommitRefIter};

use super::history::{GitError, History};

/// Calls `each` with every commit and its object, and whether it is on the
/// first-parent line of the default branch: that line comes first, whole, then the
/// rest. Stops when `each` says false. Holds the names of commits, never more than
/// one object.
pub fn walk(history: &History, mut each: impl FnMut(&ObjectId, &[u8], bool) -> bool) -> Result<(), GitError> {
    let repo = history.repo.to_thread_local();
    let mut seen = HashSet::<ObjectId>::default();
    let mut waiting: Vec<_> = history.tips.iter().map(|tip| (*tip, false)).collect();
    waiting.extend(history.head.map(|head| (head, true)));
    while let Some((id, mainline)) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let object = repo.find_object(id).map_err(|error| GitError::Object { sha: id, reason: error.to_string() })?;
        if !each(&id, &object.data, mainline) {
            return Ok(());
        }
        if !history.shallow.contains(&id) {
            let parents: Vec<_> = CommitRefIter::from_bytes(&object.data, id.kind()).parent_ids().collect();
            // Last in, first out: the first parent is next.
            waiting.extend(parents.iter().enumerate().rev().map(|(n, parent)| (*parent, mainline && n == 0)));
        }
    }
    Ok(())
}
