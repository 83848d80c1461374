"""What pages give the element, and what it gives them: texts, slots, parts and events."""

import json

from harness import expect, wait

MINUTE = 60_000  # ms
ELEMENT = '<cache-sync id="it" namespace="%s" key="k" tags="red" %s>%s</cache-sync>'
TEXT = "document.getElementById('it').shadowRoot.querySelector('[part=indicator]').innerText"
DOT = """(() => { const dot = document.getElementById('it').shadowRoot.querySelector('[part=dot]');
  const { borderTopColor, borderTopWidth, borderRadius, width } = getComputedStyle(dot);
  return [borderTopColor, parseFloat(borderTopWidth) * 2 >= parseFloat(width), borderRadius]; })()"""


def names(profile, kind):
    """As the manifest has them."""
    manifest = json.loads(profile.site.call("GET", "/custom-elements.json")[1])
    return [one["name"] for one in manifest["modules"][0]["declarations"][0][kind]]


def it_asks_as_often_as_it_should(profile):
    """By the page's clock, which the test sets forward."""
    profile.context.clock.install()
    profile.element = ELEMENT % (profile.namespace, "poll=60", "")
    page = profile.open()
    questions = []
    page.on("request", lambda request: questions.append(request.url))
    for value in (1, 2):
        profile.site.store(profile.namespace, "k", value)
        page.clock.run_for(MINUTE)
        wait(page, f"it.value === {value} && !it.loading")
    expect(len(questions) == 2, questions)
    page.evaluate("document.getElementById('it').poll = 0")
    page.clock.run_for(5 * MINUTE)
    page.evaluate("document.getElementById('it').get()")
    expect(len(questions) == 3, "it asks on:", questions)


def all_can_be_forgotten(profile):
    profile.site.store(profile.namespace, "k", 1, ["red"])
    page = profile.open_live()
    wait(page, "it.value === 1 && !it.loading")
    other = profile.open()
    wait(other, "it.value === 1 && !it.loading")
    profile.cut()
    page.evaluate("document.getElementById('it').set('other', 2)")
    wait(other, "it.queued === 1")
    page.evaluate("document.getElementById('it').clear()")
    for tab in (page, other):
        wait(tab, "it.queued === 0 && it.value === null")
        expect(tab.evaluate("document.getElementById('it').items()") == [])
        for key in ("k", "other"):
            kept = tab.evaluate("(key) => document.getElementById('it').get(key).then(() => true, () => false)", key)
            expect(not kept, key, "was kept")
    profile.mend()
    wait(page, "it.status === 'online'")
    expect(page.evaluate("document.getElementById('it').get()") == 1, "what the cache has is there")
    expect(profile.site.value(profile.namespace, "other") is None, "it was sent all the same")


def texts_are_those_of_the_page(profile):
    page = profile.open_live()
    page.evaluate("""document.getElementById('it').strings = { online: 'Verbunden', offline: 'Getrennt', fetch: 'Holen',
      waiting: (count) => `${count} warten` }""")
    expect(page.evaluate(TEXT).strip() == "Verbunden", page.evaluate(TEXT))
    page.get_by_role("button", name="Holen").wait_for()
    page.get_by_role("button", name="Update").wait_for()
    profile.cut()
    page.evaluate("document.getElementById('it').set('k', 1)")
    wait(page, "it.status === 'offline' && it.queued === 1")
    expect(page.evaluate(TEXT).split() == ["Getrennt", "1", "warten"], page.evaluate(TEXT))


def slots_replace_what_it_says(profile):
    """Each that the manifest names; and only what is the case is shown."""
    slots = names(profile, "slots")
    profile.element = ELEMENT % (profile.namespace, "auto live", "".join(
        f'<b{f" slot={name}" if name else ""}>of {name or "value"}</b>' for name in slots))
    page = profile.open_live()
    for name in slots:
        query = f"slot[name={name}]" if name else "slot:not([name])"
        text = page.evaluate("(query) => document.getElementById('it').shadowRoot.querySelector(query)"
                             ".assignedElements().map((one) => one.textContent)", query)
        expect(text == [f"of {name or 'value'}"], name, text)
    shown = {name: page.get_by_text(f"of {name or 'value'}", exact=True).is_visible() for name in slots}
    expect(shown["online"] and shown[""] and not shown["offline"] and not shown["loading"], shown)
    profile.cut()
    page.evaluate("document.getElementById('it').get().catch(() => {})")
    wait(page, "it.status === 'offline'")
    page.get_by_text("of offline").wait_for()
    expect(not page.get_by_text("of online").is_visible())


def parts_can_be_styled(profile):
    parts = names(profile, "cssParts")
    rules = "".join(f"cache-sync::part({part}) {{ outline: 3px solid rgb(1, 2, {number}); }}"
                    for number, part in enumerate(parts))
    profile.element += f"<style>{rules}</style>"
    page = profile.open()
    for number, part in enumerate(parts):
        colors = page.evaluate("""(part) => [...document.getElementById('it').shadowRoot
            .querySelectorAll(`[part=${part}]`)].map((one) => getComputedStyle(one).outlineColor)""", part)
        expect(colors and set(colors) == {f"rgb(1, 2, {number})"}, part, colors)


