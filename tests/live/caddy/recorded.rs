//! The recorded answers, asked again.
