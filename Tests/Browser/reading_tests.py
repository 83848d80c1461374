"""What reads show: nothing that was overtaken, and nothing of strangers."""

from console_harness import await_status
from harness import expect, until, wait

GET = "document.getElementById('it').get()"
SET = "(value) => document.getElementById('it').set('k', value, { tags: ['red'] })"
POSITION = """indexedDB.databases().then(([base]) => new Promise((end) => {
  const open = indexedDB.open(base.name);
  open.onsuccess = () => {
    const kept = open.result.transaction("all").objectStore("all").get("position");
    kept.onsuccess = () => { open.result.close(); end(kept.result ?? null); };
  }; }))"""
# A second between two questions is none.
HURRY = """{ const later = setTimeout;
  window.setTimeout = (body, delay, ...more) => later(body, delay === 1000 ? 0 : delay, ...more); }"""


def hold_read(profile):
    """The answer to the next read of `k` is kept back. Other elements read, too."""
    held = []

    def hold(route):
        if route.request.method == "GET" and "key=k&" in route.request.url and not held:
            held.append((route, route.fetch()))
        else:
            route.fallback()

    profile.context.route("**/cache?**", hold)
    return held


def let_go(held):
    route, answer = held[0]
    route.fulfill(response=answer)


def load_old_value(profile, is_auto=False):
    """A page that reads what is old by the time at which it arrives. Another element tells what the page has heard."""
    profile.site.store(profile.namespace, "k", "old", ["red"])
    profile.site.store(profile.namespace, "l", "heard", ["red"])
    second = profile.element.replace('id="it"', 'id="second"').replace('key="k"', 'key="l"')
    profile.element = profile.element.replace(' key="k"', "").replace(" auto", "") + second
    page = profile.open_live()
    page.wait_for_function("document.getElementById('second').value === 'heard'")
    held = hold_read(profile)
    page.evaluate("""(isAuto) => { const it = document.getElementById('it'); it.auto = isAuto; it.key = 'k';
      it.addEventListener('change', () => (window.seen ??= []).push(it.value)); }""", is_auto)
    if not is_auto:
        page.get_by_role("button", name="Fetch").first.click()
    until(lambda: held, page, "the read")
    return page, held


def purge(profile, page):
    identity = profile.site.purge_with_curl(profile.namespace, "red")
    page.wait_for_function("document.getElementById('second').value === null")
    await_status(profile, identity, "completed")


def what_one_has_invalidated_is_not_shown_by_a_read_under_way(profile):
    page, held = load_old_value(profile)
    page.get_by_role("button", name="Invalidate").first.click()
    wait(page, "heard.flushed > 0 && it.queued === 0")
    let_go(held)
    wait(page, "!it.loading")
    expect(page.evaluate("document.getElementById('it').value") is None, page.evaluate("window.seen"))


def what_others_purge_is_not_shown_by_a_read_under_way(profile):
    page, held = load_old_value(profile)
    purge(profile, page)
    # Who asks now must not get what the first one waits for.
    page.evaluate(f"window.later = {GET}; 0")
    let_go(held)
    expect(page.evaluate("later") is None, "a late read has joined the one under way")
    wait(page, "!it.loading")
    expect(not page.evaluate("window.seen"), page.evaluate("window.seen"))


def what_others_purge_is_read_once_more(profile):
    page, held = load_old_value(profile, is_auto=True)
    purge(profile, page)
    profile.site.store(profile.namespace, "k", "new", ["red"])
    let_go(held)
    wait(page, "it.value === 'new' && !it.entry.stale")
    expect(page.evaluate("seen") == ["new"], page.evaluate("seen"))


def what_one_has_set_is_not_hidden_by_a_read_under_way(profile):
    page, held = load_old_value(profile)
    page.evaluate(SET, "mine")
    wait(page, "heard.flushed > 0 && it.queued === 0")
    let_go(held)
    wait(page, "!it.loading")
    expect(page.evaluate("seen") == ["mine"], page.evaluate("seen"))


def a_load_that_an_invalidation_overtakes_is_not_kept(profile):
    profile.site.store(profile.namespace, "k", "old", ["red"])
    profile.element = profile.element.replace(" auto", "")
    page = profile.open_live()
    held = hold_read(profile)
    page.evaluate(f"window.loaded = {GET}; 0")
    until(lambda: held, page, "the read")
    page.evaluate("document.getElementById('it').invalidate({ tags: ['red'] })")
    wait(page, "it.queued === 0")
    let_go(held)
    expect(page.evaluate("loaded") == "old", "who came before gets what was loaded")
    profile.cut()
    kept = page.evaluate(f"{GET}.then(() => true, () => false)")
    expect(not kept, "what was overtaken was kept")


