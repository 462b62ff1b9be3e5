"""Builds the wheel with maturin, and says what is missing where it cannot be built.

Left to itself, maturin fetches a whole Rust where there is none, and a missing linker is told of after minutes.
"""

import shutil
import sys

import maturin
from maturin import *  # noqa: F401,F403 - the hooks that are not changed

NEEDS = (
    "wirelint is built from its source here, which needs {missing}.\n"
    "Rust 1.90 or newer is at https://rustup.rs; Debian has a C compiler in build-essential."
)


def _check():
    missing = []
    if not shutil.which("cargo"):
        missing.append("Rust (`cargo` is not in PATH)")
    if sys.platform != "win32" and not any(shutil.which(name) for name in ("cc", "gcc", "clang")):
        missing.append("a C compiler (`cc` is not in PATH)")
    if missing:
        sys.exit(NEEDS.format(missing=" and ".join(missing)))


def get_requires_for_build_wheel(config_settings=None):
    _check()
    return maturin.get_requires_for_build_wheel(config_settings)


def get_requires_for_build_editable(config_settings=None):
    _check()
    return maturin.get_requires_for_build_editable(config_settings)
