#!/usr/bin/env python3
"""Says what the processors do while one part of the benchmarks runs.

    Benchmarks/profile.py PART [NUMBER]        records `cachesync-bench PART NUMBER`, and reports all of it
    Benchmarks/profile.py --between FROM UNTIL  reports some seconds of the last record

Needs `perf` (Debian: linux-perf) and the build of `make bench`. Shares are of all samples of a thread's name, by what
the code belongs to: a module of ours, a library, the kernel.
"""

import collections
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BENCH = os.path.join(ROOT, ".build", "release", "cachesync-bench")
RECORD = os.path.join(ROOT, ".bench", "profile.data")
PER_SECOND = 499
THREADS_SHOWN = 12
SYMBOLS_SHOWN = 12
SMALLEST = 1.0  # percent of a thread
LINE = re.compile(r"^\s*(\d+\.\d+)%\s+(.+?)\s{2,}(\S+)\s+\[(.)\]\s+(.*)$")
MANGLED = re.compile(r"^\$s(\d+)(\w+)")
RUNTIME = re.compile(r"^_?swift_|^\$ss|^\$sS|libswift|Foundation|libdispatch")
MEMORY = re.compile(r"^_?_?(int_)?(malloc|free|calloc|realloc|cfree|tcache|unlink_chunk|malloc_consolidate|_int_)")
COPIES = re.compile(r"^_?_?mem(cpy|move|set|cmp|chr)")


def owner(library, kind, symbol):
    """What the code of a sample belongs to."""
    if kind == "k":
        return "kernel"
    if MEMORY.match(symbol):
        return "malloc and free"
    if COPIES.match(symbol):
        return "copying and comparing of bytes"
    if symbol.startswith(("swift_retain", "_swift_retain", "swift_release", "_swift_release", "swift_bridgeObject")):
        return "retain and release"
    mangled = MANGLED.match(symbol)
    if mangled:
        name = mangled.group(2)[:int(mangled.group(1))]
        return "Swift's library" if name in ("Swift", "Foundation", "FoundationEssentials") else f"our {name}"
    if RUNTIME.search(symbol) or RUNTIME.search(library):
        return "Swift's library"
    return library.split(".so")[0]


def report(options):
    lines = subprocess.run(
        ["perf", "report", "-i", RECORD, "--no-children", "--sort", "comm,dso,sym", "-g", "none", "--stdio",
         "--percent-limit", "0", "-w", "30,40,200", *options],
        capture_output=True, text=True, check=True).stdout.splitlines()
    threads = collections.defaultdict(list)
    for line in lines:
        match = LINE.match(line)
        if match:
            share, thread, library, kind, symbol = match.groups()
            threads[thread.strip()].append((float(share), owner(library, kind, symbol.strip()), symbol.strip()))
    total = {thread: sum(share for share, _, _ in samples) for thread, samples in threads.items()}
    for thread in sorted(threads, key=total.get, reverse=True)[:THREADS_SHOWN]:
        whole = total[thread]
        if whole < SMALLEST:
            break
        print(f"\n{thread}: {whole:.1f} % of all samples")
        owners = collections.Counter()
        for share, name, _ in threads[thread]:
            owners[name] += share / whole * 100
        for name, share in owners.most_common():
            if share >= SMALLEST:
                print(f"  {share:5.1f} %  {name}")
        print("  the longest functions:")
        for share, name, symbol in sorted(threads[thread], reverse=True)[:SYMBOLS_SHOWN]:
            print(f"    {share / whole * 100:5.1f} %  {symbol[:110]}  ({name})")


def main():
    words = sys.argv[1:]
    if not words:
        sys.exit(__doc__)
    if not shutil.which("perf"):
        sys.exit("profile: there is no perf; Debian has it in linux-perf")
    if words[0] == "--between":
        if len(words) != 3:
            sys.exit("profile: --between takes two numbers of seconds")
        begin = first_time()
        return report(["--time", f"{begin + float(words[1]):.3f},{begin + float(words[2]):.3f}"])
    if not os.path.exists(BENCH):
        sys.exit("profile: run `make bench` first, which builds what is measured")
    os.makedirs(os.path.dirname(RECORD), exist_ok=True)
    # The clock of the kernel: not all virtual machines count cycles.
    subprocess.run(
        ["perf", "record", "-q", "-a", "-e", "cpu-clock", "-F", str(PER_SECOND), "-o", RECORD, "--", BENCH, *words],
        check=True)
    return report([])


def first_time():
    """When the record begins, in seconds of the kernel's clock."""
    script = subprocess.Popen(["perf", "script", "-i", RECORD, "-F", "time"], stdout=subprocess.PIPE, text=True)
    first = script.stdout.readline().strip().rstrip(":")
    script.kill()
    return float(first)


if __name__ == "__main__":
    main()
