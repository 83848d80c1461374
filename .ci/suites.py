"""Kinds of suites: each builds what it needs, runs, and says how that went."""

import concurrent.futures
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import mutants
from event_stream import run_tests
from varnish import Varnish, free_port, varnish_program

LOGS = ".test/suites"
TOLD_MAX = 8_000  # bytes
LINES_SHOWN = 40
STRICT = ["-Xswiftc", "-warnings-as-errors"]


class Outcome:
    """How a suite ended: passed, failed or skipped, and what there is to say about it."""

    def __init__(self, result, detail="", log=None):
        self.result, self.detail, self.log = result, detail, log


class Processes:
    """Those that run now, so that a signal to the tests stops them all."""

    running = set()

    @classmethod
    def end_all(cls, *_):
        for process in list(cls.running):
            cls.end(process)

    @staticmethod
    def end(process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    @classmethod
    def run(cls, command, time_limit, on_line, environment=None, is_idle=False):
        """Hands on every line of output. Returns the exit status, and whether the time was over."""
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, env={**os.environ, **(environment or {})}, preexec_fn=give_way if is_idle else None)
        cls.running.add(process)
        is_over = threading.Event()
        timer = threading.Timer(time_limit, lambda: (is_over.set(), cls.end(process)))
        timer.start()
        for line in process.stdout:
            on_line(line)
        status = process.wait()
        timer.cancel()
        cls.running.discard(process)
        return status, is_over.is_set()


def give_way():
    """Uses only what the machine has left over: tests that measure time run beside it."""
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):
        os.nice(19)


class Suite:
    """A command whose exit status is the result."""

    time_limit = 10 * 60
    uses_all_cores = False

    def __init__(self, name, command=None):
        self.name, self.command = name, command
        self.log = os.path.join(LOGS, name.replace(" ", "-") + ".log")

    def build(self):
        """Runs beside another suite. Returns an outcome where the suite can't go on, otherwise None."""

    def run(self):
        status, is_over = self.logged(self.command)
        return self.judged(status, is_over)

    def logged(self, command, on_line=lambda line: None, **options):
        os.makedirs(LOGS, exist_ok=True)
        with open(self.log, "ab") as log:
            def take(line):
                log.write(line)
                on_line(line)

            return Processes.run(command, self.time_limit, take, **options)

    def judged(self, status, is_over, detail=""):
        if is_over:
            return Outcome("failed", f"took longer than {self.time_limit // 60} minutes", self.log)
        if status != 0:
            return Outcome("failed", detail or f"exit status {status}", self.log)
        return Outcome("passed", detail)


