#!/usr/bin/env python3
"""Draws what wirelint prints: docs/output.py PROGRAM > docs/output.svg

The picture is the real output on a fixture, byte for byte the same each time; `.ci/packages` compares it. It follows the reader's choice of a dark
or a light page.
"""

import html
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
REPOSITORY = ROOT / "fixtures" / "vaidol-broken" / "repo"
OPTIONS = ["check", "--color", "always", "--exit-zero", "--select", "port-fallback-bypasses-proxy", "--root", "."]
COMMAND = "wirelint check --select port-fallback-bypasses-proxy ."

# So many lines of the finding are drawn, and the last line of all.
SHOWN = 30
# Of one character, in pixels, and the space around the text.
WIDTH, HEIGHT, MARGIN = 8, 18, 16
STYLE = """
    rect { fill: #ffffff; stroke: #d0d7de }
    text { fill: #1f2328; font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre }
    .b { font-weight: bold } .u { text-decoration: underline } .d { fill: #59636e }
    .red { fill: #cf222e } .green { fill: #116329 } .yellow { fill: #7d4e00 } .blue { fill: #0550ae } .magenta { fill: #8250df } .cyan { fill: #1b7c83 }
    @media (prefers-color-scheme: dark) {
      rect { fill: #0d1117; stroke: #30363d }
      text { fill: #e6edf3 } .d { fill: #9198a1 }
      .red { fill: #ff7b72 } .green { fill: #3fb950 } .yellow { fill: #d29922 } .blue { fill: #79c0ff } .magenta { fill: #bc8cff } .cyan { fill: #39c5cf }
    }
"""
CLASSES = {1: "b", 2: "d", 4: "u", 31: "red", 32: "green", 33: "yellow", 34: "blue", 35: "magenta", 36: "cyan"}
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")


def spans(line, style):
    """The parts of a line with their classes, and the classes that are in force at its end."""
    parts, at = [], 0
    for match in ESCAPE.finditer(line):
        if match.start() > at:
            parts.append((line[at : match.start()], style))
        at = match.end()
        for code in (int(code or 0) for code in match.group(1).split(";")):
            if code == 0:
                style = ()
            elif code in CLASSES:
                style = tuple(sorted(set(style) | {CLASSES[code]}))
            else:
                sys.exit(f"error: no colour is known for {code}")
    if at < len(line):
        parts.append((line[at:], style))
    return parts, style


def drawn(parts, row):
    """A line as SVG: each part at its own column, so that no font moves it."""
    column, texts = 0, []
    for text, style in parts:
        if text.strip():
            lead = len(text) - len(text.lstrip())
            shown = text.strip()
            x = MARGIN + (column + lead) * WIDTH
            kind = f' class="{" ".join(style)}"' if style else ""
            texts.append(f'<tspan x="{x}"{kind} textLength="{len(shown) * WIDTH}">{html.escape(shown, quote=False)}</tspan>')
        column += len(text)
    return f'  <text y="{MARGIN + row * HEIGHT + 13}">{"".join(texts)}</text>\n' if texts else ""


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: docs/output.py PROGRAM > docs/output.svg")
    program = pathlib.Path(sys.argv[1]).resolve()
    run = subprocess.run([program, *OPTIONS], cwd=REPOSITORY, check=True, capture_output=True, encoding="utf-8")
    said = run.stdout.rstrip("\n").split("\n")
    lines = [f"\x1b[2m$\x1b[0m \x1b[1m{COMMAND}\x1b[0m", "", *said[:SHOWN], "  ...", "", said[-1]]
    style, rows, width = (), [], 0
    for row, line in enumerate(lines):
        parts, style = spans(line, style)
        width = max(width, sum(len(text) for text, _ in parts))
        rows.append(drawn(parts, row))
    wide, high = 2 * MARGIN + width * WIDTH, 2 * MARGIN + len(lines) * HEIGHT
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" role="img" xml:space="preserve">')
    print("  <title>What wirelint prints of a connection that breaks</title>")
    print(f"  <style>{STYLE}  </style>")
    print(f'  <rect x="0.5" y="0.5" width="{wide - 1}" height="{high - 1}" rx="8"/>')
    print("".join(rows), end="")
    print("</svg>")


main()
