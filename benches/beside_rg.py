#!/usr/bin/env python3
"""Times `wirelint check` beside ripgrep on the same folder, in turn, and prints medians and their ratio.

usage: benches/beside_rg.py WIRELINT FOLDER [-n RUNS]

The reference is `rg -c --hidden` over the files that wirelint may read (source, env, configuration, by name) with one
alternation of ten needles: about what reading the tree costs. Quote the ratio, not the milliseconds. Needs `rg`.
"""
import argparse, os, statistics, subprocess, sys, time

GLOBS = [
    "*.{ts,tsx,mts,cts,js,jsx,mjs,cjs,vue,svelte,html,py}", "*.{conf,template,yml,yaml,toml}", "*.sh",
    ".env*", "*.env", "Dockerfile*", "package.json", "tsconfig*.json", "vercel.json", "requirements*.txt", "Procfile",
]
NEEDLES = ["WebSocket", "EventSource", "fetch\\(", "axios", "socket\\.io", "ws://", "wss://", "proxy_pass", "import\\.meta\\.env", "CORSMiddleware"]


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
    seen = {name: [] for name in commands}
    for turn in range(args.n + 1):
        for name, command in commands.items():
            figures = run(command, args.folder)
            if turn:
                seen[name].append(figures)
    for name, rows in seen.items():
        wall, cpu, memory = (statistics.median(row[i] for row in rows) for i in range(3))
        print(f"{name:14} wall {wall * 1000:7.1f} ms   cpu {cpu * 1000:7.1f} ms   peak {memory:6.1f} MiB")
    ratio = statistics.median(a[0] / b[0] for a, b in zip(seen["wirelint"], seen["rg"]))
    threads = statistics.median(b[0] / a[0] for a, b in zip(seen["wirelint"], seen["wirelint -j1"]))
    print(f"wirelint / rg {ratio:.2f}   one thread / two {threads:.2f}   ({args.n} paired runs)")


main()
