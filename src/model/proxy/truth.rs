//! Whether something holds, as far as that is known.

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::model) enum Truth {
    No,
    Unknown,
    Yes,
}

impl Truth {
    pub fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    pub fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}
