//! pydantic settings.

use crate::facts::FileFacts;
use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{PythonAdapter, PythonCx};

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter { name: "pydantic", needles: &[], kept: &[], visit };

fn visit<'t>(_cx: &PythonCx<'t>, _site: &Site<'t>, _facts: &mut FileFacts) {}
