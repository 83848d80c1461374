"""How changes are sent: when, by which tab, and how often."""

from harness import expect, expect_posts, until, wait

LONG_DELAY = 3_000  # ms, more than the component would wait by itself after one failure
SET = "([key, value]) => document.getElementById('it').set(key, value)"
ATTEMPTS = "document.getElementById('it').items().then((items) => items[0]?.attempts)"
WITHOUT_DATABASE = "Object.defineProperty(window, 'indexedDB', { get() { throw new Error('none'); } });"
# A tab may see late what another one has written as text. Here it never sees the number that was counted last.
LATE_STORAGE = """{ const texts = localStorage;
  Object.defineProperty(window, 'localStorage', { value: new Proxy(texts, {
    get: (_, name) => (window.isLate && /:seq$/.test(name) ? undefined : texts[name]),
    set: (_, name, value) => { texts[name] = value; return true; } }) }); }"""
REMEMBER_POSTS = """{ const ask = fetch; window.begins = []; window.fetch = (address, options) => {
  if (options?.method === 'POST') begins.push(performance.now());
  return ask(address, options); }; }"""
# Nothing happens because time has passed: what is sent, an event has caused.
WITHOUT_TIMERS = """{ const later = setTimeout;
  window.setTimeout = (body, delay, ...more) => (delay >= 1000 ? 0 : later(body, delay, ...more)); }"""


