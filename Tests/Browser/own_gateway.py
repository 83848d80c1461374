"""A gateway that a test has to itself, with a configuration of its own."""

import contextlib
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from harness import Site, Skipped, expect

COMMAND = Path(__file__).resolve().parents[2] / ".build" / "release" / "cachesync"
SECONDS_MAX = 60
# At which nothing was published yet.
EMPTY = """
gateway: {listen: "127.0.0.1:%(port)d"}
cache: {listen: "127.0.0.1:%(other)d"}
edges: [{name: node, adapter: cachesync, address: "http://127.0.0.1:%(other)d"}]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_ready(address):
    try:
        with urllib.request.urlopen(f"{address}/health/ready", timeout=2):
            return True
    except OSError:
        return False


def await_ready(gateway, address, log):
    end = time.monotonic() + SECONDS_MAX
    while not is_ready(address):
        is_over = gateway.poll() is not None or time.monotonic() > end
        expect(not is_over, "the test's own gateway does not run:", log.read_text(errors="replace")[-1_000:])
        time.sleep(0.1)


@contextlib.contextmanager
def own_gateway(profile, configuration, prepare=lambda folder: None, **values):
    """Its address is that of the profile's site meanwhile.

    In the configuration stand `%(port)d`, `%(other)d`, `%(folder)s`, and the names of `values`. Before the gateway
    begins, `prepare` gets the folder in which it will, with its `cachesync.yaml`.
    """
    if not COMMAND.exists():
        raise Skipped(f"{COMMAND} is not built")
    suite = profile.site
    with tempfile.TemporaryDirectory(prefix="cachesync-gateway-") as name:
        folder, ports = Path(name), {"port": free_port(), "other": free_port()}
        file, log = folder / "cachesync.yaml", folder / "log"
        file.write_text(configuration % {**ports, "folder": name, **values}, encoding="utf-8")
        prepare(folder)
        with log.open("wb") as output:
            # Of the same process group as the tests: what ends these from outside ends it, too.
            gateway = subprocess.Popen(
                [COMMAND, "up", "--config", file], cwd=name, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            profile.site = Site(f"http://127.0.0.1:{ports['port']}")
            await_ready(gateway, profile.site.address, log)
            yield
            expect(gateway.poll() is None, "the test's own gateway ended meanwhile")
        finally:
            for page in profile.context.pages:
                page.close()
            gateway.kill()
            gateway.wait()
            profile.site = suite