def states_differ_in_colors_of_the_system(profile):
    """Where it forces its own: no background is left then, and all borders have one color."""
    page = profile.open_live()
    page.emulate_media(forced_colors="active")
    online = page.evaluate(DOT)
    profile.cut()
    page.evaluate("document.getElementById('it').get().catch(() => {})")
    wait(page, "it.status === 'offline'")
    offline = page.evaluate(DOT)
    profile.mend()
    profile.refuse(422, times=1)
    page.evaluate("document.getElementById('it').set('k', 1)")
    wait(page, "it.status === 'blocked'")
    blocked = page.evaluate(DOT)
    expect(len({online[0], offline[0], blocked[0]}) == 1, "colors are not forced:", online, offline, blocked)
    expect(online[1] and blocked[1] and not offline[1], "filled or not:", online, offline, blocked)
    expect(blocked[2] != online[2] == offline[2], "round or not:", online, offline, blocked)


def a_page_may_have_one_region_for_all(profile):
    """Some screen readers hear nothing from inside of an element."""
    one = profile.element.replace(" auto", ' announce="page"')
    profile.element = one + one.replace('id="it"', 'id="second"').replace('key="k"', 'key="l"')
    page = profile.open_live()
    regions = page.locator("[role=status]")
    expect(regions.count() == 1 and regions.text_content() == "", regions.count())
    expect(page.evaluate("document.querySelector('[role=status]').parentElement === document.body"))
    box = regions.bounding_box()
    expect(box["width"] <= 1 and box["height"] <= 1, "it is seen:", box)
    profile.cut()
    page.evaluate("document.getElementById('it').set('k', 1)")
    page.wait_for_function("/Offline. 1 change waits/.test(document.querySelector('[role=status]').textContent)")


def events_tell_what_happens(profile):
    page = profile.open_live()
    page.evaluate("""() => {
        window.told = [];
        for (const type of ['status', 'queued', 'flushed']) document.getElementById('it').addEventListener(type,
          ({ bubbles, composed, detail }) => told.push([type, detail, bubbles, composed])); }""")
    identity = page.evaluate("document.getElementById('it').set('k', 1)")
    wait(page, "it.queued === 0 && it.status === 'online' && told.some(([type]) => type === 'flushed')")
    told = page.evaluate("told")
    expect(all(not bubbles and composed for _, _, bubbles, composed in told), told)
    details = {kind: [detail for name, detail, *_ in told if name == kind] for kind in ("status", "queued", "flushed")}
    for kind in ("queued", "flushed"):
        expect([(one["id"], one["op"], one["key"]) for one in details[kind]] == [(identity, "set", "k")], details)
    expect(details["status"][0] == {"status": "syncing", "queued": 1}, details)
    expect(details["status"][-1] == {"status": "online", "queued": 0}, details)


def it_works_in_a_page_of_another_origin(profile):
    """One of those that `gateway.corsOrigins` names; module, values, changes and events come from the gateway."""
    here = profile.site.address
    elsewhere = here.replace("127.0.0.1", "localhost")
    element = profile.element.replace("<cache-sync", f'<cache-sync endpoint="{here}"')
    profile.site.store(profile.namespace, "k", 1, ["red"])
    profile.context.route(f"{elsewhere}/**", lambda route: route.fulfill(content_type="text/html", body=(
        f'<!doctype html><html lang="en"><title>Other</title><link rel="icon" href="data:,">'
        f'<script type="module" src="{here}/cache-sync.js"></script>{element}')))
    # A page of a test has no address: a browser wants leave for its calls to this machine.
    profile.context.grant_permissions(["local-network-access"], origin=elsewhere)
    page = profile.context.new_page()
    page.on("console", profile.hear)
    profile.tabs.append(page)
    page.goto(f"{elsewhere}/other.html")
    expect(page.evaluate("location.origin") == elsewhere)
    wait(page, "heard.invalidated > 0 && it.value === 1 && !it.loading")
    page.evaluate("document.getElementById('it').set('k', 2, { tags: ['red'], ifMatch: document.getElementById('it')"
                  ".entry.etag })")
    wait(page, "it.queued === 0 && it.status === 'online' && it.value === 2 && !it.loading")
    expect(page.evaluate("document.getElementById('it').entry.tags") == ["red"], "the fields of the answer are read")
    profile.site.purge_with_curl(profile.namespace, "red")
    wait(page, "it.value === null && !it.loading && it.error === null")


TESTS = [
    it_asks_as_often_as_it_should, all_can_be_forgotten, texts_are_those_of_the_page, slots_replace_what_it_says,
    parts_can_be_styled, states_differ_in_colors_of_the_system, a_page_may_have_one_region_for_all,
    events_tell_what_happens, it_works_in_a_page_of_another_origin,
]
