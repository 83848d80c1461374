"""A page with the component in a real Chromium, before a real gateway, and what both said to each other."""

import collections
import json
import subprocess
import time
import urllib.request

from playwright.sync_api import sync_playwright

TIMEOUT = 15_000  # ms
REQUESTS_SHOWN = 20
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Test</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<script type="module" src="/cache-sync.js"></script></head><body><main><h1>Test</h1>%s</main></body></html>"""
# How often each event came: `heard.flushed` and so on. They do not bubble.
COUNT_EVENTS = """window.heard = { status: 0, queued: 0, flushed: 0, change: 0, invalidated: 0, conflict: 0, error: 0 };
  for (const type of Object.keys(heard)) addEventListener(type, () => { heard[type] += 1; }, true);"""
ELEMENT = '<cache-sync id="it" namespace="%s" key="%s" tags="%s" auto live controls></cache-sync>'


class Failed(Exception):
    """What was expected did not come about."""


def expect(condition, *details):
    if not condition:
        raise Failed(" ".join(str(detail) for detail in details) or "not as expected")


class Skipped(Exception):
    """The machine lacks what the test needs; the text says what."""


class Site:
    """The gateway, as a program other than a browser sees it."""

    def __init__(self, address):
        self.address = address

    def call(self, method, path, body=None, headers=None):
        request = urllib.request.Request(
            self.address + path, json.dumps(body).encode() if body is not None else None,
            {"Content-Type": "application/json", **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def value(self, namespace, key):
        status, text = self.call("GET", f"/cache?namespace={namespace}&key={urllib.request.quote(key)}")
        return json.loads(text) if status == 200 else None

    def store(self, namespace, key, value, tags=()):
        path = f"/cache?namespace={namespace}&key={urllib.request.quote(key)}"
        status, text = self.call("POST", path, {"value": value, "tags": list(tags)})
        expect(status == 200, status, text)

    def purge_with_curl(self, namespace, tag):
        """As a person would, from a shell; returns the request's id."""
        body = json.dumps({"namespace": namespace, "tags": [tag]})
        done = subprocess.run(
            ["curl", "-sS", "-f", "-X", "POST", f"{self.address}/invalidate", "-H", "Content-Type: application/json",
             "-d", body], capture_output=True, text=True, check=False)
        expect(done.returncode == 0, done.stderr)
        return json.loads(done.stdout)["id"]