def no_other_tab_and_no_event_cuts_short_what_a_server_asks_for(profile):
    """Retry-After is the least that is waited, whatever else wakes the tab that sends; only `flush` is stronger."""
    profile.init(REMEMBER_POSTS)
    leader, other = profile.open_live(), profile.open()
    profile.refuse(503, headers={"Retry-After": str(LONG_DELAY // 1_000)}, times=1)
    leader.evaluate(SET, ["a", 1])
    until(lambda: leader.evaluate(ATTEMPTS) == 1, leader, "the first attempt")
    other.evaluate(SET, ["b", 2])
    for page in (leader, other):
        page.evaluate("dispatchEvent(new Event('focus'))")
    wait(leader, "it.queued === 0")
    begins = leader.evaluate("begins")
    expect(len(begins) == 3 and begins[1] - begins[0] >= LONG_DELAY, begins)
    profile.refuse(503, headers={"Retry-After": "600"}, times=1)
    leader.evaluate(SET, ["a", 3])
    until(lambda: leader.evaluate(ATTEMPTS) == 1, leader, "the first attempt")
    other.evaluate("document.getElementById('it').flush()")
    wait(other, "it.queued === 0")
    expect_posts(profile, [1, 2, 3])


def what_wakes_a_page_sends_what_waits(profile):
    profile.init(WITHOUT_TIMERS)
    page = profile.open_live()
    profile.cut()
    page.evaluate(SET, ["a", "online"])
    until(lambda: (page.evaluate(ATTEMPTS) or 0) > 0, page, "an attempt")
    profile.mend()
    wait(page, "it.queued === 0 && it.status === 'online'")
    for target, event in (("window", "focus"), ("window", "pageshow"), ("document", "visibilitychange")):
        profile.refuse(503, times=1)
        page.evaluate(SET, ["a", event])
        until(lambda: page.evaluate(ATTEMPTS) == 1, page, "an attempt")
        # An attempt is counted before its run is over, and an event that comes until then is part of that run.
        wake = f"{target}.dispatchEvent(new Event('{event}'))"
        until(lambda: page.evaluate(f"{wake}, it.queued === 0"), page, f"it is sent after {event}")
    expect_posts(profile, ["online", "focus", "pageshow", "visibilitychange"])


def what_may_pass_by_itself_is_sent_once_more(profile):
    page = profile.open_live()
    for status in (408, 425, 429, 500):
        profile.refuse(status, times=1)
        page.evaluate(SET, ["a", status])
        until(lambda: page.evaluate(ATTEMPTS) == 1, page, f"an attempt that ends with {status}")
        expect(page.evaluate("document.getElementById('it').status") == "syncing", status)
        page.evaluate("document.getElementById('it').flush()")
        wait(page, "it.queued === 0 && it.status === 'online'")
    expect_posts(profile, [408, 425, 429, 500])
    expect(page.evaluate("[heard.error, heard.conflict]") == [0, 0], "it is no error yet")


def another_state_is_a_conflict(profile):
    page = profile.open_live()
    page.evaluate("document.getElementById('it').addEventListener('conflict', (e) => { window.conflict = e.detail; })")
    profile.refuse(409, '{"title": "void"}', times=1)
    page.evaluate(SET, ["a", 1])
    wait(page, "it.status === 'blocked' && heard.conflict === 1 && heard.error === 0")
    conflict = page.evaluate("conflict")
    expect((conflict["status"], conflict["key"], conflict["message"]) == (409, "a", "void"), conflict)


def a_token_reaches_the_tab_that_sends(profile):
    one, two, three = profile.open_live(), profile.open(), profile.open()
    allowed = []

    def ask_for_token(route):
        if route.request.method != "POST":
            return route.fallback()
        if route.request.headers.get("authorization") == "Bearer any":
            allowed.append(route.request)
            return route.fallback()
        return route.fulfill(status=401, body="{}", content_type="application/problem+json")

    profile.context.route("**/cache?**", ask_for_token)
    three.evaluate(SET, ["a", 1])
    wait(three, "it.status === 'blocked' && it.queued === 1")
    three.evaluate("document.getElementById('it').token = 'any'")
    wait(three, "it.queued === 0 && it.status === 'online'", "the first tab sends, and has no token of its page")
    # The second one asks for it as soon as it is the one that sends.
    one.close()
    two.evaluate(SET, ["a", 2])
    wait(two, "it.queued === 0 && it.status === 'online'")
    expect_posts(profile, [1, 2])
    expect(len(allowed) == 2, len(allowed))


def tabs_that_count_alike_lose_nothing(profile):
    profile.init(WITHOUT_DATABASE + LATE_STORAGE)
    one, two = profile.open(), profile.open()
    profile.cut()
    two.evaluate("window.isLate = true; 0")
    one.evaluate(SET, ["a", 1])
    wait(one, "it.queued === 1")
    two.evaluate(SET, ["b", 2])
    wait(one, "it.queued === 2")
    items = one.evaluate("document.getElementById('it').items()")
    expect([item["key"] for item in items] == ["a", "b"], items)
    two.evaluate("window.isLate = false")
    profile.mend()
    for page in (one, two):
        wait(page, "it.queued === 0")
    expect_posts(profile, [1, 2])


def changes_that_an_older_release_kept_are_sent(profile):
    """It named them by their numbers, where storage is text."""
    profile.init(WITHOUT_DATABASE)
    page = profile.open()
    profile.cut()
    page.evaluate(SET, ["a", 1])
    wait(page, "it.queued === 1")
    renamed = page.evaluate("""Object.keys(localStorage).filter((name) => /:q:/.test(name)).map((name) => {
        const text = localStorage[name];
        delete localStorage[name];
        localStorage[name.replace(/:q:.*/, `:q:${JSON.parse(text).seq}`)] = text; }).length""")
    expect(renamed == 1, renamed)
    profile.mend()
    wait(page, "it.queued === 0")
    expect(page.evaluate("Object.keys(localStorage).filter((name) => /:q:/.test(name))") == [])
    expect_posts(profile, [1])


TESTS = [
    no_other_tab_and_no_event_cuts_short_what_a_server_asks_for, what_wakes_a_page_sends_what_waits,
    what_may_pass_by_itself_is_sent_once_more, another_state_is_a_conflict, a_token_reaches_the_tab_that_sends,
    tabs_that_count_alike_lose_nothing, changes_that_an_older_release_kept_are_sent,
]
