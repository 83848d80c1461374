"""Results of tests, from the event stream of Swift Testing rather than from the text it prints."""

import concurrent.futures
import json
import os
import tempfile

# One after another: most tests block their thread on a real server, and side by side they would take the few threads
# that all share from each other until time limits pass.
# Nothing is built, so the lock on the build keeps two runs apart for nothing.
TEST_COMMAND = ["swift", "test", "--skip-build", "--ignore-lock", "--disable-xctest", "--no-parallel"]


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


def run_tests(options, run, parts=((),)):
    """Runs the built tests by `run`, which gets the command, in one process for each part of the options at a time.

    Returns what each of them returned, and the results of all.
    """
    with tempfile.TemporaryDirectory(prefix="cachesync-results-") as directory:
        streams = [os.path.join(directory, f"events-{number}.jsonl") for number in range(len(parts))]

        def run_part(stream, part):
            open(stream, "w", encoding="utf-8").close()
            return run([*TEST_COMMAND, *options, *part, "--event-stream-output-path", stream,
                        "--event-stream-version", "0"])

        with concurrent.futures.ThreadPoolExecutor(len(parts)) as pool:
            ended = list(pool.map(run_part, streams, parts))
        results = Results()
        for stream in streams:
            results.read(stream)
    return ended, results
