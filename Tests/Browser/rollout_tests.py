"""The console's screen of a rollout, before a cache node with a main API."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from accessibility import look_at
from console_harness import open_console
from harness import expect
from own_gateway import own_gateway

CONFIGURATION = """
gateway: {listen: "127.0.0.1:%(port)d"}
cache:
  listen: "127.0.0.1:%(other)d"
  api: {writes: "%(api)s/writes", read: "%(api)s/items/{key}"}
  flushAfter: 100ms
  namespaces:
    - names: [shop]
      origin: {http: "%(api)s/items/{key}", write: {url: "%(api)s/items/{key}"}}
edges: [{name: node, adapter: cachesync, address: "http://127.0.0.1:%(other)d"}]
"""


class MainAPI(ThreadingHTTPServer):
    """Has things by key, and stores what the cache queued for it."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Calls)
        self.things = {"a": {"price": 1}}
        self.is_flushed = threading.Event()
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


class Calls(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        thing = self.server.things.get(self.path.removeprefix("/items/"))
        self.answer(404 if thing is None else 200, thing)

    def do_PUT(self):
        self.server.things[self.path.removeprefix("/items/")] = self.body()
        self.answer(200, {})

    def do_POST(self):
        writes = self.body()["writes"]
        for write in writes:
            self.server.things[write["key"]] = write.get("value")
        self.answer(200, {"results": [{"status": "stored"} for _ in writes]})
        self.server.is_flushed.set()

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def cache_with_main_api(profile):
    with MainAPI() as api:
        threading.Thread(target=api.serve_forever, daemon=True).start()
        try:
            with own_gateway(profile, CONFIGURATION, api=api.address):
                yield api
        finally:
            api.shutdown()


def read(profile, key="a"):
    status, text = profile.site.call("GET", f"/cache?namespace=shop&key={key}")
    expect(status == 200, status, text)
    return json.loads(text)


def order(page, step, phase, **fields):
    """Fills the form in, and confirms; then the rollout is in that phase."""
    page.get_by_label("Next step").select_option(step)
    for label, value in fields.items():
        page.get_by_label(label.replace("_", " ")).fill(value)
    page.get_by_role("button", name="Order it").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The rollout of shop goes from").wait_for()
    dialog.get_by_role("button", name="Change it").click()
    page.locator(f"[data-part=state] .is-{phase}").wait_for()


def a_rollout_goes_through_its_phases_and_back(profile):
    with cache_with_main_api(profile) as api:
        page = open_console(profile, "/?show=cache")
        page.get_by_role("table", name="Rollouts").get_by_role("link", name="shop").click()
        page.locator("[data-part=state] .is-off").wait_for()
        expect("namespace=shop" in page.url, page.url)
        page.get_by_role("button", name="Order it").click()
        page.get_by_role("dialog").get_by_role("button", name="Leave it").click()
        order(page, "shadow", "shadow", Percent_of_the_keys="100", Reason="a test")
        page.get_by_text("100 % of the reads are compared").wait_for()
        expect("a test" in page.locator("[data-part=about]").text_content())
        expect(read(profile) == {"price": 1})
        page.get_by_role("heading", name="1 comparison in this phase").wait_for()
        look_at(page)
        order(page, "canary", "canary", Percent_of_the_keys="100")
        order(page, "writes", "writes", Percent_of_the_keys="100")
        profile.site.store("shop", "a", {"price": 2})
        expect(api.is_flushed.wait(15) and api.things["a"] == {"price": 2}, api.things)
        order(page, "cutover", "cutover")
        expect(read(profile) == {"price": 2})
        page.get_by_text("100 % of the writes are queued").wait_for()
        page.locator("[data-part=about]").get_by_text("0 keys").wait_for()
        for phase in ("writes", "canary", "shadow", "off"):
            order(page, "back", phase)
        page.get_by_text("The namespace has no rollout.").wait_for()


def a_guard_steps_back_and_the_page_says_why(profile):
    with cache_with_main_api(profile) as api:
        page = open_console(profile, "/?show=rollout&namespace=shop")
        order(page, "shadow", "shadow", Percent_of_the_keys="100", Differences="1", From_so_many_on="1")
        guard = page.locator('[data-row="Comparisons that differ"]')
        guard.get_by_text("1 %", exact=True).wait_for()
        expect(read(profile) == {"price": 1})
        page.get_by_text("Equal", exact=True).wait_for()
        api.things["a"] = {"price": 3}
        expect(read(profile) == {"price": 3}, "the main API answers")
        page.locator("[data-part=about]").get_by_text("1 of the last").wait_for()
        expect("guard" in page.locator("[data-part=about]").text_content())
        page.get_by_text("0 % of the reads are compared").wait_for()
        row = page.get_by_role("table", name="Differences").locator("tbody tr")
        for text in ("/price", '{"price": 3}', '{"price": 1}'):
            row.get_by_text(text, exact=True).first.wait_for()


def what_a_node_refuses_is_shown(profile):
    with cache_with_main_api(profile):
        page = open_console(profile, "/?show=rollout&namespace=blog")
        page.get_by_label("Percent of the keys").fill("5")
        page.get_by_role("button", name="Order it").click()
        page.get_by_role("dialog").get_by_role("button", name="Change it").click()
        page.get_by_role("alert").get_by_text("has no origin").wait_for()


TESTS = [a_rollout_goes_through_its_phases_and_back, a_guard_steps_back_and_the_page_says_why,
         what_a_node_refuses_is_shown]
