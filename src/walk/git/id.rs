//! The names of objects.

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

    /// The object without content, which git knows without having it.
    pub(super) fn empty_blob(self) -> &'static [u8] {
        match self {
            Self::Sha1 => &[
                0xe6, 0x9d, 0xe2, 0x9b, 0xb2, 0xd1, 0xd6, 0x43, 0x4b, 0x8b, 0x29, 0xae, 0x77, 0x5a, 0xd8, 0xc2, 0xe4,
                0x8c, 0x53, 0x91,
            ],
            Self::Sha256 => &[
                0x47, 0x3a, 0x0f, 0x4c, 0x3b, 0xe8, 0xa9, 0x36, 0x81, 0xa2, 0x67, 0xe3, 0xb1, 0xe9, 0xa7, 0xdc, 0xda,
                0x11, 0x85, 0x43, 0x6f, 0xe1, 0x41, 0xf7, 0x74, 0x91, 0x20, 0xa3, 0x03, 0x72, 0x18, 0x13,
            ],
        }
    }

    /// The folder without files, which git knows without having it.
    pub(super) fn empty_tree(self) -> &'static [u8] {
        match self {
            Self::Sha1 => &[
                0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9, 0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88, 0xfb,
                0xee, 0x49, 0x04,
            ],
            Self::Sha256 => &[
                0x6e, 0xf1, 0x9b, 0x41, 0x22, 0x5c, 0x53, 0x69, 0xf1, 0xc1, 0x04, 0xd4, 0x5d, 0x8d, 0x85, 0xef, 0xa9,
                0xb0, 0x57, 0xb5, 0x3b, 0x14, 0xb4, 0xb9, 0xb9, 0x39, 0xdd, 0x74, 0xde, 0xcc, 0x53, 0x21,
            ],
        }
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
