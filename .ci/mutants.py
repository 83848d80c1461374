#!/usr/bin/env python3
"""Mutants: mistakes that are made on purpose in a copy of the sources, to see that the simulator's checkers find them.

    .ci/mutants.py --check

The tables `Tests/Mutants/Tables/*.mutants` list them. A line `== name: what goes wrong` begins a mutant, and
`-- File.swift` an edit of it: up to `++` stands the text to find, which is there once, and behind it what is put there.
`== name @298: …` says which seed found it last. The hunt begins there, because the worlds before it cost minutes.
`MUTANT` in it is true while that mutant is active. So all of them are in one build, and shipped code has none.
`make test SUITE=mutants` builds and hunts them; this command says which edits do not apply.
"""

import os
import re
import signal
import sys

COPY, BUILT = ".build/mutants/source", ".build/mutants/build"
TABLES = "Tests/Mutants/Tables"
COPIED = ["Package.swift", "Sources", "Topics", "Tests/Mutants"]
SWITCH = "Sources/Invalidations/Mutant.swift"
SEEDS_MAX, CLEAN_SEEDS = 1_000, 30
# How a process ends that Swift or a C library ended because an assertion failed. Not by SIGKILL: that is the machine's.
ASSERTIONS = {-signal.SIGILL, -signal.SIGTRAP, -signal.SIGABRT, -signal.SIGSEGV}


class Mutant:
    """A mistake: its edits are (file name, text to find, text to put there)."""

    def __init__(self, name, text, first_seed=1):
        self.name, self.text, self.first_seed, self.edits = name, text, first_seed, []


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
    name, _, seed = name.partition(" @")
    mutant = Mutant(name, text, int(seed) if seed.isdecimal() else 1)
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
    faults = misshapen(mutants)
    paths = {}
    for path in files:
        if path.startswith("Sources/"):
            paths.setdefault(os.path.basename(path), []).append(path)
    for mutant in mutants:
        for file, find, put in mutant.edits:
            found = paths.get(file, [])
            if len(found) != 1:
                faults.append(f"{mutant.name}: {len(found)} files are called {file}, not one")
                continue
            text = files[found[0]].decode()
            count = text.count(find)
            if count != 1:
                faults.append(f"{mutant.name}: {file} has its text {count} times, not once: {find.strip()[:80]}")
                continue
            files[found[0]] = with_switch(found[0], text.replace(find, put)).encode()
    return faults


def with_switch(path, text):
    """The text of a file of another module than the switch's, which must import that one."""
    is_known = path.startswith("Sources/Invalidations/") or "import Invalidations" in text
    return text if is_known else "internal import Invalidations\n" + text


def misshapen(mutants):
    """What the tables say in a form that means nothing, a sentence each."""
    faults, names = [], {"clean"}
    for mutant in mutants:
        if not mutant.name.isidentifier() or not mutant.text:
            faults.append(f"{mutant.name}: a mutant begins with `== name: what goes wrong`")
        if mutant.name in names:
            faults.append(f"{mutant.name}: there are two of that name")
        names.add(mutant.name)
        if not any("Mutant.active" in put for _, _, put in mutant.edits):
            faults.append(f"{mutant.name}: no edit has the word MUTANT, so it would do nothing, or always be active")
        for file, find, put in mutant.edits:
            if not find.strip() or not put.strip():
                faults.append(f"{mutant.name}: {file} has no text to find, or none to put there after `++`")
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


def command(name, first_seed, seeds):
    return [f"{BUILT}/release/Mutants", name, str(first_seed), str(seeds)]


class Hunt:
    """What a run of one mutant says, and what that means."""

    def __init__(self):
        self.seeds, self.seed, self.checker, self.text, self.last, self.is_over = 0, "", "", "", "", False

    def take(self, line):
        line = line.decode(errors="replace").rstrip("\n")
        found = re.match(r"found ([^:]+): (.*)", line)
        if found:
            self.checker, self.text = found[1], found[2]
        elif re.fullmatch(r"seed \d+", line):
            self.seeds, self.seed = self.seeds + 1, line
        elif line.startswith("not found"):
            self.is_over = True
        elif line:
            self.last = line

    def end(self, status, is_late):
        """A failed assertion finds a mutant, too; what ends a process otherwise finds nothing."""
        if self.checker:
            return self
        if self.seeds and status in ASSERTIONS:
            name = signal.Signals(-status).name
            self.checker, self.text = "assertion", self.last or f"ended by {name}"
        elif is_late:
            self.text = f"not found within the time, in {self.seeds} seeds"
        elif status != 0 or not self.is_over:
            self.text = f"its process ended with status {status} after {self.seeds} seeds: {self.last}"
        else:
            self.text = f"not found within {self.seeds} seeds"
        return self


def row(mutant, hunt):
    return " | ".join(["mutant", f"{mutant.name:24}", f"{hunt.checker or 'NOT FOUND':14}", f"{hunt.seed:9}",
                       mutant.text, hunt.text[:200]])


def missed(hunts):
    return [f"{mutant.name}: {hunt.text}" for mutant, hunt in hunts if not hunt.checker]


def uncleanness(clean):
    """Why the hunts would say nothing; None where no seed fails without a mutant."""
    if clean.is_over and not clean.checker:
        return None
    found = f"{clean.checker}: {clean.text}" if clean.checker else clean.text
    return f"without any mutant, in {clean.seed}: {found}; is an edit active without MUTANT?"


if __name__ == "__main__":
    if sys.argv[1:] != ["--check"]:
        sys.exit(__doc__)
    wrong = apply(read_tables(), copied_files())
    print("\n".join(wrong) or "all edits apply")
    sys.exit(1 if wrong else 0)
