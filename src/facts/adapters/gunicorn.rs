//! gunicorn's configuration file: a Python module whose top-level names are settings.
//!
//! The names are read from the module's summary by the model, once a command line says which file it is.

use crate::facts::FileFacts;
use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{PythonAdapter, PythonCx};

/// The adapter. What it names makes such a file worth parsing.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "gunicorn",
    needles: &["bind = ", "worker_class"],
    marks: &["bind", "worker_class"],
    kept: &[],
    visit: nothing,
    whole: None,
};

fn nothing<'t>(_: &PythonCx<'t>, _: &Site<'t>, _: &mut FileFacts) {}
