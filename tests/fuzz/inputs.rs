//! Where inputs come from: the repository's own fixtures, the examples of the rules, and `fuzz/corpus/`.

use std::path::{Path, PathBuf};

use wirelint::base::{FileKind, RepoPath, kind_of};
use wirelint::rules::RULES;

use super::examples::sections;
use super::targets::{Seeds, Target, tree};

/// A seed longer than this makes each case slow and says nothing that a shorter one does not.
const LONGEST: usize = 6_000;
const LONGEST_TREE: usize = 20_000;

/// The files of one tree.
type Files = Vec<(String, Vec<u8>)>;

/// Every tree that the repository has: fixtures, examples.
pub struct Inputs {
    trees: Vec<Files>,
}

impl Inputs {
    pub fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let mut trees: Vec<Files> = Vec::new();
        for case in sorted(&root) {
            let repo = case.join("repo");
            if repo.is_dir() {
                let mut files = Files::new();
                collect(&repo, &repo, &mut files);
                trees.push(files);
            }
        }
        for rule in RULES {
            for section in sections(rule.body()) {
                trees.push(section.files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect());
            }
        }
        Self { trees }
    }

    /// The seeds of a target, short ones only, each once; never none.
    pub fn of(&self, target: &Target) -> Vec<Vec<u8>> {
        let mut seeds = match target.seeds {
            Seeds::Files(kinds) => self.files(|kind| kinds.contains(&kind)),
            Seeds::Any => self.files(|kind| kind != FileKind::Other),
            Seeds::Trees => {
                let all = self.trees.iter();
                let written = |files: &Files| tree::written(files.iter().map(|(path, text)| (&**path, &**text)));
                all.map(written).filter(|seed| seed.len() <= LONGEST_TREE).collect()
            }
            Seeds::None => Vec::new(),
        };
        seeds.extend(corpus(target.name));
        seeds.sort();
        seeds.dedup();
        if seeds.is_empty() {
            seeds.push(Vec::new());
        }
        seeds
    }

    fn files(&self, is_meant: impl Fn(FileKind) -> bool) -> Vec<Vec<u8>> {
        let all = self.trees.iter().flatten().filter(|(_, text)| text.len() <= LONGEST);
        let of_kind = all.filter(|(path, _)| RepoPath::new(path).is_some_and(|path| is_meant(kind_of(&path))));
        of_kind.map(|(_, text)| text.clone()).collect()
    }
}

/// The inputs of `fuzz/corpus/NAME/`, by file name.
pub fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    if !folder.is_dir() {
        return Vec::new();
    }
    sorted(&folder).into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|item| item.unwrap().path()).collect();
    paths.sort();
    paths
}

fn collect(root: &Path, folder: &Path, files: &mut Files) {
    for path in sorted(folder) {
        let kind = path.symlink_metadata().unwrap().file_type();
        if kind.is_dir() {
            collect(root, &path, files);
        } else if kind.is_file() {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push((name, std::fs::read(&path).unwrap()));
        }
    }
}
