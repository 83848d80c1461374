"""Measures console and component with much data: scale.py ADDRESS CHROMIUM [REQUESTS] [LETTERS] [REFRESHES] [CHANGES].

The gateway is one that the tests of the browser would run against, and may have nothing else to do. Nothing is asserted
but that all is there in the end: the times are printed.
"""

import json
import statistics
import sys
import time

from console_harness import open_console
from harness import Profile, Site, expect
from playwright.sync_api import sync_playwright

BATCH = 500
WARM_UP = 500  # refreshes
READINGS = 6
ELEMENT = '<cache-sync id="it" namespace="scale" key="k" auto live></cache-sync>'
# Timers that would wait end at once, so that a long time passes fast. All else is as ever.
HURRY = """const real = setTimeout; window.refreshes = 0;
  window.setTimeout = (body, delay, ...rest) => real(body, delay >= 500 ? 0 : delay, ...rest);
  const ask = fetch; window.fetch = (address, ...rest) => {
    if (String(address).includes('/status/counts')) window.refreshes += 1;
    return ask(address, ...rest); };"""
# Frames that came late while something else was done.
WATCH_FRAMES = """window.longest = 0; let last = performance.now();
  const frame = () => { const now = performance.now(); window.longest = Math.max(window.longest, now - last);
    last = now; requestAnimationFrame(frame); }; requestAnimationFrame(frame);"""
ENQUEUE = """async (count) => { const it = document.getElementById('it'); await it.ready;
  const begin = performance.now();
  await Promise.all(Array.from({ length: count }, (_, index) => it.set(`key-${index}`, { index })));
  return performance.now() - begin; }"""


def fill(site, namespace, count):
    for begin in range(0, count, BATCH):
        batch = [{"namespace": namespace, "tags": [f"t{number % 1_000}"]}
                 for number in range(begin, min(begin + BATCH, count))]
        while True:
            status, text = site.call("POST", "/invalidate", batch)
            if status == 202:
                break
            # The gateway keeps publishers from running away from workers.
            expect(status in (207, 429, 503), status, text[:200])
            time.sleep(0.5)


def await_numbers(site, requests, letters):
    """Until the view has all that was published, and workers are done."""
    end = time.monotonic() + 900
    while time.monotonic() < end:
        counts = json.loads(site.call("GET", "/status/counts")[1])["minutes"]
        ended = sum(minute["completed"] + minute["failed"] for minute in counts)
        dead = json.loads(site.call("GET", "/dead?group=class")[1])["total"]
        if ended >= requests and dead >= letters:
            return ended, dead
        time.sleep(1)
    expect(False, "the view has not come to all of it:", ended, dead)


def time_screens(profile):
    screens = {"board": ("/", ".tile"), "requests": ("/?show=requests", "tbody tr"),
               "dead letters": ("/?show=dead", "tbody tr"), "namespaces": ("/?show=namespaces", "tbody tr"),
               "edges": ("/?show=edges", "tbody tr")}
    for name, (path, shown) in screens.items():
        times = []
        for _ in range(5):
            begin = time.monotonic()
            page = open_console(profile, path)
            page.locator(shown).first.wait_for()
            # Interactive: a frame is drawn, and a click would be answered.
            page.evaluate("new Promise((end) => requestAnimationFrame(() => setTimeout(end)))")
            times.append(time.monotonic() - begin)
            page.close()
        print(f"{name}: {statistics.median(times) * 1_000:.0f} ms until interactive, at most "
              f"{max(times) * 1_000:.0f} ms", flush=True)


def heap(session):
    session.send("HeapProfiler.collectGarbage")
    session.send("HeapProfiler.collectGarbage")
    return session.send("Runtime.getHeapUsage")["usedSize"]


def nodes(session):
    return session.send("Memory.getDOMCounters")["nodes"]


def refresh_board(profile, count):
    page = profile.context.new_page()
    page.add_init_script(HURRY)
    page.goto(profile.site.address)
    page.locator(".tile").first.wait_for()
    session = profile.context.new_cdp_session(page)
    # Until then grows what is bounded: compiled code, signals that end after 20 s, rates of the last 10 s.
    page.wait_for_function(f"refreshes > {WARM_UP}", timeout=1_200_000)
    begin = time.monotonic()
    readings = [(heap(session), nodes(session))]
    for part in range(1, READINGS + 1):
        page.wait_for_function(f"refreshes > {WARM_UP + count * part // READINGS}", timeout=1_200_000)
        readings.append((heap(session), nodes(session)))
    print(f"board: {count} refreshes in {time.monotonic() - begin:.0f} s; heap and nodes before, meanwhile and after: "
          + ", ".join(f"{used / 1e6:.2f} MB {there}" for used, there in readings), flush=True)
    page.close()


def queue_changes(profile, count):
    profile.element = ELEMENT.replace("<cache-sync", f'<cache-sync queue-limit="{count + 1}"')
    page = profile.open()
    page.wait_for_function("document.getElementById('it').status === 'online'")
    profile.cut()
    page.evaluate(WATCH_FRAMES)
    spent = page.evaluate(ENQUEUE, count)
    expect(page.evaluate("document.getElementById('it').queued") == count)
    longest = page.evaluate("window.longest")
    print(f"component: {count} changes enqueued in {spent / 1_000:.1f} s, the longest frame {longest:.0f} ms",
          flush=True)
    page.evaluate("window.longest = 0")
    begin = time.monotonic()
    profile.mend()
    page.evaluate("document.getElementById('it').flush()")
    page.wait_for_function("document.getElementById('it').queued === 0", timeout=1_200_000)
    seconds = time.monotonic() - begin
    longest = page.evaluate("window.longest")
    print(f"component: {count} changes sent in {seconds:.1f} s, the longest frame {longest:.0f} ms", flush=True)
    expect(profile.site.value("scale", f"key-{count - 1}") is not None, "the last one did not come")


def main(address, chromium, requests=100_000, letters=10_000, refreshes=3_600, changes=10_000):
    site = Site(address)
    begin = time.monotonic()
    fill(site, "refused", int(letters))
    fill(site, "scale", int(requests) - int(letters))
    ended, dead = await_numbers(site, int(requests), int(letters))
    print(f"{ended} requests ended, {dead} dead letters, after {time.monotonic() - begin:.0f} s", flush=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        # The policy of the console lets nothing be evaluated, which waiting for a number would be.
        profile = Profile(browser, site, "scale", {"bypass_csp": True})
        time_screens(profile)
        refresh_board(profile, int(refreshes))
        queue_changes(profile, int(changes))
        expect(not profile.complaints, profile.complaints)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
