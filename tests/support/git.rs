//! Repositories of git, byte by byte: no git is needed, and none would write most of these.
#![allow(dead_code, missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)] // each test file uses a part

use std::path::Path;

use miniz_oxide::deflate::compress_to_vec_zlib;

pub type Id = [u8; 20];

pub const FILE: u32 = 0o100_644;
pub const LINK: u32 = 0o120_000;
pub const FOLDER: u32 = 0o040_000;

/// A name for a content. Nothing that is read here compares them.
pub fn id(content: &[u8]) -> Id {
    let mut id = [0; 20];
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for (index, byte) in content.iter().copied().chain([0; 40]).enumerate() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        id[index % 20] ^= (state >> 32) as u8;
    }
    id
}

pub fn hex(id: &Id) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An index, with the objects that it names.
#[derive(Default)]
pub struct Index {
    entries: Vec<(String, u32, Id, u16)>,
    skipped: Vec<String>,
    objects: Vec<(Id, Vec<u8>)>,
    extensions: Vec<u8>,
}

impl Index {
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let content = content.as_ref();
        let mut with = self.entry(path, FILE, id(content), 0);
        with.objects.push((id(content), content.to_vec()));
        with
    }

    pub fn link(self, path: &str, target: &str) -> Self {
        let mut with = self.entry(path, LINK, id(target.as_bytes()), 0);
        with.objects.push((id(target.as_bytes()), target.as_bytes().to_vec()));
        with
    }

    /// An entry without an object.
    pub fn entry(mut self, path: &str, mode: u32, object: Id, stage: u16) -> Self {
        self.entries.push((path.to_owned(), mode, object, stage));
        self
    }

    /// Says that a sparse working tree leaves a file out.
    pub fn sparse(mut self, path: &str) -> Self {
        self.skipped.push(path.to_owned());
        self
    }

    pub fn extension(mut self, name: &[u8; 4]) -> Self {
        self.extensions.extend(name);
        self.extensions.extend([0; 4]);
        self
    }

    /// The index file, in version 3.
    pub fn bytes(&self) -> Vec<u8> {
        let mut entries = self.entries.clone();
        entries.sort();
        let mut bytes = b"DIRC\0\0\0\x03".to_vec();
        bytes.extend(u32::try_from(entries.len()).unwrap().to_be_bytes());
        for (path, mode, object, stage) in entries {
            let start = bytes.len();
            bytes.extend([0; 24]);
            bytes.extend(mode.to_be_bytes());
            bytes.extend([0; 12]);
            bytes.extend(object);
            // A folder is one that a sparse working tree leaves out.
            let is_skipped = mode == FOLDER || self.skipped.contains(&path);
            let more: u16 = if is_skipped { 0x4000 } else { 0 };
            bytes.extend((more | (stage << 12) | u16::try_from(path.len()).unwrap()).to_be_bytes());
            if is_skipped {
                bytes.extend(0x4000_u16.to_be_bytes());
            }
            bytes.extend(path.as_bytes());
            bytes.resize(bytes.len() + 8 - (bytes.len() - start) % 8, 0);
        }
        bytes.extend(&self.extensions);
        bytes.extend([0; 20]);
        bytes
    }

    /// Writes `HEAD`, `config`, the index and the objects into a folder, `.git` or another.
    pub fn write(&self, folder: &Path, config: &str) {
        for name in ["objects/pack", "objects/info", "refs"] {
            std::fs::create_dir_all(folder.join(name)).unwrap();
        }
        std::fs::write(folder.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        std::fs::write(folder.join("config"), config).unwrap();
        std::fs::write(folder.join("index"), self.bytes()).unwrap();
        for (object, content) in &self.objects {
            loose(folder, object, content);
        }
    }
}

/// Writes a file's content as a file of its own.
pub fn loose(folder: &Path, object: &Id, content: &[u8]) {
    loose_of(folder, "blob", object, content);
}

fn loose_of(folder: &Path, kind: &str, object: &Id, content: &[u8]) {
    let whole = [format!("{kind} {}\0", content.len()).as_bytes(), content].concat();
    loose_raw(folder, object, &compress_to_vec_zlib(&whole, 6));
}

/// Writes an object of a kind, and gives its name.
pub fn object(folder: &Path, kind: &str, content: &[u8]) -> Id {
    let name = id(&[kind.as_bytes(), content].concat());
    loose_of(folder, kind, &name, content);
    name
}

/// Writes an object under a name that is not its own.
pub fn forged(folder: &Path, kind: &str, name: &Id, content: &[u8]) {
    loose_of(folder, kind, name, content);
}

/// The content of a folder.
pub fn folder_of(entries: &[(u32, &str, Id)]) -> Vec<u8> {
    let entry = |(mode, name, object): &(u32, &str, Id)| [format!("{mode:o} {name}\0").as_bytes(), object].concat();
    entries.iter().flat_map(entry).collect()
}

