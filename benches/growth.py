#!/usr/bin/env python3
"""Processor seconds and peak memory of `wirelint check` on trees that grow, and how many times more the largest costs.

usage: benches/growth.py WIRELINT FOLDER [NAME...] [-n SIZES] [--limit SECONDS]
       benches/growth.py WIRELINT FOLDER --mixed MEGABYTES

FOLDER holds the shapes of the growth test, which writes them:
    GROWTH_FOLDER=FOLDER GROWTH_SIZES=2500,5000,10000,20000 cargo test --test growth -- --ignored
NAME is a part of a shape's name; without one, all are measured. `--mixed` writes one tree of mixed files there instead, of so
many megabytes, and measures it.

Eight times the input should cost at most twelve times the time, ten times at most fifteen.
"""
import argparse, os, resource, subprocess, sys, tempfile


def run(tool, folder, limit):
    """Processor seconds, peak MiB, and the exit code of one run; a run past the limit is ended by the system."""
    def bounded():
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))

    with tempfile.TemporaryDirectory() as out:
        command = [tool, "check", "--jobs", "1", "--format", "json", "--output", os.path.join(out, "report.json"), folder]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=bounded)
        _, status, usage = os.wait4(child.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def measure(tool, folder, sizes, limit):
    """One row of the table."""
    cells, seconds = [], []
    for size in sizes:
        path = os.path.join(folder, str(size))
        if not os.path.isdir(path):
            return None
        time, memory, code = run(tool, path, limit)
        seconds.append(time)
        cells.append(f"{time:.2f} s / {memory:.0f} MB" + ("" if code in (0, 1) else f" (exit {code})"))
        if code not in (0, 1):
            break
    times = f"{seconds[-1] / max(seconds[0], 0.02):.1f}"
    return [os.path.basename(folder), *cells, *[""] * (len(sizes) - len(cells)), times]


def mixed(folder, megabytes):
    """Writes a tree of all kinds of files that wirelint reads, each of an ordinary size."""
    def many(count, line):
        return "".join(line.format(i=i) for i in range(count))

    kinds = [
        ("web/src/m{n}.ts", many(400, "fetch('/api/things/{i}');\nexport const c{i} = 'http://localhost:8000/{i}';\n")),
        ("web/src/v{n}.vue", "<script>\n" + many(300, "new WebSocket(`ws://${{location.host}}/ws/{i}`);\n") + "</script>\n"),
        ("api/r{n}.py", "from fastapi import APIRouter\nrouter = APIRouter()\n"
            + many(300, "@router.get('/things/{i}')\ndef f{i}():\n    return {i}\n")),
        ("api/s{n}.js", "const app = require('express')();\n" + many(300, "app.get('/x/{i}', (q, s) => s.end());\n")),
        ("deploy/n{n}/nginx.conf", "http {\n" + many(200, "server { listen 80; server_name h{i}.example.com; location /p{i} { proxy_pass http://app:8000; } }\n"
            .replace("{ ", "{{ ").replace(" }", " }}")) + "}\n"),
        ("deploy/n{n}/compose.yml", "services:\n" + many(100, "  s{i}:\n    image: nginx\n    environment:\n      A: http://h/{i}\n      B: c\n")),
        ("deploy/n{n}/.env", many(500, "VALUE_{i}=http://host/{i}\n")),
        ("deploy/n{n}/Dockerfile", "FROM node\n" + many(300, "ENV A{i}=b\n") + "CMD node a.js\n"),
        ("web/p{n}/package.json", '{"name": "p", "dependencies": {' + many(200, '"d{i}": "1", ') + '"vite": "5"}}'),
        ("web/p{n}/index.html", "<html>" + many(300, "<div>{i}</div>\n") + "<script>fetch('/api')</script></html>"),
    ]
    left, number = megabytes * 1_000_000, 0
    while left > 0:
        for path, text in kinds:
            path = os.path.join(folder, path.replace("{n}", str(number)))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
            left -= len(text)
        number += 1


def main():
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    parser.add_argument("wirelint")
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*")
    parser.add_argument("-n", default="2500,5000,10000,20000")
    parser.add_argument("--limit", type=int, default=120)
    parser.add_argument("--mixed", type=int)
    given = parser.parse_args()
    if given.mixed:
        if not os.path.isdir(given.folder):
            mixed(given.folder, given.mixed)
        time, memory, code = run(given.wirelint, given.folder, given.limit)
        print(f"{given.mixed} MB of mixed files: {time:.2f} s / {memory:.0f} MB, exit {code}")
        return
    sizes = [int(size) for size in given.n.split(",")]
    print("| shape | " + " | ".join(map(str, sizes)) + " | times |\n|" + " --- |" * (len(sizes) + 2))
    for name in sorted(os.listdir(given.folder)):
        if given.names and not any(part in name for part in given.names):
            continue
        row = measure(given.wirelint, os.path.join(given.folder, name), sizes, given.limit)
        if row:
            print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
