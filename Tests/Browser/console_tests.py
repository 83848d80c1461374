"""The console: what it shows, what it lets one do, and what it never lets happen."""

import json
import re
from pathlib import Path

from accessibility import axe, look_at
from console_harness import RUN_MAX, await_status, open_console, publish
from harness import expect
from own_gateway import own_gateway

HOSTILE = '<img src=x onerror="document.title=1"><b>bold</b>'
# Tags have no spaces.
HOSTILE_TAG = '<img/src=x/onerror="document.title=1">'
DOWN = """
gateway: {listen: "127.0.0.1:%(port)d"}
worker: {retryDelays: [1h]}
edges: [{name: nobody, adapter: http, address: "http://127.0.0.1:9"}]
"""


def the_board_and_the_list_show_what_was_published(profile):
    identity = publish(profile, profile.namespace)
    await_status(profile, identity, "completed")
    page = open_console(profile)
    page.get_by_role("heading", name="Board").wait_for()
    page.locator(".tile", has_text="Published").get_by_text("last hour").wait_for()
    page.locator("[data-part=edges] [data-row=node]").wait_for()
    label = page.locator("svg.chart").get_attribute("aria-label")
    expect(re.search(r"\b[1-9][0-9,]* requests? published", label), label)
    page.get_by_role("link", name="Requests", exact=True).click()
    row = page.locator(f'[data-row="{identity}"]')
    row.wait_for()
    expect("completed" in row.text_content() and profile.namespace in row.text_content(), row.text_content())


def a_filter_is_in_the_address_and_back_works(profile):
    mine, other = publish(profile, profile.namespace), publish(profile, f"{profile.namespace}-other")
    page = open_console(profile, "/?show=requests")
    page.locator(f'[data-row="{other}"]').wait_for()
    page.get_by_role("searchbox").fill(f"namespace:{profile.namespace}")
    page.keyboard.press("Enter")
    page.locator(f'[data-row="{other}"]').wait_for(state="detached")
    page.locator(f'[data-row="{mine}"]').wait_for()
    expect("q=namespace" in page.url, page.url)
    page.reload()
    page.locator(f'[data-row="{mine}"]').wait_for()
    expect(page.get_by_role("searchbox").input_value() == f"namespace:{profile.namespace}")
    page.locator(f'[data-row="{mine}"] a').click()
    page.get_by_role("heading", name="Timeline").wait_for()
    page.go_back()
    page.locator(f'[data-row="{mine}"]').wait_for()
    page.go_back()
    page.locator(f'[data-row="{other}"]').wait_for()
    expect("q=" not in page.url, page.url)


def a_wrong_filter_says_what_is_right(profile):
    page = open_console(profile, "/?show=requests&q=colour:red")
    page.get_by_text("“colour:red” is no filter").wait_for()
    page = open_console(profile, "/?show=requests&q=state:sad")
    box = page.get_by_role("alert")
    box.wait_for()
    expect("queued, processing" in box.text_content(), box.text_content())
    expect("/problems/" in box.get_by_role("link", name="What to do").get_attribute("href"))


def a_request_is_followed_to_its_end(profile):
    identity = publish(profile, profile.namespace)
    page = open_console(profile, f"/?show=requests&q=namespace:{profile.namespace}")
    page.get_by_role("searchbox").fill(identity)
    page.keyboard.press("Enter")
    page.locator("[data-part=state] .is-completed").wait_for()
    expect(f"id={identity}" in page.url, page.url)
    expect(page.locator(".map li", has_text="node").count() == 1)
    page.locator(".timeline").get_by_text("First try").wait_for()


