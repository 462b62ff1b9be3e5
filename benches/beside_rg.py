#!/usr/bin/env python3
"""Times `wirelint check` beside ripgrep on the same folder, in turn, and prints medians and their ratio.

usage: benches/beside_rg.py WIRELINT FOLDER [-n RUNS]

The reference is `rg -c` with one alternation of ten needles: about what reading the tree costs. It runs in two ways: over
the folder with globs for what wirelint may read (source, env, configuration, by name), where rg walks too; and over the list
of exactly the files that wirelint opened, where it does not. The list comes from `strace`; without it the second way is left
out. Quote the ratio, not the milliseconds, and say which one. Needs `rg`.

On a busy machine wall times mean nothing, and processor times little. Instructions do:
    cargo build --profile dist --config profile.dist.debug=1 --config profile.dist.strip=false
    valgrind --tool=callgrind target/dist/wirelint check --exit-zero --format json --jobs 1 FOLDER
"""
import argparse, os, re, shutil, statistics, subprocess, sys, tempfile, time

GLOBS = [
    "*.{ts,tsx,mts,cts,js,jsx,mjs,cjs,vue,svelte,html,py}", "*.{conf,template,yml,yaml,toml}", "*.sh",
    ".env*", "*.env", "Dockerfile*", "package.json", "tsconfig*.json", "vercel.json", "requirements*.txt", "Procfile",
]
NEEDLES = ["WebSocket", "EventSource", "fetch\\(", "axios", "socket\\.io", "ws://", "wss://", "proxy_pass", "import\\.meta\\.env", "CORSMiddleware"]


# Linux takes no longer command line than a quarter of the stack's 8 MiB.
LONGEST_LIST = 1_500_000


def opened(tool, folder):
    """The files below the folder that wirelint opens, or None when that cannot be seen or rg cannot be given so many."""
    if not shutil.which("strace"):
        return None
    with tempfile.NamedTemporaryFile("r") as log:
        trace = ["strace", "-f", "-qq", "-s", "4096", "-e", "trace=openat", "-e", "status=successful", "-o", log.name]
        run(trace + [tool, "check", "--exit-zero", "--format", "json", "."], folder)
        text = log.read()
    root = os.path.realpath(folder)
    found = set()
    for path in re.findall(r'openat\([^,]*, "([^"]*)"', text):
        path = os.path.realpath(os.path.join(root, path))
        if path.startswith(root + "/") and os.path.isfile(path):
            found.add(os.path.relpath(path, root))
    return sorted(found) if found and sum(len(path) + 10 for path in found) < LONGEST_LIST else None


def run(command, cwd):
    """Wall and processor seconds, and peak memory in MiB, of one run."""
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        sys.exit(f"{command[0]} ended with {code}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("wirelint")
    parser.add_argument("folder")
    parser.add_argument("-n", type=int, default=11)
    args = parser.parse_args()
    tool = os.path.abspath(args.wirelint)
    rg = ["rg", "-c", "--hidden", *(x for g in GLOBS for x in ("-g", g)), "|".join(NEEDLES), "."]
    commands = {
        "wirelint": [tool, "check", "--exit-zero", "--format", "json", "."],
        "wirelint -j1": [tool, "check", "--exit-zero", "--format", "json", "--jobs", "1", "."],
        "rg": rg,
    }
    files = opened(tool, args.folder)
    if files:
        commands["rg, same files"] = ["rg", "-c", "--hidden", "--no-ignore", "-e", "|".join(NEEDLES), "--", *files]
    seen = {name: [] for name in commands}
    for turn in range(args.n + 1):
        for name, command in commands.items():
            figures = run(command, args.folder)
            if turn:
                seen[name].append(figures)
    for name, rows in seen.items():
        wall, cpu, memory = (statistics.median(row[i] for row in rows) for i in range(3))
        print(f"{name:15} wall {wall * 1000:7.1f} ms   cpu {cpu * 1000:7.1f} ms   peak {memory:6.1f} MiB")
    for name in (name for name in seen if name.startswith("rg")):
        ratio = statistics.median(a[0] / b[0] for a, b in zip(seen["wirelint"], seen[name]))
        print(f"wirelint / {name} {ratio:.2f}")
    threads = statistics.median(b[0] / a[0] for a, b in zip(seen["wirelint"], seen["wirelint -j1"]))
    print(f"one thread / two {threads:.2f}   ({args.n} paired runs)")


main()
