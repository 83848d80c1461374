"""The console's screens of namespaces, lag, audit and keys, and who sees them."""

import json

from accessibility import axe, look_at
from console_harness import await_status, open_console, publish
from harness import expect
from own_gateway import EMPTY, own_gateway

HOSTILE = '<img src=x onerror="document.title=1">'
KEYS = {
    "keys": [
        {"id": "0123456789ab", "name": HOSTILE, "scopes": ["publish", "read"], "namespaces": ["shop-*", "blog"],
         "hosts": ["*.shop.example"], "createdAt": "2026-11-01T10:00:00.000Z", "state": "valid"},
        {"id": "123456789abc", "name": "old", "scopes": ["operate"], "createdAt": "2026-10-01T10:00:00.000Z",
         "revokedAt": "2026-11-02T10:00:00.000Z", "state": "revoked"},
    ],
    "next": "123456789abc", "tokens": {"publisher": 1, "operator": 2, "cache": 0, "signed": True},
    "certificates": [{"name": "ci", "mark": "subject", "scopes": ["publish"], "namespaces": ["shop-*"]}],
}


def namespaces_lead_to_their_requests(profile):
    identity = publish(profile, profile.namespace)
    await_status(profile, identity, "completed")
    page = open_console(profile, "/?show=namespaces")
    row = page.locator(f'[data-row="{profile.namespace}"]')
    row.wait_for()
    expect("as edges allow" in row.text_content(), row.text_content())
    page.keyboard.press("/")
    page.keyboard.type(profile.namespace[2:])
    page.keyboard.press("Enter")
    page.wait_for_url("**name=**")
    row.wait_for()
    page.get_by_label("Part of a name").fill("nobody-of-that-name")
    page.keyboard.press("Enter")
    page.get_by_text("None of that name").wait_for()
    page.go_back()
    row.get_by_role("link", name=profile.namespace).click()
    page.locator(f'[data-row="{identity}"]').wait_for()
    expect(f"namespace%3A{profile.namespace}" in page.url, page.url)
    page.go_back()
    row.wait_for()


def lag_is_shown_by_topic_and_partition(profile):
    await_status(profile, publish(profile, profile.namespace), "completed")
    page = open_console(profile, "/?show=lag")
    page.get_by_role("heading", name="Workers").wait_for()
    page.get_by_role("heading", name="View").wait_for()
    page.get_by_role("link", name="cachesync.invalidations.normal").first.click()
    page.get_by_role("heading", name="Partitions of cachesync.invalidations.normal").wait_for()
    page.locator('[data-row="0"] [data-label=Owner]', has_text="–").wait_for()
    expect("reader=workers" in page.url and "topic=" in page.url, page.url)
    page.reload()
    page.locator('[data-row="0"]').wait_for()
    page.go_back()
    page.get_by_role("heading", name="View").wait_for()
    page.goto(f"{profile.site.address}/?show=lag&reader=view&topic={HOSTILE}")
    page.get_by_text("There is no lag of").wait_for()
    expect(page.locator("main img").count() == 0)


def lag_names_who_reads_a_partition(profile):
    """The cluster in a process of its own tells of no group; what is shown is what a gateway on Kafka answers."""
    def name_owner(route):
        answer = route.fetch()
        document = answer.json()
        for topic in document["readers"][0]["topics"]:
            topic["partitions"][0]["owner"] = HOSTILE
        route.fulfill(response=answer, json=document)

    profile.context.route("**/lag", name_owner)
    page = open_console(profile, "/?show=lag&reader=workers&topic=cachesync.invalidations.normal")
    page.locator('[data-row="0"] [data-label=Owner]', has_text=HOSTILE).wait_for()
    page.locator('[data-row="1"] [data-label=Owner]', has_text="–").wait_for()
    expect(page.locator("main img").count() == 0)
    look_at(page)


def the_audit_says_who_ordered_what(profile):
    reason = f"a test of {profile.namespace}"
    status, text = profile.site.call("POST", "/replays", {
        "from": "-1h", "namespaces": [profile.namespace], "reason": reason})
    expect(status == 202, status, text)
    run = json.loads(text)["run"]
    status, text = profile.site.call("GET", f"/replays/{run}?wait=5s")
    who = json.loads(text)["who"]
    page = open_console(profile, "/?show=audit")
    row = page.locator("[data-row]", has_text=run)
    row.wait_for()
    for text in (who, reason, "replay"):
        expect(text in row.text_content(), text, row.text_content())
    page.keyboard.press("/")
    page.keyboard.type("nobody-of-that-name")
    page.keyboard.press("Enter")
    page.get_by_text("Nobody of that name").wait_for()
    expect("who=nobody" in page.url, page.url)
    page.go_back()
    row.get_by_role("link", name=run).click()
    page.get_by_role("heading", name="Run", exact=False).first.wait_for()
    expect(f"id={run}" in page.url, page.url)


