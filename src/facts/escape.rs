//! What a file does with values that routes hang on, beyond what adapters understand.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Expr;
use crate::base::Span;

/// Where applications, routers and servers go from a file. Whatever is handed to something that is not followed may get
/// more routes, policies and listeners there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handovers {
    /// The functions and classes of the file, by the names under which they are called. Where one of them gets an
    /// application, `escapes`, the routes and the mounts of the file say all that it does with it.
    pub functions: Vec<Arc<str>>,
    /// Values that go to something that no adapter claims, in source order.
    pub escapes: Vec<Escape>,
}

/// A value that routes hang on, or that may be one, on its way to something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escape {
    /// Where it is handed over.
    pub span: Span,
    /// The value, as routes refer to it.
    pub value: Expr,
    /// The top-level function or class around it; [`super::ExprKind::Param`]s are this function's.
    pub function: Option<Arc<str>>,
    /// What it is handed to.
    pub to: EscapeTo,
}

/// What a value is handed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EscapeTo {
    /// A function or class, as an argument.
    Argument {
        /// What is called.
        callee: Expr,
        /// Which argument.
        slot: Slot,
    },
    /// A method of the value itself that no adapter knows; by name.
    Method(Arc<str>),
    /// A place from which anything may take it.
    Elsewhere,
}

/// Where a value is among the arguments of a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Slot {
    /// The argument with this index.
    Position(u32),
    /// The property of an object that is the argument with this index.
    Property(u32, Arc<str>),
    /// The argument with this name (Python).
    Keyword(Arc<str>),
}