/// Writes the folder of these files with the folders in it, and gives its name.
pub fn tree(folder: &Path, files: &[(&str, &str)]) -> Id {
    let mut folders: Vec<&str> = files.iter().filter_map(|(path, _)| Some(path.split_once('/')?.0)).collect();
    folders.sort_unstable();
    folders.dedup();
    let mut entries: Vec<(u32, &str, Id)> = Vec::new();
    for (path, content) in files.iter().filter(|(path, _)| !path.contains('/')) {
        entries.push((FILE, path, object(folder, "blob", content.as_bytes())));
    }
    for name in folders {
        let below = files.iter().filter_map(|(path, content)| {
            let rest = path.strip_prefix(name)?.strip_prefix('/')?;
            Some((rest, *content))
        });
        entries.push((FOLDER, name, tree(folder, &below.collect::<Vec<_>>())));
    }
    entries.sort_by_key(|(_, name, _)| *name);
    object(folder, "tree", &folder_of(&entries))
}

/// The text of a commit.
pub fn commit_text(tree: &Id, parents: &[Id], date: u64) -> String {
    let parents: String = parents.iter().map(|parent| format!("parent {}\n", hex(parent))).collect();
    format!(
        "tree {}\n{parents}author A <a@b> {date} +0000\ncommitter A <a@b> {date} +0000\n\nparent of it all\n",
        hex(tree)
    )
}

/// Writes a commit, and gives its name.
pub fn commit(folder: &Path, tree: &Id, parents: &[Id], date: u64) -> Id {
    object(folder, "commit", commit_text(tree, parents, date).as_bytes())
}

/// Lets a name stand for an object.
pub fn refer(folder: &Path, name: &str, object: &Id) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("{}\n", hex(object))).unwrap();
}

pub fn loose_raw(folder: &Path, object: &Id, bytes: &[u8]) {
    let name = hex(object);
    let path = folder.join("objects").join(&name[..2]).join(&name[2..]);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// How a pack holds an object.
pub enum Packed {
    Whole(Vec<u8>),
    /// Of the kind that packs give this number: 1 is a commit, 2 a folder, 4 a tag.
    Of(u8, Vec<u8>),
    /// Changes of the object with this number in the pack, named by distance.
    Near(usize, Vec<u8>),
    /// Changes of the object of this name.
    Named(Id, Vec<u8>),
}

/// Writes a pack and its index.
pub fn pack(folder: &Path, objects: &[(Id, Packed)]) {
    let mut content = b"PACK\0\0\0\x02".to_vec();
    content.extend(u32::try_from(objects.len()).unwrap().to_be_bytes());
    let mut offsets: Vec<(Id, usize)> = Vec::new();
    for (object, packed) in objects {
        let start = content.len();
        let (kind, bytes) = match packed {
            Packed::Whole(bytes) => (3, bytes),
            Packed::Of(kind, bytes) => (*kind, bytes),
            Packed::Near(_, bytes) => (6, bytes),
            Packed::Named(_, bytes) => (7, bytes),
        };
        let mut size = bytes.len() >> 4;
        content.push((u8::from(size > 0) << 7) | (kind << 4) | (bytes.len() & 15) as u8);
        while size > 0 {
            content.push((u8::from(size > 0x7f) << 7) | (size & 0x7f) as u8);
            size >>= 7;
        }
        match packed {
            Packed::Whole(_) | Packed::Of(..) => {}
            Packed::Near(base, _) => {
                let mut distance = start - offsets[*base].1;
                let mut digits = vec![(distance & 0x7f) as u8];
                while distance > 0x7f {
                    distance = (distance >> 7) - 1;
                    digits.push(0x80 | (distance & 0x7f) as u8);
                }
                content.extend(digits.iter().rev());
            }
            Packed::Named(base, _) => content.extend(base),
        }
        content.extend(compress_to_vec_zlib(bytes, 6));
        offsets.push((*object, start));
    }
    content.extend([0; 20]);
    offsets.sort_unstable();
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255_u8 {
        let upto = offsets.iter().filter(|(object, _)| object[0] <= first).count();
        index.extend(u32::try_from(upto).unwrap().to_be_bytes());
    }
    index.extend(offsets.iter().flat_map(|(object, _)| *object));
    index.extend(offsets.iter().flat_map(|_| [0; 4]));
    index.extend(offsets.iter().flat_map(|(_, offset)| u32::try_from(*offset).unwrap().to_be_bytes()));
    index.extend([0; 40]);
    std::fs::write(folder.join("objects/pack/pack-a.pack"), content).unwrap();
    std::fs::write(folder.join("objects/pack/pack-a.idx"), index).unwrap();
}
