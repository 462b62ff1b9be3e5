"""Prints the target of Rust for this machine, as packages/npm/platforms.json names it."""

import platform
import sys

MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}

machine = MACHINES[platform.machine().lower()]
if sys.platform == "darwin":
    print(f"{machine}-apple-darwin")
elif sys.platform == "win32":
    print(f"{machine}-pc-windows-msvc")
else:
    libc = "gnu" if platform.libc_ver()[0] == "glibc" else "musl"
    print(f"{machine}-unknown-linux-{libc}")