def a_request_says_what_was_published(profile):
    """Also of many selectors and of hostile ones; a status without these is one that an older release has folded."""
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    body = {"namespace": profile.namespace, "tags": [HOSTILE_TAG, *(f"tag-{number}" for number in range(999))],
            "urls": ["https://shop.example/p/1"], "mode": "soft", "source": "deploy 17"}
    status, text = profile.site.call(
        "POST", "/invalidate", body, {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    expect(status == 202, status, text)
    identity = json.loads(text)["id"]
    page = open_console(profile, f"/?show=request&id={identity}")
    part = page.locator("[data-part=publication]")
    part.get_by_text("1,000 tags").wait_for()
    expect(part.locator("li").first.text_content() == HOSTILE_TAG and page.locator("main img").count() == 0)
    shown = part.locator("li", has_text="tag-").count()
    part.get_by_text(f"and {999 - shown} more").wait_for()
    told = part.text_content()
    for text in ("soft", "normal", "deploy 17", trace, "cachesync.invalidations.normal/", "1 URL"):
        expect(text in told, text, "is not in", told)
    profile.context.route(f"**/status/{identity}**", lambda route: route.fulfill(json={
        "id": identity, "namespace": profile.namespace, "status": "completed", "totalEdges": 0, "completedEdges": 0,
        "errors": [], "edges": [], "asOf": None,
        "publication": {"publishedAt": "2026-11-01T10:00:00.000Z", "priority": "normal"}}))
    page.reload()
    part.get_by_text("an older release").wait_for()


def the_board_has_a_tile_for_each_edge_and_the_backlog_in_seconds(profile):
    await_status(profile, publish(profile, profile.namespace), "completed")
    page = open_console(profile)
    tile = page.locator("[data-part=edges] [data-row=node]")
    tile.get_by_text("of 1,000 requests/s").wait_for()
    tile.get_by_text("breaker closed").wait_for()
    tile.get_by_text("since the start").wait_for()
    # A rate is known once the board has asked twice, and what is published lets it ask.
    publish(profile, profile.namespace)
    tile.get_by_text(re.compile(r"^[0-9.]+ of 1,000 requests/s$")).wait_for()
    tile.get_by_text("nothing waits").wait_for()
    page.locator(".tile", has_text="Until purged").get_by_text(re.compile(r"p99 ≤ .* last [0-9]+ s")).wait_for()
    row = page.locator('[data-part=backlog] [data-row="cachesync.invalidations.normal"]')
    row.get_by_text(" s", exact=False).first.wait_for()
    expect(row.locator("[data-label='Behind by']").text_content().endswith("s"), row.text_content())


def a_request_that_waits_can_be_called_off(profile):
    page = open_console(profile, "/?show=publish")
    page.get_by_label("Namespace").first.fill(profile.namespace)
    page.get_by_label("Tags").fill("late")
    page.get_by_label("When").select_option("in an hour")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("button", name="Call it off").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(profile.namespace).wait_for()
    dialog.get_by_role("button", name="Leave it").click()
    expect(page.get_by_role("dialog").count() == 0)
    page.get_by_role("button", name="Call it off").click()
    page.get_by_role("dialog").get_by_role("button", name="Call it off").click()
    page.locator(".map .is-cancelled").wait_for()


def publishing_shows_its_plan_first(profile):
    page = open_console(profile, f"/?show=publish&namespace={profile.namespace}")
    page.get_by_label("Tags").fill("red\nblue")
    page.get_by_role("button", name="Plan").click()
    page.locator("#plan").get_by_text("2 tags").wait_for()
    status, text = profile.site.call("GET", f"/status?namespace={profile.namespace}")
    expect(status == 200 and json.loads(text)["requests"] == [], "a plan has published")
    page.get_by_label("Everything of the namespace").check()
    page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(f"everything of the namespace {profile.namespace}").wait_for()
    dialog.get_by_role("button", name="Publish").click()
    page.locator("[data-part=state] .is-completed").wait_for()


def a_wide_action_wants_its_number_typed(profile):
    """The plan is one that a large site would have: the gateway of the tests has three edges."""
    plan = {"plan": True, "requests": 1, "refused": 0, "calls": 4812, "edges": [], "items": []}
    profile.context.route("**/invalidate?plan=true", lambda route: route.fulfill(json=plan))
    page = open_console(profile, f"/?show=publish&namespace={profile.namespace}")
    page.get_by_label("Tags").fill("red")
    page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("4,812 calls").wait_for()
    button = dialog.get_by_role("button", name="Publish")
    expect(button.is_disabled())
    dialog.get_by_label("Type 4,812 to go on").fill("4,811")
    expect(button.is_disabled())
    dialog.get_by_label("Type 4,812 to go on").fill("4,812")
    button.click()
    page.locator("[data-part=state] .is-completed").wait_for()


def while_the_gateway_is_away_the_data_stays(profile):
    identity = publish(profile, profile.namespace)
    profile.context.clock.install()
    page = open_console(profile, f"/?show=requests&q=namespace:{profile.namespace}")
    row = page.locator(f'[data-row="{identity}"]')
    row.wait_for()
    profile.cut()
    page.clock.run_for(10_000)
    page.get_by_role("alert").get_by_text("No answer").wait_for()
    expect(row.count() == 1, "the list is gone")
    profile.mend()
    page.clock.run_for(10_000)
    page.get_by_role("alert").wait_for(state="detached")


def what_is_refused_is_shown_with_its_problem(profile):
    page = open_console(profile, "/?show=publish")
    page.get_by_label("URLs").fill("not-an-address")
    page.get_by_role("button", name="Plan").click()
    box = page.get_by_role("alert")
    box.wait_for()
    expect("urls" in box.text_content(), box.text_content())


def dead_letters_are_grouped_and_redriven(profile):
    namespace = f"refused-{profile.namespace}"
    await_status(profile, publish(profile, namespace), "failed")
    page = open_console(profile, f"/?show=dead&q=namespace:{namespace}")
    page.get_by_role("heading", name="dead letter").first.wait_for()
    group = page.locator("td a", has_text="cannot purge tags")
    group.first.wait_for()
    page.get_by_role("link", name="edge", exact=True).click()
    page.locator("td a", has_text="urls-only").first.wait_for()
    page.locator("tbody input[type=checkbox]").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    exported = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    expect(len(exported) == 1 and json.loads(exported[0])["namespace"] == namespace, exported)
    page.get_by_label("Reason").fill("a test")
    page.get_by_role("button", name="Redrive").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("1 dead letter:").wait_for(timeout=RUN_MAX)
    dialog.get_by_text("As of").wait_for()
    dialog.get_by_role("button", name="Redrive 1").click()
    page.locator("[data-part=state] .is-done").wait_for(timeout=RUN_MAX)
    expect("show=run" in page.url and "a test" in page.locator("[data-part=about]").text_content())
    page.locator('[data-part=plan] [data-row="urls-only"] [data-label="Dead letters"] a', has_text="1").wait_for()
    page.get_by_role("link", name="Runs").click()
    page.locator("td", has_text="redrive").first.wait_for()


def a_dead_letter_shows_its_value(profile):
    identity = publish(profile, "refused", tag="shown", source=HOSTILE)
    await_status(profile, identity, "failed")
    page = open_console(profile, f"/?show=dead&q=request:{identity}")
    page.locator("tbody a.id").first.click()
    page.get_by_role("heading", name="Value").wait_for()
    expect(HOSTILE in json.loads(page.locator("pre").text_content())["source"])
    expect(page.locator("main img, main b").count() == 0)


def a_replay_asks_before_it_runs(profile):
    await_status(profile, publish(profile, profile.namespace), "completed")
    page = open_console(profile, "/?show=replay")
    # Plans that somebody has left open are drawn above the chart, which moves it.
    page.locator("[data-part=plans]:not([aria-busy])").wait_for(state="attached")
    bars = page.locator("svg.chart").bounding_box()
    page.mouse.move(bars["x"] + bars["width"] / 2, bars["y"] + 9)
    page.mouse.down()
    page.mouse.move(bars["x"] + bars["width"] - 2, bars["y"] + 9)
    page.mouse.up()
    chosen = [page.get_by_label(name, exact=True).input_value() for name in ("From", "Until")]
    expect(chosen[0] < chosen[1] and all(time.endswith(":00Z") for time in chosen), chosen)
    page.get_by_label("From", exact=True).fill("all")
    page.get_by_label("Until", exact=True).fill("")
    page.get_by_label("Namespaces").fill(profile.namespace)
    page.get_by_role("button", name="Plan").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(f"of the namespaces {profile.namespace}").wait_for(timeout=RUN_MAX)
    dialog.get_by_role("button", name="Leave it").click()
    page.get_by_text("Nothing was done.").wait_for()
    page.get_by_role("link", name="Runs").click()
    page.locator("tbody .is-cancelled").first.wait_for()


def a_plan_that_was_left_can_be_dropped(profile):
    """A page that is closed over the question leaves a plan behind, which the next one shows."""
    await_status(profile, publish(profile, profile.namespace), "completed")
    page = open_console(profile, "/?show=replay")
    page.get_by_label("From", exact=True).fill("all")
    page.get_by_label("Namespaces").fill(profile.namespace)
    page.get_by_label("Reason").fill("left open")
    page.get_by_role("button", name="Plan").click()
    page.get_by_role("dialog").get_by_role("button", name="Replay 1").wait_for(timeout=RUN_MAX)
    page.close()
    page = open_console(profile, "/?show=replay")
    row = page.get_by_role("table", name="Open plans").locator("tbody tr", has_text="left open")
    row.wait_for()
    run = row.locator("a.id").text_content()
    row.get_by_role("button", name=f"Drop {run}").click()
    row.wait_for(state="detached")
    state = json.loads(profile.site.call("GET", f"/replays/{run}?wait=5s")[1])
    expect(state["phase"] == "cancelled", state)


def an_edge_that_waits_says_for_what(profile):
    """Its edge is down. What comes once its breaker is open is deferred without a try, here for an hour."""
    with own_gateway(profile, DOWN):
        waits = None
        for _ in range(200):
            identity = publish(profile, "nothing")
            edges = json.loads(profile.site.call("GET", f"/status/{identity}?wait=1s")[1]).get("edges", [])
            waits = next((edge["waits"] for edge in edges if "waits" in edge), None)
            if waits:
                break
        expect(waits, "no request has waited for the breaker")
        expect("its breaker is open" in waits, waits)
        page = open_console(profile, f"/?show=request&id={identity}")
        page.locator("[data-part=edges] .hint", has_text="its breaker is open").wait_for()
        page.goto(f"{profile.site.address}/?show=edges")
        page.locator("[data-row=nobody]", has_text="open since").wait_for()
        page.goto(profile.site.address)
        page.locator(".tile", has_text="open since").wait_for()


def new_rows_wait_until_they_are_asked_for(profile):
    first = publish(profile, profile.namespace)
    page = open_console(profile, f"/?show=requests&q=namespace:{profile.namespace}")
    page.locator(f'[data-row="{first}"]').wait_for()
    second = publish(profile, profile.namespace)
    button = page.get_by_role("button", name="1 new")
    button.wait_for()
    expect(page.locator("tbody tr").count() == 1, "the list moved by itself")
    button.click()
    page.locator(f'[data-row="{second}"]').wait_for()
    page.get_by_role("button", name="Pause").click()
    page.get_by_text(", paused").wait_for()


def seven_tabs_share_one_stream(profile):
    """A browser has six connections to a server: with a stream in each, the seventh tab would hang."""
    streams = []
    profile.context.on("request", lambda request: request.url.endswith("/events") and streams.append(request.url))
    first = publish(profile, profile.namespace)
    pages = [open_console(profile, f"/?show=requests&q=namespace:{profile.namespace}") for _ in range(7)]
    for page in pages:
        page.locator(f'[data-row="{first}"]').wait_for()
    publish(profile, profile.namespace)
    for page in pages:
        page.get_by_role("button", name="1 new").wait_for()
    expect(len(streams) == 1, streams)
    pages[0].close()
    publish(profile, profile.namespace)
    for page in pages[1:]:
        page.get_by_role("button", name="2 new").wait_for()
    expect(len(streams) == 2, "no other tab went on:", streams)


def quantiles_are_of_the_last_minute(profile):
    """What was slow long ago says nothing of now, and a process that begins anew has measured nothing yet."""
    page = open_console(profile)
    found = page.evaluate("""async () => {
      const { Metrics } = await import("/console/metrics.js");
      const { RecentHistograms } = await import("/console/recent.js");
      const recent = new RecentHistograms({ seconds: "edge", all: "" });
      const line = (name, labels, bound, count) => `${name}_bucket{${labels}le="${bound}"} ${count}`;
      const read = (at, fast, slow, instance = 1) => recent.add(new Metrics(["seconds", "all"].flatMap((name) => {
        const labels = name === "all" ? "" : `edge="a",instance="${instance}",`;
        return [line(name, labels, "0.1", fast), line(name, labels, "5", fast + slow),
          line(name, labels, "+Inf", fast + slow)];
      }).join("\\n")), at);
      const told = (one) => [one.span, one.quantile(0.5, "seconds", "a"), one.quantile(0.99, "seconds", "a"),
        one.quantile(0.99, "all"), one.quantile(0.5, "seconds", "b"), one.has("all")];
      const answers = [read(0, 1, 99), read(5_000, 51, 99), read(30_000, 51, 99), read(62_000, 151, 100),
        read(64_000, 3, 0), read(200_000, 3, 1)].map(told);
      return [...answers, told(recent.add(new Metrics(""), 300_000))]; }""")
    expect(found == [
        ["since the start", 5, 5, 5, None, True],
        ["last 5 s", 0.1, 0.1, 0.1, None, True],
        ["last 30 s", 0.1, 0.1, 0.1, None, True],
        # The reading of the beginning is too old, and that of 5 s was too close to it.
        ["last 32 s", 0.1, 0.1, 0.1, None, True],
        ["last 34 s", None, None, None, None, True],
        ["since the start", 0.1, 5, 5, None, True],
        ["since the start", None, None, None, None, False],
    ], found)


def the_keyboard_is_enough(profile):
    first = publish(profile, profile.namespace)
    page = open_console(profile)
    page.get_by_role("heading", name="Board").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_text("to the filter").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    page.keyboard.type("gr")
    page.get_by_role("heading", name="Requests").wait_for()
    page.keyboard.press("/")
    page.keyboard.type(f"namespace:{profile.namespace}")
    expect(page.get_by_role("searchbox").input_value() == f"namespace:{profile.namespace}", "keys went elsewhere")
    page.keyboard.press("Enter")
    page.locator("tbody tr").nth(1).wait_for(state="detached")
    page.locator(f'[data-row="{first}"]').wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Timeline").wait_for()
    expect(f"id={first}" in page.url, page.url)


def the_cache_is_shown_and_an_entry_looked_up(profile):
    profile.site.store(profile.namespace, "k<1>", {"html": HOSTILE}, ["red"])
    page = open_console(profile, "/?show=cache")
    page.locator(f'[data-row="{profile.namespace}"]').wait_for()
    page.get_by_role("textbox", name="Namespace").fill(profile.namespace)
    page.get_by_role("textbox", name="Key").fill("k<1>")
    page.get_by_role("button", name="Look up").click()
    page.get_by_label("Value", exact=True).wait_for()
    expect(json.loads(page.get_by_label("Value", exact=True).text_content()) == {"html": HOSTILE})
    expect("red" in page.locator("main dl.pairs").text_content())
    profile.site.purge_with_curl(profile.namespace, "red")
    page.get_by_text("no such entry").wait_for()


def without_a_credential_it_asks_for_one(profile):
    """The gateway of the tests is open, so its refusal is put before it here; the token is checked as sent."""
    refusal = {"type": "/problems/unauthorized", "title": "Unauthorized", "status": 401, "detail": "Say who you are."}
    seen = []

    def guard(route):
        seen.append(route.request.headers.get("authorization"))
        if seen[-1] == "Bearer sesame":
            return route.fallback()
        return route.fulfill(status=401, body=json.dumps(refusal), content_type="application/problem+json")

    profile.context.route("**/status**", guard)
    profile.context.clock.install()
    page = open_console(profile, "/?show=requests")
    page.get_by_text("Say who you are.").wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = axe(page)
        expect(not found, scheme, found)
    asked = len(seen)
    page.get_by_label("Token or API key").fill("sesame")
    page.clock.run_for(20_000)
    expect(page.get_by_label("Token or API key").input_value() == "sesame", "the form was made anew")
    expect(len(seen) == asked, "it asks on while somebody types")
    page.get_by_role("button", name="Sign in").click()
    page.locator(".filter").wait_for()
    page.get_by_role("button", name="Sign out").wait_for()
    expect("sesame" not in page.url and profile.context.cookies() == [])
    expect("Bearer sesame" in seen, seen)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Say who you are.").wait_for()


def text_of_others_stays_text(profile):
    page = open_console(profile, "/?show=requests")
    page.get_by_role("searchbox").fill(HOSTILE)
    page.keyboard.press("Enter")
    page.locator("#filter-help.fault").wait_for()
    expect(page.locator("main img, main b").count() == 0)
    page.goto(f"{profile.site.address}/?show=request&id=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    page.get_by_role("alert").wait_for()
    expect(page.locator("main img, main b").count() == 0)
    page.goto(f"{profile.site.address}/?show=%3Cimg%3E")
    page.get_by_role("heading", name="There is no such screen").wait_for()


def every_screen_is_accessible_and_narrow(profile):
    """By axe, in both color schemes; at 360 pixels nothing has to be scrolled sideways."""
    identity = publish(profile, "refused")
    await_status(profile, identity, "failed")
    page = open_console(profile)
    screens = {
        "/": "[data-part=edges] .tile", "/?show=requests": "tbody tr", "/?show=publish": "form",
        f"/?show=request&id={identity}": ".timeline", "/?show=dead": "tbody input", "/?show=runs": "main section > *",
        "/?show=replay": "svg.chart", "/?show=edges": "table", "/?show=cache": ".tiles",
        "/?show=namespaces": "tbody tr", "/?show=lag": "tbody tr", "/?show=audit": "main section > *",
        "/?show=keys": ".pairs",
    }
    for path, shown in screens.items():
        page.goto(profile.site.address + path)
        page.locator(shown).first.wait_for()
        # All rules once; of what differs by scheme and width the contrast in the other one, too.
        look_at(page, path, light_rules=["color-contrast"])


TESTS = [value for name, value in list(globals().items())
         if callable(value) and getattr(value, "__module__", "") == __name__]