def a_later_page_asks_behind_what_the_browser_has_heard(profile):
    page = profile.open_live()
    until(lambda: page.evaluate(POSITION), page, "the first position")
    first = page.evaluate(POSITION)
    profile.site.purge_with_curl(profile.namespace, "red")
    until(lambda: page.evaluate(POSITION) != first, page, "the next position")
    position = page.evaluate(POSITION)
    page.close()
    profile.context.route("**/events?**", lambda route: route.abort())
    questions = []
    profile.context.on("request", lambda request: questions.append(request.headers.get("cache-after"))
                       if request.method == "GET" and "/cache?" in request.url else None)
    page = profile.open()
    until(lambda: questions, page, "a question")
    expect(position and set(questions) == {position}, questions, position)


def what_a_node_lacks_that_is_not_in_step_is_not_forgotten(profile):
    """Where there is no origin it answers 404, and says why. The first answer is no such one: then all is well."""
    profile.init(HURRY)
    profile.site.store(profile.namespace, "k", "kept", ["red"])
    page = profile.open_live()
    wait(page, "it.value === 'kept' && !it.loading")
    asked = []

    def answer_unsynced(route):
        if route.request.method != "GET":
            return route.fallback()
        asked.append(route.request)
        return route.fulfill(status=404, body='{"title": "Not found"}', content_type="application/problem+json",
                             headers={"Cache-Status": "cachesync; fwd=bypass; detail=unsynced"})

    profile.context.route("**/cache?**", answer_unsynced)
    expect(page.evaluate(GET) == "kept", "the node's silence counted as a miss")
    expect(len(asked) == 6, len(asked), "questions")
    expect(page.evaluate("document.getElementById('it').entry.stale") is True)
    profile.context.unroute("**/cache?**", answer_unsynced)
    profile.cut()
    expect(page.evaluate(GET) == "kept", "it was forgotten")


def a_portal_that_refuses_is_nobody(profile):
    """Some answer with 403, 404 or 511 and a page of their own, whatever was asked; a proxy with 502 or 503."""
    profile.site.store(profile.namespace, "k", "true value", ["red"])
    page = profile.open_live()
    wait(page, "it.value === 'true value' && !it.loading")
    status = [404]

    def answer_page(route):
        return route.fulfill(status=status[0], body="<h1>Log in</h1>", content_type="text/html")

    for pattern in ("**/cache?**", "**/health/live"):
        profile.context.route(pattern, answer_page)
    expect(page.evaluate(GET) == "true value", "a portal's 404 counted as a miss")
    wait(page, "it.status === 'offline' && it.entry.stale")
    status[0] = 503
    expect(page.evaluate(GET) == "true value" and page.evaluate("document.getElementById('it').status") == "offline")
    for status[0] in (401, 403, 502, 503, 511, 404):
        page.evaluate(SET, status[0])
        page.evaluate("document.getElementById('it').flush()")
        until(lambda: any(call[4] == status[0] for call in profile.calls), page, "an answer")
        wait(page, "it.status === 'offline' && it.queued === 1")
    profile.context.unroute("**/health/live", answer_page)
    profile.context.unroute("**/cache?**", answer_page)
    page.evaluate("dispatchEvent(new Event('focus'))")
    wait(page, "it.queued === 0 && it.status === 'online'")
    expect(profile.site.value(profile.namespace, "k") == 404)


def a_proxy_may_refuse_in_its_own_words(profile):
    """It is no JSON, but the cache is there: waiting for ever would hold up all changes behind that one."""
    page = profile.open_live()
    left = [1]

    def refuse_size(route):
        if route.request.method == "GET" or not left[0]:
            return route.fallback()
        left[0] -= 1
        return route.fulfill(status=413, body="<h1>Request Entity Too Large</h1>", content_type="text/html")

    profile.context.route("**/cache?**", refuse_size)
    page.evaluate("document.getElementById('it').set('large', 1)")
    page.evaluate("document.getElementById('it').set('small', 2)")
    wait(page, "it.status === 'blocked' && it.queued === 1")
    items = page.evaluate("document.getElementById('it').items()")
    expect(items[0]["key"] == "large" and items[0]["refused"]["status"] == 413, items)
    expect(profile.site.value(profile.namespace, "small") == 2)


TESTS = [
    what_one_has_invalidated_is_not_shown_by_a_read_under_way, what_others_purge_is_not_shown_by_a_read_under_way,
    what_others_purge_is_read_once_more, what_one_has_set_is_not_hidden_by_a_read_under_way,
    a_load_that_an_invalidation_overtakes_is_not_kept, a_later_page_asks_behind_what_the_browser_has_heard,
    what_a_node_lacks_that_is_not_in_step_is_not_forgotten, a_portal_that_refuses_is_nobody,
    a_proxy_may_refuse_in_its_own_words,
]
