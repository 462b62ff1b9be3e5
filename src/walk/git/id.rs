//! The names of objects.

use super::objects::Kind;

/// How objects are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum HashKind {
    /// 20 bytes.
    #[default]
    Sha1,
    /// 32 bytes.
    Sha256,
}

impl HashKind {
    /// How many bytes a name has.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Whether an object is the one of this kind without content, which git knows without having it.
    pub(super) fn is_empty(self, object: &ObjectId, kind: Kind) -> bool {
        let name = match (self, kind) {
            (Self::Sha1, Kind::Blob) => "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
            (Self::Sha1, Kind::Tree) => "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
            (Self::Sha256, Kind::Blob) => "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
            (Self::Sha256, Kind::Tree) => "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
            (_, Kind::Commit | Kind::Tag) => return false,
        };
        object.hex() == name
    }
}

/// An object's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ObjectId(Box<[u8]>);

impl ObjectId {
    /// The name with these bytes.
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The name that these hexadecimal digits write out in full.
    pub(super) fn of_hex(digits: &[u8], hash: HashKind) -> Option<Self> {
        if digits.len() != 2 * hash.len() {
            return None;
        }
        let bytes: Option<Vec<u8>> =
            digits.chunks_exact(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
        // `+f` would be a number as well.
        bytes.filter(|_| digits.iter().all(u8::is_ascii_hexdigit)).map(|bytes| Self(bytes.into()))
    }

    /// As git writes it.
    pub(super) fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