def the_audit_has_pages(profile):
    """As if there were more than fit on one: the gateway's own pages are of 200 entries."""
    profile.context.route("**/audit?**", lambda route: route.continue_(
        url=route.request.url.replace("limit=200", "limit=1")))
    reasons = [f"{number} of {profile.namespace}" for number in range(2)]
    for reason in reasons:
        status, text = profile.site.call("POST", "/replays", {
            "from": "-1h", "namespaces": [profile.namespace], "reason": reason})
        expect(status == 202, status, text)
        profile.site.call("GET", f"/replays/{json.loads(text)['run']}?wait=5s")
    page = open_console(profile, "/?show=audit")
    page.locator("[data-row]", has_text=reasons[1]).wait_for()
    page.get_by_role("link", name="Older").click()
    page.locator("[data-row]", has_text=reasons[0]).wait_for()
    expect("cursor=" in page.url and page.locator("[data-row]").count() == 1, page.url)
    page.get_by_role("link", name="Newest").click()
    page.locator("[data-row]", has_text=reasons[1]).wait_for()
    expect("cursor=" not in page.url, page.url)


def the_audit_lists_publications(profile):
    identity = publish(profile, profile.namespace, source=HOSTILE)
    await_status(profile, identity, "completed")
    page = open_console(profile, "/?show=audit")
    page.get_by_label("Of").select_option("publications")
    page.get_by_role("button", name="Show").click()
    row = page.locator("[data-row]", has_text=identity)
    row.wait_for()
    expect("kind=publication" in page.url and profile.namespace in row.text_content(), page.url, row.text_content())
    expect(HOSTILE in row.text_content() and page.locator("main img").count() == 0)
    row.get_by_role("link", name=identity).click()
    page.locator("[data-part=publication]").get_by_text("1 tag").wait_for()
    page.go_back()
    row.wait_for()
    expect(not (found := axe(page)), found)


def keys_are_shown_without_secrets(profile):
    """The gateway of the tests has no keys; what is shown is what one with keys answers."""
    page = open_console(profile, "/?show=keys")
    page.get_by_text("There are no API keys.").wait_for()
    page.get_by_text("Publishers’ tokens").wait_for()
    profile.context.route("**/keys?**", lambda route: route.fulfill(json=KEYS))
    page.reload()
    row = page.locator('[data-row="0123456789ab"]')
    row.wait_for()
    for text in (HOSTILE, "shop-*, blog", "publish, read", "never", "valid"):
        expect(text in row.text_content(), text, row.text_content())
    page.locator('[data-row="123456789abc"] .is-revoked').wait_for()
    expect(page.locator("main img").count() == 0)
    look_at(page)
    page.get_by_role("link", name="More").click()
    expect("after=123456789abc" in page.url, page.url)


def screens_of_others_are_not_in_the_menu(profile):
    profile.context.route("**/access", lambda route: route.fulfill(
        json={"name": "ci", "authenticated": True, "scopes": ["read"]}))
    page = open_console(profile)
    page.locator("#menu a", has_text="Keys").wait_for(state="detached")
    names = page.locator("#menu a").all_text_contents()
    expect(names == ["Board", "Requests", "Edges", "Namespaces"], names)
    for key in "gk":
        page.keyboard.press(key)
    expect("show=keys" not in page.url, page.url)
    for key in "gs":
        page.keyboard.press(key)
    page.get_by_role("heading", name="Namespaces").wait_for()


def lists_that_are_cut_say_so(profile):
    """With more namespaces than the page asks for, and more publications."""
    with own_gateway(profile, EMPTY):
        page = open_console(profile, "/?show=namespaces")
        page.get_by_text("Nothing was published in the last hour").wait_for()
        items = [{"namespace": f"n-{number}", "tags": ["red"]} for number in range(501)]
        status, text = profile.site.call("POST", "/invalidate", items)
        expect(status == 202, status, text)
        page.get_by_role("status").get_by_text("The first 500 are shown, and there are more").wait_for()
        page.goto(f"{profile.site.address}/?show=audit&kind=publication")
        shown = []
        for count in (200, 200, 101):
            page.locator("tbody tr").nth(count - 1).wait_for()
            expect(page.locator("tbody tr").count() == count, page.locator("tbody tr").count())
            shown += page.locator("tbody tr").evaluate_all("(rows) => rows.map((row) => row.dataset.row)")
            if count == 200:
                last = page.url
                page.get_by_role("link", name="Older").click()
                page.wait_for_url(lambda url, last=last: url != last)
                page.locator(f'[data-row="{shown[-1]}"]').wait_for(state="detached")
        expect(len(set(shown)) == 501, len(set(shown)), "of 501")
        expect(page.get_by_role("link", name="Older").count() == 0)


def colors_of_the_reader_leave_what_differs_different(profile):
    """In forced colors grounds are gone: the bars differ by shape, and the current screen has a line around it."""
    await_status(profile, publish(profile, profile.namespace), "completed")
    page = open_console(profile)
    page.emulate_media(forced_colors="active")
    page.locator(".chart .published").first.wait_for(state="attached")
    look = page.evaluate("""() => {
      const style = (selector) => getComputedStyle(document.querySelector(selector));
      const [published, failed] = [style(".chart .published"), style(".chart .failed")];
      const [current, other] = [style("#menu a[aria-current]"), style("#menu a:not([aria-current])")];
      return { published: published.fill, line: published.stroke, failed: failed.fill,
        current: current.outlineStyle, other: other.outlineStyle };
    }""")
    expect(look["published"] != look["failed"] and look["line"] == look["failed"], look)
    expect(look["current"] == "solid" and look["other"] == "none", look)
    expect(not (found := axe(page)), found)


TESTS = [value for name, value in list(globals().items())
         if callable(value) and getattr(value, "__module__", "") == __name__]
