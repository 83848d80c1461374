"""One purge as a person sends it, and all that must have forgotten the value then."""

import os
import time
import urllib.request

from console_harness import await_status
from harness import ELEMENT, Skipped, expect, until, wait

NAMESPACE = "pages"  # the one that the Varnish of the suite serves
ROUNDS = 5
SECONDS_MAX = 1


class CachedPage:
    """A page at the suite's origin, tagged as `tag`, and what Varnish answers in the origin's stead."""

    def __init__(self, name):
        if not os.environ.get("CACHESYNC_TEST_VARNISH"):
            raise Skipped("varnishd is not installed")
        self.at_varnish = f"{os.environ['CACHESYNC_TEST_VARNISH']}/p/{name}"
        self.at_origin = f"{os.environ['CACHESYNC_TEST_ORIGIN']}/p/{name}"
        self.tag = f"product-{name}"

    def change(self, text):
        with urllib.request.urlopen(
                urllib.request.Request(self.at_origin, text.encode(), method="PUT"), timeout=10) as answer:
            expect(answer.status == 200, answer.status)

    def seen(self):
        with urllib.request.urlopen(self.at_varnish, timeout=10) as answer:
            return answer.headers["X-Cache"], answer.read().decode().strip()


def a_purge_with_curl_empties_tabs_node_and_varnish(profile):
    """Within a second, unless the machine is busy with other suites: then one of some rounds is fast enough."""
    CachedPage("any")
    profile.element = ELEMENT % (NAMESPACE, "k", "red")
    tabs = [profile.open_live(), profile.open()]
    spent = []
    while len(spent) < ROUNDS and not (spent and spent[-1] <= SECONDS_MAX):
        spent.append(seconds_until_empty(profile, tabs, CachedPage(f"round-{len(spent)}"), len(spent)))
    print(f"  two tabs, node and Varnish were empty after {', '.join(f'{seconds:.2f}' for seconds in spent)} s")
    expect(spent[-1] <= SECONDS_MAX, "not within a second:", spent)
    profile.cut()
    for tab in tabs:
        kept = tab.evaluate("document.getElementById('it').get().catch(() => null)")
        expect(kept is None, "a tab has kept", kept)


def seconds_until_empty(profile, tabs, page, number):
    profile.site.store(NAMESPACE, "k", {"round": number}, [page.tag])
    for tab in tabs:
        tab.evaluate("document.getElementById('it').get()")
        wait(tab, f"it.value?.round === {number} && !it.loading")
    page.change("old")
    expect(page.seen() == ("MISS", "old"), "Varnish had the page before anybody asked")
    page.change("new")
    expect(page.seen() == ("HIT", "old"), "Varnish does not cache the page")
    begin = time.monotonic()
    identity = profile.site.purge_with_curl(NAMESPACE, page.tag)
    for tab in tabs:
        wait(tab, "it.value === null")
    until(lambda: profile.site.value(NAMESPACE, "k") is None, tabs[0], "the node has kept the value")
    until(lambda: page.seen() == ("MISS", "new"), tabs[0], "Varnish has kept the page")
    seconds = time.monotonic() - begin
    # Before the next is stored: the worker purges at the node once more than its own reading of the log.
    await_status(profile, identity, "completed")
    return seconds


TESTS = [a_purge_with_curl_empties_tabs_node_and_varnish]
