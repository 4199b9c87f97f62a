//! A file that `git bundle create` has made: a list of branches and a pack. gix
//! reads packs but no bundles, so the list is read here.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
    sync::atomic::AtomicBool,
};

use gix::{ObjectId, odb::pack};

use super::history::{GitError, Refs};

/// The longest line, and the longest list, in bytes.
const LONGEST: u64 = 4096;
const LARGEST: u64 = 64 << 20;

/// Why a file is no bundle that can be read.
#[derive(Debug, thiserror::Error)]
enum BundleError {
    #[error("it does not begin with \"# v2 git bundle\"")]
    Signature,
    #[error("{0:?} is not a line of its list")]
    Line(String),
    #[error("it builds on commit {0}, which it does not hold: make it anew with git bundle create FILE --all")]
    Partial(String),
    #[error("its objects are named by {0}, and only sha1 is read")]
    Format(String),
    #[error("its list does not end")]
    Endless,
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Pack(String),
}

/// Unpacks a bundle into a new repository.
pub fn unpack(path: &Path, into: &Path) -> Result<Refs, GitError> {
    let failed = |error: BundleError| GitError::Bundle { place: path.display().to_string(), reason: error.to_string() };
    let file = File::open(path).map_err(|error| failed(error.into()))?;
    try_unpack(&mut BufReader::new(file), into).map_err(failed)
}

fn try_unpack(file: &mut impl BufRead, into: &Path) -> Result<Refs, BundleError> {
    let refs = read_list(file)?;
    gix::init_bare(into).map_err(|error| BundleError::Pack(error.to_string()))?;
    let options = pack::bundle::write::Options { alloc_limit_bytes: Some(256 << 20), ..Default::default() };
    pack::Bundle::write_to_directory(
        file,
        Some(&into.join("objects/pack")),
        &mut gix::progress::Discard,
        &AtomicBool::new(false),
        None::<gix::objs::find::Never>,
        gix::hash::Kind::Sha1,
        options,
    )
    .map_err(|error| BundleError::Pack(error.to_string()))?;
    Ok(refs)
}

/// Reads up to the empty line before the pack.
fn read_list(file: &mut impl BufRead) -> Result<Refs, BundleError> {
    let signature = line(file)?;
    if !matches!(signature.as_str(), "# v2 git bundle" | "# v3 git bundle") {
        return Err(BundleError::Signature);
    }
    let (mut refs, mut branches, mut read) = (Refs::default(), Vec::new(), 0);
    loop {
        let line = line(file)?;
        read += line.len() as u64 + 1;
        if read > LARGEST {
            return Err(BundleError::Endless);
        }
        if line.is_empty() {
            break;
        }
        if let Some(needed) = line.strip_prefix('-') {
            return Err(BundleError::Partial(needed.chars().take(40).collect()));
        }
        if let Some(capability) = line.strip_prefix('@') {
            match capability.strip_prefix("object-format=") {
                Some(format) if format != "sha1" => return Err(BundleError::Format(format.to_owned())),
                _ => continue,
            }
        }
        let (id, name) = line.split_once(' ').ok_or_else(|| BundleError::Line(line.clone()))?;
        let id = ObjectId::from_hex(id.as_bytes()).map_err(|_| BundleError::Line(line.clone()))?;
        match name {
            "HEAD" => refs.head = Some(id),
            name if name.starts_with("refs/heads/") => branches.push((name.to_owned(), id)),
            _ => {}
        }
    }
    refs.head = refs.head.or_else(|| default_of(&branches));
    refs.tips = branches.into_iter().map(|(_, id)| id).chain(refs.head).collect();
    Ok(refs)
}

/// Of a bundle that does not say which branch is the default.
fn default_of(branches: &[(String, ObjectId)]) -> Option<ObjectId> {
    let named = |name: &str| branches.iter().find(|(own, _)| own == name);
    let only = branches.first().filter(|_| branches.len() == 1);
    Some(named("refs/heads/main").or_else(|| named("refs/heads/master")).or(only)?.1)
}

fn line(file: &mut impl BufRead) -> Result<String, BundleError> {
    let mut line = Vec::new();
    file.take(LONGEST).read_until(b'\n', &mut line)?;
    match line.pop() {
        Some(b'\n') => Ok(String::from_utf8_lossy(&line).into_owned()),
        _ => Err(BundleError::Endless),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const OTHER: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn read(text: &str) -> Result<(Option<String>, usize), String> {
        let refs = read_list(&mut text.as_bytes()).map_err(|error| error.to_string())?;
        Ok((refs.head.map(|id| id.to_string()), refs.tips.len()))
    }

    #[test]
    fn the_list_names_the_branches_and_the_default_one() {
        let head = Ok((Some(ID.to_owned()), 2));
        assert_eq!(
            read(&format!("# v2 git bundle\n{OTHER} refs/heads/x\n{ID} HEAD\n{OTHER} refs/tags/v1\n\nPACK")),
            head
        );
        assert_eq!(
            read(&format!(
                "# v3 git bundle\n@object-format=sha1\n@filter=blob:none\n{ID} refs/heads/main\n{OTHER} refs/heads/x\n\n"
            )),
            head
        );
        assert_eq!(read(&format!("# v2 git bundle\n{ID} refs/heads/x\n\n")), Ok((Some(ID.to_owned()), 1)));
        assert_eq!(read(&format!("# v2 git bundle\n{ID} refs/heads/x\n{OTHER} refs/heads/y\n\n")), Ok((None, 2)));
    }

    #[test]
    fn what_is_no_bundle_says_why() {
        for (text, reason) in [
            ("PACK\n".to_owned(), "it does not begin with \"# v2 git bundle\""),
            (String::new(), "its list does not end"),
            ("# v2 git bundle\n".to_owned(), "its list does not end"),
            (format!("# v2 git bundle\n{}\n", "x".repeat(5000)), "its list does not end"),
            ("# v2 git bundle\nx HEAD\n".to_owned(), "\"x HEAD\" is not a line of its list"),
            (
                "# v3 git bundle\n@object-format=sha256\n".to_owned(),
                "its objects are named by sha256, and only sha1 is read",
            ),
            (
                format!("# v2 git bundle\n-{ID} Fix it\n"),
                "it builds on commit aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, which it does not hold: make it anew with git bundle create FILE --all",
            ),
        ] {
            assert_eq!(read(&text), Err(reason.to_owned()), "{text:.40}");
        }
    }
}
