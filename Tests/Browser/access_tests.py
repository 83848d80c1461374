"""The console before a gateway that asks for credentials: what each of them opens."""

import contextlib
import re
import subprocess

from console_harness import open_console
from harness import expect
from own_gateway import COMMAND, own_gateway

OPERATOR = "operators-token-of-the-browser-suite"
CONFIGURATION = """
gateway:
  listen: "127.0.0.1:%(port)d"
  operatorToken: "%(operator)s"
  keys: "%(folder)s/keys.yaml"
cache:
  listen: "127.0.0.1:%(other)d"
  token: cache-token-of-the-browser-suite
  namespaces: [{names: [shop], origin: {http: "http://127.0.0.1:9/{key}"}}]
edges:
  - name: node
    adapter: cachesync
    address: "http://127.0.0.1:%(other)d"
    credentials: {bearer: cache-token-of-the-browser-suite}
"""
KEYS = {
    "viewer": ["--scope", "read"],
    "publisher": ["--scope", "publish", "--scope", "read", "--namespace", "shop"],
    "cook": ["--scope", "read", "--scope", "cache"],
}


@contextlib.contextmanager
def guarded_gateway(profile):
    """Yields the credentials by name."""
    credentials = {"operator": OPERATOR}

    def make_keys(folder):
        for name, words in KEYS.items():
            done = subprocess.run(
                [COMMAND, "keys", "create", "--name", name, *words], cwd=folder, capture_output=True, text=True,
                check=False)
            found = re.search(r"cs_[\w-]+", done.stdout)
            expect(found, "no key was made:", done.stdout, done.stderr)
            credentials[name] = found[0]

    with own_gateway(profile, CONFIGURATION, make_keys, operator=OPERATOR):
        yield credentials


def sign_in(profile, credential, path="/"):
    page = open_console(profile, path)
    page.get_by_label("Token or API key").fill(credential)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    return page


def expect_menu(page, names):
    """Once the console knows what the credential opens, which is never the screen of the keys here."""
    page.locator("#menu a", has_text="Keys").wait_for(state="detached")
    found = page.locator("#menu a").all_text_contents()
    expect(found == names, found)


def a_guarded_gateway_asks_until_a_credential_is_right(profile):
    with guarded_gateway(profile) as credentials:
        page = open_console(profile)
        page.get_by_role("heading", name="Sign in").wait_for()
        expect(page.locator(".tile").count() == 0, "something is shown to strangers")
        page.get_by_label("Token or API key").fill("cs_0123456789ab_wrong")
        with page.expect_response(lambda answer: answer.status == 401):
            page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()
        page.get_by_role("heading", name="Sign in").wait_for()
        page.get_by_label("Token or API key").fill(credentials["operator"])
        page.get_by_role("button", name="Sign in").click()
        page.locator(".tile", has_text="Dead letters").wait_for()
        expect(profile.context.cookies() == [] and credentials["operator"] not in page.url)
        page.get_by_role("link", name="Keys").click()
        row = page.locator("tr[data-row]", has_text="publisher")
        row.wait_for()
        expect("shop" in row.text_content() and credentials["publisher"] not in page.content())
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("heading", name="Sign in").wait_for()


def a_viewer_sees_what_its_scope_opens(profile):
    with guarded_gateway(profile) as credentials:
        status, text = profile.site.call(
            "POST", "/invalidate", {"namespace": "shop", "tags": ["red"]},
            {"Authorization": f"Bearer {credentials['publisher']}"})
        expect(status == 202, status, text)
        page = sign_in(profile, credentials["viewer"])
        expect_menu(page, ["Board", "Requests", "Edges", "Namespaces"])
        page.locator(".tile", has_text="Published").wait_for()
        expect(page.locator(".tile", has_text="Dead letters").count() == 0)
        page.get_by_role("link", name="Requests", exact=True).click()
        page.locator("tbody tr", has_text="shop").locator("a").click()
        page.locator("[data-part=state] .is-completed").wait_for()
        for path, scope in (("/?show=dead", "operate"), ("/?show=runs", "operate"), ("/?show=audit", "operate")):
            page.goto(profile.site.address + path)
            page.get_by_role("alert").get_by_text(scope).wait_for()
            expect(page.locator("tbody tr").count() == 0, path, "is shown")
        page.goto(f"{profile.site.address}/?show=publish&namespace=shop")
        page.get_by_label("Tags").fill("red")
        page.get_by_role("button", name="Publish").click()
        page.get_by_role("alert").get_by_text("publish").wait_for()
        expect("show=publish" in page.url, page.url)


def a_publisher_publishes_in_its_namespaces(profile):
    with guarded_gateway(profile) as credentials:
        page = sign_in(profile, credentials["publisher"], "/?show=requests&q=namespace:shop")
        expect_menu(page, ["Board", "Requests", "Publish", "Edges", "Namespaces"])
        page.get_by_role("link", name="Publish").click()
        page.get_by_label("Namespace", exact=True).fill("blog")
        page.get_by_label("Tags").fill("red")
        page.get_by_role("button", name="Publish").click()
        page.get_by_role("alert").get_by_text("blog").wait_for()
        page.get_by_label("Namespace", exact=True).fill("shop")
        page.get_by_role("button", name="Publish").click()
        page.locator("[data-part=state] .is-completed").wait_for()
        page.locator("[data-part=publication]").get_by_text("publisher").wait_for()


def who_may_use_the_cache_sees_rollouts_and_orders_none(profile):
    with guarded_gateway(profile) as credentials:
        page = sign_in(profile, credentials["cook"], "/?show=requests")
        page.get_by_role("link", name="Cache", exact=True).click()
        page.get_by_role("table", name="Rollouts").get_by_role("link", name="shop").click()
        page.get_by_text("they need the scope operate").wait_for()
        expect(page.get_by_role("button", name="Order it").count() == 0)


TESTS = [a_guarded_gateway_asks_until_a_credential_is_right, a_viewer_sees_what_its_scope_opens,
         a_publisher_publishes_in_its_namespaces, who_may_use_the_cache_sees_rollouts_and_orders_none]
