#!/usr/bin/env python3
"""Prints what wirelint and gixy-ng say of the nginx files of the fixtures: benches/beside_gixy.py WIRELINT GIXY

gixy-ng (`pip install gixy-ng`) reads one nginx configuration at a time and looks for weaknesses; wirelint reads the repository and looks for connections
that break. The fixtures are wirelint's own: the table shows that the two look for different things, not which of them is better.
"""

import json
import pathlib
import subprocess
import sys

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"


def said(*command):
    """The JSON that a command prints, whatever its exit code."""
    return json.loads(subprocess.run(command, capture_output=True, encoding="utf-8", check=False).stdout)


def nginx_files(repository):
    """The nginx configurations of a repository that forward requests, by their names."""
    named = (path for path in repository.rglob("*") if "nginx" in path.relative_to(repository).as_posix() and path.suffix in ("", ".conf"))
    return sorted(path for path in named if path.is_file() and "proxy_pass" in path.read_text(encoding="utf-8"))


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: benches/beside_gixy.py WIRELINT GIXY")
    wirelint, gixy = sys.argv[1:]
    print("| fixture | findings of wirelint | of these in the nginx file | findings of gixy-ng |\n| --- | --- | --- | --- |")
    for repository in sorted(FIXTURES.glob("*/repo")):
        files = nginx_files(repository)
        if not files or not repository.parent.name.endswith(("-broken", "-fixed")):
            continue
        ours = said(wirelint, "check", "--exit-zero", "--format", "json", "--root", str(repository))["findings"]
        places = [finding["place"]["path"] for finding in ours if finding["place"]]
        names = [path.relative_to(repository).as_posix() for path in files]
        inside = sum(place in names for place in places)
        theirs = [finding["plugin"] for path in files for finding in said(gixy, "-f", "json", str(path))]
        shown = ", ".join(f"`{plugin}`" for plugin in theirs) or "none"
        print(f"| {repository.parent.name} | {len(ours)} | {inside} | {shown} |")


main()
