#!/usr/bin/env python3
"""Mutants: mistakes that are made on purpose in a copy of the sources, to see that the simulator's checkers find them.

    .ci/mutants.py --check

The tables `Tests/Mutants/Tables/*.mutants` list them. A line `== name: what goes wrong` begins a mutant, and
`-- File.swift` an edit of it: up to `++` stands the text to find, which is there once, and behind it what is put there.
`MUTANT` in it is true while that mutant is active. So all of them are in one build, and shipped code has none.
`make test SUITE=mutants` builds and hunts them; this command says which edits do not apply.
"""

import concurrent.futures
import os
import re
import subprocess
import sys

COPY, BUILT = ".build/mutants/source", ".build/mutants/build"
TABLES = "Tests/Mutants/Tables"
COPIED = ["Package.swift", "Sources", "Topics", "Tests/Mutants"]
SWITCH = "Sources/Invalidations/Mutant.swift"
SEEDS_MAX, CLEAN_SEEDS = 1_000, 20
SECONDS_MAX = 600


class Mutant:
    """A mistake: its edits are (file name, text to find, text to put there)."""

    def __init__(self, name, text):
        self.name, self.text, self.edits = name, text, []


def read_tables():
    mutants = []
    for table in sorted(os.listdir(TABLES)):
        with open(os.path.join(TABLES, table), encoding="utf-8") as file:
            for block in re.split(r"^== ", file.read(), flags=re.M)[1:]:
                mutants.append(read_mutant(block))
    return mutants


def read_mutant(block):
    head, *edits = re.split(r"^-- ", block, flags=re.M)
    name, _, text = head.strip().partition(": ")
    mutant = Mutant(name, text)
    for edit in edits:
        file, _, body = edit.partition("\n")
        find, _, put = body.partition("\n++\n")
        mutant.edits.append((file.strip(), find, put.rstrip("\n").replace("MUTANT", f"(Mutant.active == .{name})")))
    return mutant


def copied_files():
    """All files of the copy, by path, with what stands in them."""
    files = {}
    for root in COPIED:
        walked = [("", [], [root])] if os.path.isfile(root) else os.walk(root)
        for folder, _, names in walked:
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    files[path] = file.read()
    return files


def apply(mutants, files):
    """Changes the files. Returns what does not apply, a sentence each."""
    faults = []
    paths = {os.path.basename(path): path for path in files if path.startswith("Sources/")}
    for mutant in mutants:
        for file, find, put in mutant.edits:
            path = paths.get(file)
            text = files[path].decode() if path else ""
            count = text.count(find)
            if count != 1:
                faults.append(f"{mutant.name}: {file} has its text {count} times, not once: {find.strip()[:80]}")
                continue
            files[path] = text.replace(find, put).encode()
    return faults


def switch(mutants):
    cases = "\n".join(f"    case {mutant.name}" for mutant in mutants)
    return ("package enum Mutant: String {\n    case clean\n" + cases + "\n\n"
            "    package nonisolated(unsafe) static var active = Mutant.clean\n\n"
            "    package init?(named name: String) { self.init(rawValue: name) }\n}\n").encode()


def write_copy(files):
    """Only what changed is written, so that a second build is short."""
    for path, content in files.items():
        target = os.path.join(COPY, path)
        if os.path.exists(target):
            with open(target, "rb") as file:
                if file.read() == content:
                    continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(content)
    for folder, _, names in os.walk(COPY):
        for name in names:
            if os.path.relpath(os.path.join(folder, name), COPY) not in files:
                os.remove(os.path.join(folder, name))


def prepare():
    """Makes the copy. Returns the mutants, and what is wrong with them."""
    mutants, files = read_tables(), copied_files()
    faults = apply(mutants, files)
    if not faults:
        write_copy(files | {SWITCH: switch(mutants)})
    return mutants, faults


def hunt(name, seeds):
    """Runs one mutant. Returns who found it, after how many seeds, and what was said; nobody has the name ""."""
    try:
        done = subprocess.run(
            [f"{BUILT}/release/Mutants", name, str(seeds)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="replace", timeout=SECONDS_MAX, check=False, env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
    except subprocess.TimeoutExpired:
        return "", 0, f"not found within {SECONDS_MAX} s"
    count = done.stdout.count("seed ")
    found = re.search(r"^found ([^:]+): (.*)$", done.stdout, flags=re.M)
    if found:
        return found[1], count, found[2]
    trap = re.search(r"Fatal error: (.*)$", done.stderr, flags=re.M)
    if trap or done.returncode != 0:
        return "assertion", count, trap[1] if trap else f"ended by signal {-done.returncode}"
    return "", count, f"not found within {count} seeds"


def run(say):
    """Hunts all mutants, one a core. Returns how many there are, and what is wrong, a sentence each."""
    mutants, faults = read_tables(), []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        clean = pool.submit(hunt, "clean", CLEAN_SEEDS)
        hunts = [(mutant, pool.submit(hunt, mutant.name, SEEDS_MAX)) for mutant in mutants]
        for mutant, future in hunts:
            checker, seeds, text = future.result()
            row = [f"{mutant.name:24}", f"{checker or 'NOT FOUND':14}", f"{seeds:4} seeds", mutant.text, text[:200]]
            say(" | ".join(["mutant", *row]))
            if not checker:
                faults.append(f"{mutant.name}: {text}")
        if clean.result()[0]:
            faults.append(f"without any mutant: {clean.result()[0]}: {clean.result()[2]}")
    return len(mutants), faults


if __name__ == "__main__":
    if sys.argv[1:] != ["--check"]:
        sys.exit(__doc__)
    wrong = apply(read_tables(), copied_files())
    print("\n".join(wrong) or "all edits apply")
    sys.exit(1 if wrong else 0)