class Profile:
    """A browser profile of its own: its tabs share storage, locks and channels."""

    def __init__(self, browser, site, namespace, options):
        self.site, self.namespace = site, namespace
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(TIMEOUT)
        self.calls, self.complaints, self.tabs = [], [], []
        self.element = ELEMENT % (namespace, "k", "red")
        # A page of the gateway's own origin, whatever it serves itself.
        self.context.route("**/test.html", lambda route: route.fulfill(
            body=PAGE % self.element, content_type="text/html"))
        self.context.add_init_script(COUNT_EVENTS)
        self.requests = collections.deque(maxlen=REQUESTS_SHOWN)
        self.context.on("response", lambda answer: self.requests.append((answer.request, answer.status)))
        self.context.on("requestfailed", lambda request: self.requests.append((request, request.failure)))
        self.context.on("requestfinished", self.note)

    def note(self, request):
        if "/cache?" not in request.url or request.method in ("GET", "OPTIONS"):
            return
        answer = request.response()
        self.calls.append((request.method, request.url, request.post_data, request.headers.get("idempotency-key"),
                           answer.status if answer else 0))

    def posts(self):
        """The values that were stored, in order, and what was sent more than once as often."""
        return [json.loads(call[2])["value"] for call in self.calls if call[0] == "POST" and call[4] == 200]

    def init(self, script):
        self.context.add_init_script(script)

    def open(self, path="/test.html"):
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", self.hear)
        page.goto(self.site.address + path)
        page.evaluate("customElements.whenDefined('cache-sync')")
        page.evaluate("document.querySelector('cache-sync').ready")
        self.tabs.append(page)
        return page

    def open_live(self):
        """A profile's first tab, once its stream is there: the first event makes it ask anew for all that it shows."""
        page = self.open()
        wait(page, "heard.invalidated > 0 && !it.loading", "the stream's first event")
        return page

    def report(self):
        """What a test that failed leaves behind."""
        for number, page in enumerate(self.tabs):
            print(f"    tab {number}: {'closed' if page.is_closed() else state_of(page)}")
        for request, end in list(self.requests):
            headers = {name: text for name, text in request.headers.items()
                       if name in ("cache-after", "idempotency-key", "if-none-match", "last-event-id")}
            print(f"    {request.method} {request.url} {headers or ''} {end}")
        for text in self.complaints:
            print(f"    the browser: {text}")

    def hear(self, message):
        # A miss is 404, and a browser always tells of those; so it is with what tests refuse or cut off.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text}")

    def refuse(self, status, body="{}", headers=None, times=1_000_000):
        """Lets so many changes be answered so, in the place of the server."""
        left = [times]

        def handle(route):
            if route.request.method == "GET" or not left[0]:
                return route.fallback()
            left[0] -= 1
            return route.fulfill(
                status=status, body=body, content_type="application/problem+json", headers=headers or {})

        self.context.route("**/cache?**", handle)
        return handle

    def keep_component(self):
        """Pages can be opened while nobody answers: they themselves come from the tests."""
        script = self.site.call("GET", "/cache-sync.js")[1]
        self.context.route("**/cache-sync.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))

    def cut(self):
        """Nobody answers any more. A stream that is there goes on."""
        self.context.set_offline(True)

    def mend(self):
        self.context.set_offline(False)

    def close(self):
        self.context.close()


def state_of(page):
    try:
        return page.evaluate("""(() => { const it = document.getElementById('it');
            return it && JSON.stringify([it.status, it.queued, it.loading, it.value, it.entry, it.error]); })()""")
    except Exception as error:  # the page may have no element, or may be busy
        return f"unknown: {error}"


def wait(page, condition, what="", timeout=TIMEOUT):
    """Waits for a condition of the element `it`."""
    try:
        page.wait_for_function(
            f"(() => {{ const it = document.getElementById('it'); return {condition}; }})()", timeout=timeout)
    except Exception as error:
        raise Failed(f"not in time: {what or condition}; it is {state_of(page)}") from error


def until(condition, page, what=""):
    """Waits for what the tests have heard themselves."""
    end = time.monotonic() + TIMEOUT / 1_000
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"not in time: {what}")
        page.wait_for_timeout(20)


def expect_posts(profile, values):
    """Each was sent once, in this order. The browser's own account of what it sent comes a moment later."""
    until(lambda: len(profile.posts()) >= len(values), profile.tabs[-1], f"as many as {values}")
    expect(profile.posts() == values, profile.posts())


def run_all(tests, address, chromium, name_part=""):
    """Returns how many passed, failed and were skipped."""
    passed = failed = skipped = 0
    site = Site(address)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for index, test in enumerate(tests):
            if name_part not in test.__name__:
                continue
            begin = time.monotonic()
            profile = Profile(browser, site, f"web-{index}", getattr(test, "options", {}))
            try:
                test(profile)
                expect(not profile.complaints, "the browser complains:", profile.complaints)
                passed += 1
                print(f"✔ {test.__name__} ({time.monotonic() - begin:.1f} s)", flush=True)
            except Skipped as reason:
                skipped += 1
                print(f"- {test.__name__} is skipped: {reason}", flush=True)
            except Exception as error:  # whatever it is, this test has not passed
                failed += 1
                seconds = time.monotonic() - begin
                print(f"✘ {test.__name__} ({seconds:.1f} s): {type(error).__name__}: {error}", flush=True)
                profile.report()
            finally:
                profile.close()
        browser.close()
    return passed, failed, skipped
