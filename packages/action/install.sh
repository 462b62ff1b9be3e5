#!/usr/bin/env bash
# Finds the program for the action: the release of the version that the action is of, or a build of its source.
#
#     install.sh release SOURCE FOLDER    puts the released program into FOLDER; says `found=true` or `found=false`
#     install.sh key SOURCE               says `key=...`, which changes with everything that a build depends on
#     install.sh build SOURCE FOLDER      builds the program from SOURCE into FOLDER
#
# What it says are lines for $GITHUB_OUTPUT, on standard output. WIRELINT_RELEASES is where releases are, for the test.
set -euo pipefail

releases="${WIRELINT_RELEASES:-https://github.com/wirelint/wirelint/releases/download}"
protocols="=https"
case "$releases" in http://127.0.0.1:*) protocols="=http" ;; esac
command="$1" source="$2" folder="${3:-}"

version() { sed -n 's/^version = "\(.*\)"$/\1/p' "$source/Cargo.toml" | head -n 1; }

target() {
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64) echo x86_64-unknown-linux-musl ;;
        Linux-aarch64 | Linux-arm64) echo aarch64-unknown-linux-musl ;;
        Darwin-x86_64) echo x86_64-apple-darwin ;;
        Darwin-arm64) echo aarch64-apple-darwin ;;
        MINGW*-x86_64 | MSYS*-x86_64) echo x86_64-pc-windows-msvc ;;
    esac
}

# The hash of a file, or of standard input.
sha256() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi | cut -d ' ' -f 1; }

# A file of the release. The answer 404 says that there is none. Everything else is a fault and ends the run: a build takes minutes.
get() {
    local code=0 status
    status="$(curl --proto "$protocols" --silent --show-error --location --retry 3 --write-out '%{http_code}' --output "$2" "$releases/v$(version)/$1")" || code=$?
    case "$code/$status" in
        0/200) return 0 ;;
        0/404) return 1 ;;
        *) echo "::error::wirelint: the release could not be downloaded (answer $status, curl ended with $code)" >&2; exit 1 ;;
    esac
}

release() {
    local name work
    name="$(target)"
    if [ -z "$name" ]; then echo found=false; return; fi
    case "$name" in *windows*) name="wirelint-$name.zip" ;; *) name="wirelint-$name.tar.gz" ;; esac
    work="$(mktemp -d "$folder.XXXXXX")"
    # Without the list, or a file that it should name, the release is not whole.
    if ! get SHA256SUMS "$work/SHA256SUMS" || ! get "$name" "$work/$name"; then
        echo "wirelint: no release of version $(version) for this machine; it is built from its source" >&2
        echo found=false
        return
    fi
    local expected
    expected="$(awk -v name="$name" '$2 == name { print $1 }' "$work/SHA256SUMS")"
    if [ -z "$expected" ] || [ "$expected" != "$(sha256 "$work/$name")" ]; then
        echo "::error::wirelint: $name is not the file that SHA256SUMS of the release names" >&2
        exit 1
    fi
    mkdir -p "$folder"
    case "$name" in
        *.zip) unzip -q -o -j "$work/$name" -d "$folder" ;;
        *) tar -xzf "$work/$name" -C "$folder" --strip-components 1 ;;
    esac
    echo found=true
}

key() {
    local inputs
    inputs="$(cd "$source" && find Cargo.toml Cargo.lock .cargo src rules -type f | LC_ALL=C sort | while IFS= read -r file; do
        printf '%s %s\n' "$(sha256 "$file")" "$file"
    done | sha256)"
    echo "key=wirelint-$(uname -s)-$(uname -m)-$inputs"
}

build() {
    local program=wirelint
    case "$(uname -s)" in MINGW* | MSYS*) program=wirelint.exe ;; esac
    cargo build --locked --release --manifest-path "$source/Cargo.toml" --target-dir "$folder.target" >&2
    mkdir -p "$folder"
    cp "$folder.target/release/$program" "$folder/$program"
}

case "$command" in
    release | key | build) "$command" ;;
    *) echo "usage: install.sh release|key|build SOURCE [FOLDER]" >&2; exit 2 ;;
esac
