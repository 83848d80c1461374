"""Results of tests, from the event stream of Swift Testing rather than from the text it prints."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading

TIME_LIMIT_SECONDS = 25 * 60
NAMES_SHOWN = 40


class Results:
    """What the event stream says about every test function."""

    def __init__(self):
        self.functions = {}
        self.outcome = {}
        self.reasons = {}
        self.issues = {}

    def read(self, path):
        with open(path, encoding="utf-8") as stream:
            for line in stream:
                try:
                    record = json.loads(line)
                except ValueError:  # the last line of a process that died while writing it
                    continue
                if record["kind"] == "test":
                    self.declare(record["payload"])
                elif record["kind"] == "event":
                    self.take(record["payload"])

    def declare(self, test):
        if test["kind"] == "function":
            suite = test["id"].split("/")[0]
            self.functions[test["id"]] = (suite, test.get("displayName") or test["name"])

    def take(self, event):
        test = event.get("testID")
        if event["kind"] == "issueRecorded":
            if event["issue"].get("isFailure", not event["issue"].get("isKnown")):
                text = " ".join(message["text"] for message in event["messages"])
                self.issues.setdefault(test, []).append(text)
        elif event["kind"] in ("testSkipped", "testCancelled"):
            self.outcome[test] = "skipped"
            self.reasons[test] = " ".join(event.get("_comments", [])) or "no reason given"
        elif event["kind"] == "testEnded":
            self.outcome.setdefault(test, "passed")

    def finish(self):
        """The tests by result as (suite, name, id); those without a result are `lost`."""
        groups = {"passed": [], "failed": [], "skipped": [], "lost": []}
        for test, (suite, name) in sorted(self.functions.items()):
            result = "failed" if test in self.issues else self.outcome.get(test, "lost")
            groups[result].append((suite, name, test))
        return groups


def run(arguments, stream):
    """Passes the output on, less the lines that say that something has begun. Returns the exit status."""
    # One after another: most tests block their thread on a real server, and side by side they would take the
    # few threads that all share from each other until time limits pass.
    command = ["swift", "test", "--skip-build", "--disable-xctest", "--no-parallel", *arguments]
    command += ["--event-stream-output-path", stream, "--event-stream-version", "0"]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def end(*_):
        os.killpg(process.pid, signal.SIGKILL)

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    timer = threading.Timer(TIME_LIMIT_SECONDS, end)
    timer.start()
    for line in process.stdout:
        if not line.startswith("◇".encode()):
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
    status = process.wait()
    timed_out = not timer.is_alive()
    timer.cancel()
    if timed_out:
        print(f"\nThe tests took longer than {TIME_LIMIT_SECONDS // 60} minutes and were ended.")
    return status


def report(results, status):
    groups = results.finish()
    skipped, failed, lost = groups["skipped"], groups["failed"], groups["lost"]
    print()
    if skipped:
        print("Skipped:")
        by_suite = {}
        for suite, name, test in skipped:
            by_suite.setdefault((suite, results.reasons[test]), []).append(name)
        for (suite, reason), names in by_suite.items():
            print(f"  {suite}: {', '.join(names) if len(names) < 4 else f'{len(names)} tests'}: {reason}")
    if failed:
        print("Failed:")
        for suite, name, test in failed:
            print(f"  {suite}: {name}")
            for issue in results.issues[test]:
                print(f"    {issue[:500]}")
    stray = [issue for test, issues in results.issues.items() if test not in results.functions for issue in issues]
    for issue in stray:
        print(f"Failed outside of any test: {issue[:500]}")
    if lost:
        print(f"Without a result, because the test process ended early (status {status}):")
        for suite, name, _ in lost[:NAMES_SHOWN]:
            print(f"  {suite}: {name}")
        if len(lost) > NAMES_SHOWN:
            print(f"  and {len(lost) - NAMES_SHOWN} more")
    failures = len(failed) + len(lost) + len(stray)
    if status != 0 and failures == 0:
        print(f"The test process failed (status {status}) although no test did.")
        failures = 1
    if not results.functions:
        print("No test ran.")
        failures = max(failures, 1)
    print(f"{len(groups['passed'])} passed, {failures} failed, {len(skipped)} skipped")
    return 1 if failures else 0


def main():
    with tempfile.TemporaryDirectory(prefix="cachesync-results-") as directory:
        stream = os.path.join(directory, "events.jsonl")
        open(stream, "w").close()
        status = run(sys.argv[1:], stream)
        results = Results()
        results.read(stream)
    sys.exit(report(results, status))


if __name__ == "__main__":
    main()


class Results:
    """What the event stream says about every test function."""

    def __init__(self):
        self.functions = {}
        self.outcome = {}
        self.reasons = {}
        self.issues = {}

    def read(self, path):
        with open(path, encoding="utf-8") as stream:
            for line in stream:
                try:
                    record = json.loads(line)
                except ValueError:  # the last line of a process that died while writing it
                    continue
                if record["kind"] == "test":
                    self.declare(record["payload"])
                elif record["kind"] == "event":
                    self.take(record["payload"])

    def declare(self, test):
        if test["kind"] == "function":
            suite = test["id"].split("/")[0]
            self.functions[test["id"]] = (suite, test.get("displayName") or test["name"])

    def take(self, event):
        test = event.get("testID")
        if event["kind"] == "issueRecorded":
            if event["issue"].get("isFailure", not event["issue"].get("isKnown")):
                text = " ".join(message["text"] for message in event["messages"])
                self.issues.setdefault(test, []).append(text)
        elif event["kind"] in ("testSkipped", "testCancelled"):
            self.outcome[test] = "skipped"
            self.reasons[test] = " ".join(event.get("_comments", [])) or "no reason given"
        elif event["kind"] == "testEnded":
            self.outcome.setdefault(test, "passed")

    def finish(self):
        """The tests by result as (suite, name, id); those without a result are `lost`."""
        groups = {"passed": [], "failed": [], "skipped": [], "lost": []}
        for test, (suite, name) in sorted(self.functions.items()):
            result = "failed" if test in self.issues else self.outcome.get(test, "lost")
            groups[result].append((suite, name, test))
        return groups
