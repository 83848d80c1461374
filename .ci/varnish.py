"""A real Varnish before a small origin, for suites that purge one."""

import os
import shutil
import socket
import subprocess
import sys
import threading

EXAMPLES = os.path.abspath("Examples")
SECONDS_MAX = 90  # compiling its VCL needs one or two, on a machine that has nothing else to do
ATTEMPTS = 3


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def varnish_program():
    """None where it is not installed. Debian has it where the paths of users other than root do not look."""
    return shutil.which("varnishd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))


class Varnish:
    """Runs with the VCL that users get. `processes` has what runs now, for whom must end it from outside."""

    def __init__(self, directory, processes):
        self.directory, self.processes, self.own = directory, processes, []

    def __enter__(self):
        try:
            site = self.launch([sys.executable, "-B", os.path.join(EXAMPLES, "origin.py"), "0"])
            self.origin = self.heard(site, "http://").strip()
            self.address = self.before(self.origin.rsplit(":", 1)[1])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.own):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self.processes.discard(process)

    def before(self, origin_port):
        """Returns the address of a Varnish that is ready."""
        with open(os.path.join(EXAMPLES, "edges", "varnish.vcl"), encoding="utf-8") as file:
            text = file.read()
        if '.port = "8080"' not in text:
            raise RuntimeError("the shipped VCL has another port than 8080")
        vcl = os.path.join(self.directory, "edge.vcl")
        with open(vcl, "w", encoding="utf-8") as file:
            file.write(text.replace('.port = "8080"', f'.port = "{origin_port}"'))
        for attempt in range(ATTEMPTS):
            # Someone else may bind the port before varnishd does: then it says so, and gets another.
            address = f"127.0.0.1:{free_port()}"
            process = self.launch(
                [varnish_program(), "-F", "-j", "none", "-T", "none", "-a", address, "-f", vcl, "-s", "malloc,32m",
                 "-n", os.path.join(self.directory, f"varnish-{attempt}")])
            try:
                self.heard(process, "said Child starts")
                return f"http://{address}"
            except RuntimeError as error:
                if attempt + 1 == ATTEMPTS or "Could not get socket" not in str(error):
                    raise

    def launch(self, command):
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", start_new_session=True)
        self.own.append(process)
        self.processes.add(process)
        return process

    @staticmethod
    def heard(process, text):
        """Waits until the program says the text, and returns that line; what it says later is read and dropped."""
        timer = threading.Timer(SECONDS_MAX, process.kill)
        timer.start()
        said = []
        try:
            for line in process.stdout:
                said.append(line)
                if text in line:
                    threading.Thread(target=process.stdout.read, daemon=True).start()
                    return line
        finally:
            timer.cancel()
        raise RuntimeError(f"{os.path.basename(process.args[0])} ended: {''.join(said[-10:]).strip() or 'no words'}")
