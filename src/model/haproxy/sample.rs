//! Values that are taken from a request.

use std::net::IpAddr;
use std::sync::Arc;

use crate::model::Unknown;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sample {
    /// There is none.
    Absent,
    /// Nobody knows whether there is one.
    Unknown(Unknown),
    /// There is one, and nobody knows which.
    Present(Unknown),
    /// These, in their order: a header may come several times. A condition holds for any of them, and the last one is
    /// what stands in a text.
    Texts(Vec<Arc<str>>),
    /// A text that begins so; nobody knows the rest.
    Start(Arc<str>, Unknown),
    Truth(bool),
    Number(i64),
    Address(IpAddr),
}

impl Sample {
    /// One text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Texts(vec![text.into()])
    }

    /// As it stands in a text; nothing where there is no value.
    pub fn shown(&self) -> Result<String, Unknown> {
        match self {
            Self::Absent => Ok(String::new()),
            Self::Unknown(why) | Self::Present(why) | Self::Start(_, why) => Err(why.clone()),
            Self::Texts(texts) => Ok(texts.last().map_or_else(String::new, ToString::to_string)),
            Self::Truth(truth) => Ok(u8::from(*truth).to_string()),
            Self::Number(number) => Ok(number.to_string()),
            Self::Address(address) => Ok(address.to_string()),
        }
    }

    /// The texts that a comparison looks at.
    pub fn texts(&self) -> Result<Vec<Arc<str>>, Unknown> {
        match self {
            Self::Absent => Ok(Vec::new()),
            Self::Texts(texts) => Ok(texts.clone()),
            other => other.shown().map(|text| vec![text.into()]),
        }
    }

    /// The numbers that a comparison looks at: what is no number is none.
    pub fn numbers(&self) -> Result<Vec<i64>, Unknown> {
        match self {
            Self::Truth(truth) => Ok(vec![i64::from(*truth)]),
            Self::Number(number) => Ok(vec![*number]),
            other => Ok(other.texts()?.iter().filter_map(|text| text.trim().parse().ok()).collect()),
        }
    }
}