class OwnBuild(Suite):
    """A suite that is built apart, with a sanitizer, and of some targets alone."""

    # Its build gives way to the tests, and may be about as long.
    time_limit = 40 * 60

    def __init__(self, name, sanitizer, targets, configuration=(), what=("--build-tests",)):
        super().__init__(name)
        self.sanitizer = sanitizer
        self.environment = {"CACHESYNC_TARGETS": ",".join(targets)}
        self.options = [
            "--sanitize", sanitizer, "--scratch-path", os.path.join(".build", sanitizer), *configuration, *STRICT]
        self.what = list(what)

    def build(self):
        missing = self.missing_runtime()
        if missing:
            return Outcome("skipped", missing)
        status, is_over = self.logged(
            ["swift", "build", *self.options, *self.what], environment=self.environment, is_idle=True)
        return None if status == 0 else self.judged(status, is_over, "it can't be built")

    def missing_runtime(self):
        """Why this toolchain can't do it, found out with a program of one function; None where it can."""
        with tempfile.TemporaryDirectory(prefix="cachesync-probe-") as directory:
            source = os.path.join(directory, "probe.swift")
            with open(source, "w", encoding="utf-8") as file:
                file.write(self.PROBE)
            done = subprocess.run(
                ["swiftc", "-parse-as-library", f"-sanitize={self.sanitizer}", source, "-o", source + ".out"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return None
            errors = [line for line in (done.stdout + done.stderr).splitlines() if "error" in line]
            return f"this toolchain can't: {(errors or ['swiftc failed'])[-1][:200]}"

    PROBE = "@main struct Probe { static func main() {} }\n"


class Sanitizer(OwnBuild):
    """Tests under a sanitizer. What it reports fails the process, whatever the tests say."""

    def __init__(self, name, sanitizer, targets, skips, options, shim=None):
        super().__init__(name, sanitizer, targets)
        self.shim = shim
        self.skips = [word for name in skips for word in ("--skip", name)]
        self.environment |= {
            "CACHESYNC_TEST_SEEDS": "10", "SWIFT_BACKTRACE": "enable=no", **options}

    def build(self):
        if self.shim:
            built = os.path.abspath(os.path.join(".build", self.sanitizer + "-shim.o"))
            os.makedirs(os.path.dirname(built), exist_ok=True)
            status, is_over = self.logged(["clang", "-O1", "-c", self.shim, "-o", built])
            if status != 0:
                return self.judged(status, is_over, f"{self.shim} can't be compiled")
            self.options += ["-Xlinker", built]
        return super().build()

    def run(self):
        found = []

        def take(line):
            if b"SUMMARY: " in line:
                found.append(line.decode(errors="replace").strip())

        [(status, is_over)], results = run_tests(
            [*self.options, *self.skips], lambda command: self.logged(command, take, environment=self.environment))
        groups = results.finish()
        bad = groups["failed"] + groups["lost"]
        counts = f"{len(groups['passed'])} tests passed, {len(bad)} failed, {len(groups['skipped'])} skipped"
        details = [counts] + [f"{suite}: {name}" for suite, name, _ in bad[:5]] + found[:5]
        if (bad or found or not groups["passed"]) and status == 0:
            status = 1
        return self.judged(status, is_over, "; ".join(details))


class Fuzzing(OwnBuild):
    """libFuzzer on each reader of foreign bytes, for some seconds each, from the kept corpus on."""

    PROBE = """
        @_cdecl("LLVMFuzzerTestOneInput")
        public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt { 0 }
        """
    CORPUS = "Tests/Fuzzing/Corpus"

    def __init__(self, name):
        super().__init__(
            name, "fuzzer", ["Fuzzing"], ["-c", "release", "-Xswiftc", "-enable-testing"], ["--product", "Fuzzing"])
        self.seconds = int(os.environ.get("FUZZ_SECONDS", "10"))
        # Always the same, so that a run can be repeated; 0 takes a new one, to search on.
        self.seed = os.environ.get("FUZZ_SEED", "1")
        self.time_limit = max(self.time_limit, 2 * self.seconds + 60)

    def run(self):
        counts, failures = [], []
        for reader in sorted(os.listdir(self.CORPUS)):
            status, is_over, executions = self.fuzz(reader)
            counts.append(f"{reader} {executions:,}")
            if status != 0:
                why = "took too long" if is_over else f"exit status {status}"
                failures.append(f"{reader}: {why}; the input is in {LOGS}/{reader}-*")
        detail = "; ".join(failures + [f"executions in {self.seconds} s each: {', '.join(counts)}"])
        return self.judged(1 if failures or not counts else 0, False, detail)

    def fuzz(self, reader):
        executions = 0

        def take(line):
            nonlocal executions
            match = re.match(rb"stat::number_of_executed_units:\s*(\d+)", line)
            if match:
                executions = int(match[1])

        found = os.path.join(LOGS, "corpus", reader)
        os.makedirs(found, exist_ok=True)
        status, is_over = self.logged(
            [".build/fuzzer/release/Fuzzing", f"-seed={self.seed}", f"-max_total_time={self.seconds}",
             "-max_len=4096", "-timeout=10", "-print_final_stats=1", f"-artifact_prefix={LOGS}/{reader}-",
             found, os.path.join(self.CORPUS, reader)],
            take, environment={"CACHESYNC_FUZZ": reader})
        return status, is_over, executions


class PythonHome:
    """A folder with packages of PyPI, installed once."""

    def __init__(self, name, packages):
        self.path = os.path.join(".build", name)
        self.packages = packages

    def program(self, name):
        return os.path.abspath(os.path.join(self.path, "bin", name))

    def install(self, time_limit):
        """Returns why that can't be done, otherwise None."""
        stamp = os.path.join(self.path, "+".join(self.packages))
        if os.path.exists(stamp):
            return None
        shutil.rmtree(self.path, ignore_errors=True)
        log = []
        for command in (["/usr/bin/python3", "-m", "venv", self.path],
                        [os.path.join(self.path, "bin", "pip"), "install", "--quiet", "--retries", "1", "--timeout",
                         "20", *self.packages]):
            status, _ = Processes.run(command, time_limit, lambda line: log.append(line.decode(errors="replace")))
            if status != 0:
                reason = next((line for line in reversed(log) if "ERROR" in line or "rror:" in line), "no reason given")
                return f"{', '.join(self.packages)} can't be installed: {reason.strip()[:200]}"
        with open(stamp, "w", encoding="utf-8"):
            return None


class AgainstGateway(Suite):
    """A suite of packages of PyPI that calls a running `cachesync up`."""

    time_limit = 3 * 60
    COMMAND = os.path.abspath(".build/release/cachesync")
    CONFIGURATION = ""
    HOME = None

    def build(self):
        missing = self.HOME.install(self.time_limit)
        return Outcome("skipped", missing) if missing else None

    def run(self):
        status, is_over = self.logged(["swift", "build", "-c", "release", *STRICT, "--product", "cachesync"])
        if status != 0:
            return self.judged(status, is_over, "cachesync can't be built")
        with (tempfile.TemporaryDirectory(prefix="cachesync-suite-") as directory,
              self.neighbors(directory) as (settings, environment)):
            port = free_port()
            configuration = os.path.join(directory, "cachesync.yaml")
            with open(configuration, "w", encoding="utf-8") as file:
                file.write(self.CONFIGURATION.format(port=port, other=free_port(), **settings))
            told = os.path.join(directory, "up.log")
            with open(told, "wb") as log:
                gateway = subprocess.Popen(
                    [self.COMMAND, "up", "--config", configuration], cwd=directory, stdin=subprocess.DEVNULL,
                    stdout=log, stderr=log, start_new_session=True)
            Processes.running.add(gateway)
            try:
                if not self.is_ready(f"http://127.0.0.1:{port}", gateway):
                    return Outcome("failed", "the gateway did not become ready")
                lines = []
                # Outside of the checkout: some leave what they found where they run.
                status, is_over = self.logged(
                    ["env", "-C", directory, *self.calls(f"http://127.0.0.1:{port}")],
                    lambda line: lines.append(line.decode(errors="replace").strip()),
                    environment={**self.ENVIRONMENT, **environment})
                if gateway.poll() is not None:
                    # Whatever the calls say of it: this is why.
                    with open(told, "rb") as last, open(self.log, "ab") as log:
                        log.write(last.read()[-TOLD_MAX:])
                    return Outcome("failed", f"the gateway ended meanwhile, with {gateway.returncode}", self.log)
                return self.judged(status, is_over, self.summary(lines))
            finally:
                Processes.end(gateway)
                gateway.wait()
                Processes.running.discard(gateway)

    def neighbors(self, directory):
        """What runs beside the gateway: what its configuration says of them, and what the calls are told."""
        return contextlib.nullcontext(({}, {}))

    @staticmethod
    def is_ready(address, gateway):
        for _ in range(150):
            if gateway.poll() is not None:
                return False
            try:
                with urllib.request.urlopen(f"{address}/health/ready", timeout=2):
                    return True
            except OSError:
                time.sleep(0.2)
        return False


class Schemathesis(AgainstGateway):
    """Calls a running gateway as its /openapi.json says, and as it does not: https://schemathesis.io."""

    HOME = PythonHome("schemathesis", ["schemathesis==4.32.5"])
    # The coverage of all operations, and some seconds of random calls.
    SECONDS = 50
    ENVIRONMENT = {"SCHEMATHESIS_HOOKS": os.path.abspath(".ci/schemathesis_hooks.py")}
    CONFIGURATION = """
        gateway: {{listen: "127.0.0.1:{port}"}}
        edges:
          - {{name: nobody, adapter: http, address: "http://127.0.0.1:9", namespaces: [default, shop]}}
        """

    def calls(self, address):
        return [self.HOME.program("schemathesis"), "--config-file", os.path.abspath(".ci/schemathesis.toml"), "run",
                "--no-color", "--continue-on-failure",
                # Streams have no end that it could wait for.
                "--exclude-path-regex", "/events$", "--max-examples", "20", "--max-time", str(self.SECONDS), "--seed",
                os.environ.get("SCHEMATHESIS_SEED", "1"), f"{address}/openapi.json"]

    @staticmethod
    def summary(lines):
        return next((line for line in lines if re.match(r"\d+ generated", line)), "")


class Browser(AgainstGateway):
    """Component and console in Chromium, before a gateway that serves a cache; `BROWSER=none` leaves it out."""

    time_limit = 10 * 60
    HOME = PythonHome("browser", ["playwright==1.65.2", "axe-playwright-python==0.1.8"])
    ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1"}
    CONFIGURATION = """
        gateway: {{listen: "127.0.0.1:{port}", corsOrigins: ["http://localhost:{port}"]}}
        cache: {{listen: "127.0.0.1:{other}"}}
        edges:
          - {{name: nobody, adapter: http, address: "http://127.0.0.1:9", namespaces: [nothing]}}
          # Has no means for tags: what names them is a dead letter at once.
          - {{name: urls-only, adapter: nginx, address: "http://127.0.0.1:9", namespaces: [refused, "refused-*"]}}
          - {{name: node, adapter: cachesync, address: "http://127.0.0.1:{other}", limits: {{requests: 1000/s}}}}
          {varnish}
        """

    def build(self):
        if os.environ.get("BROWSER") == "none":
            return Outcome("skipped", "BROWSER=none")
        if not self.chromium():
            return Outcome("skipped", "chromium is not installed")
        return super().build()

    @contextlib.contextmanager
    def neighbors(self, directory):
        if not varnish_program():
            yield {"varnish": "# varnishd is not installed"}, {}
            return
        with Varnish(directory, Processes.running) as varnish:
            edge = f'- {{name: pages, adapter: varnish, address: "{varnish.address}", namespaces: [pages]}}'
            yield {"varnish": edge}, {
                "CACHESYNC_TEST_VARNISH": varnish.address, "CACHESYNC_TEST_ORIGIN": varnish.origin}

    @staticmethod
    def chromium():
        return shutil.which("chromium")

    def calls(self, address):
        return [self.HOME.program("python"), os.path.abspath("Tests/Browser/run.py"), address, self.chromium()]

    @staticmethod
    def summary(lines):
        return "; ".join([line for line in lines if line.startswith(("✘", "- "))][:5] + lines[-1:])


class Operations(Suite):
    """Instructions of the hot paths, which must not grow beyond what the repository keeps."""

    SKIPPED = 75

    def run(self):
        status, is_over = self.logged(["swift", "build", "-c", "release", *STRICT, "--product", "cachesync-bench"])
        if status != 0:
            return self.judged(status, is_over, "cachesync-bench can't be built")
        lines = []
        status, is_over = self.logged(
            [".build/release/cachesync-bench", "operations"],
            lambda line: lines.append(line.decode(errors="replace").strip()))
        if status == self.SKIPPED:
            return Outcome("skipped", "; ".join(lines[-1:]).removeprefix("skipped: "))
        wrong = [line for line in lines if line.startswith("too much: ")]
        counted = [line for line in lines if " instructions, kept " in line]
        return self.judged(status, is_over, "; ".join(wrong[:5]) or f"{len(counted)} counted")


class Mutants(Suite):
    """The simulator's checkers must find every mistake that is made on purpose in a copy of the sources."""

    uses_all_cores = True

    def build(self):
        _, faults = mutants.prepare()
        if faults:
            return Outcome("failed", "; ".join(faults[:5]))
        status, is_over = self.logged(
            ["swift", "build", "-c", "release", "--package-path", mutants.COPY, "--scratch-path", mutants.BUILT,
             "--product", "Mutants"],
            environment={"CACHESYNC_TARGETS": "Mutants"}, is_idle=True)
        return None if status == 0 else self.judged(status, is_over, "they can't be built")

    def run(self):
        """Hunts all mutants, one a core. A finding counts only while nothing is found without them."""
        wrong = mutants.uncleanness(self.hunt(mutants.Mutant("clean", ""), mutants.CLEAN_SEEDS))
        if wrong:
            return Outcome("failed", wrong)
        hunts = list(self.hunts(mutants.read_tables()))
        missed = mutants.missed(hunts)
        detail = "; ".join(missed) or f"all {len(hunts)} found, and nothing in {mutants.CLEAN_SEEDS} seeds without any"
        return self.judged(1 if missed or not hunts else 0, False, detail)

    def hunts(self, tables):
        pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1)
        try:
            started = [(mutant, pool.submit(self.hunt, mutant, mutants.SEEDS_MAX)) for mutant in tables]
            for mutant, future in started:
                print(mutants.row(mutant, future.result()), flush=True)
                yield mutant, future.result()
        except BaseException:
            # A hunt may have begun after the others were ended.
            pool.shutdown(wait=False, cancel_futures=True)
            Processes.end_all()
            raise

    def hunt(self, mutant, seeds):
        hunt = mutants.Hunt()
        return hunt.end(*Processes.run(
            mutants.command(mutant.name, mutant.first_seed, seeds), self.time_limit, hunt.take,
            {"SWIFT_BACKTRACE": "enable=no"}))


def show_tail(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log.readlines()[-LINES_SHOWN:]:
            sys.stdout.write("    " + line[:300].rstrip("\n") + "\n")
