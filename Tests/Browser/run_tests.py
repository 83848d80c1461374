"""The page of a run: its progress, pace, pause, resume and cancel."""

import json

from console_harness import RUN_MAX, await_status, open_console, order_run, publish
from harness import expect
from own_gateway import own_gateway

REQUESTS = 40  # more than the first ones, whose outcomes a run waits for
DOWN = """
gateway: {listen: "127.0.0.1:%(port)d"}
worker: {attempts: 1, retryDelays: [1h]}
edges: [{name: nobody, adapter: http, address: "http://127.0.0.1:9", limits: {requests: 1000/s}}]
"""


def publish_many(profile, namespace):
    """Returns the id of the last one: the others are purged before it."""
    items = [{"namespace": namespace, "tags": [f"tag-{number}"]} for number in range(REQUESTS - 1)]
    status, text = profile.site.call("POST", "/invalidate", items)
    expect(status == 202, status, text)
    return publish(profile, namespace, tag="last")


def plan_replay(profile, namespace, **more):
    """As the console does; returns the run, which is planned."""
    return order_run(profile, "/replays", {"from": "all", "namespaces": [namespace], **more}, "planned")


def order_replay(profile, namespace, **more):
    run = plan_replay(profile, namespace, **more)
    status, text = profile.site.call("PATCH", f"/replays/{run}", {"state": "running", "reason": "a test"})
    expect(status == 202, status, text)
    return run


def known(profile, run):
    return json.loads(profile.site.call("GET", f"/replays/{run}")[1])


def await_state(page, phase):
    page.locator(f"[data-part=state] .is-{phase}").wait_for(timeout=RUN_MAX)


def a_run_is_paused_resumed_and_gets_another_pace(profile):
    await_status(profile, publish_many(profile, profile.namespace), "completed")
    run = order_replay(profile, profile.namespace, rate=1)
    page = open_console(profile, f"/?show=run&id={run}")
    await_state(page, "running")
    expect(page.get_by_label("Requests/s").input_value() == "1")
    page.locator("[data-part=reins]").get_by_role("button", name="Pause").click()
    await_state(page, "paused")
    published = known(profile, run)["published"]
    expect(published < REQUESTS, published, "were published at once")
    page.locator("[data-part=progress]").get_by_text(f" of {REQUESTS} published").wait_for()
    page.get_by_role("button", name="Resume").click()
    await_state(page, "running")
    page.get_by_label("Requests/s").fill("1000")
    page.get_by_role("button", name="Set the pace").click()
    await_state(page, "done")
    page.get_by_text(f"{REQUESTS} of {REQUESTS} published").wait_for()
    row = page.locator('[data-part=plan] [data-row="node"]')
    row.locator("[data-label=Done]", has_text=str(REQUESTS)).wait_for()
    expect(row.locator("progress").get_attribute("value") == str(REQUESTS), row.inner_html())
    ended = known(profile, run)
    expect([edge["edge"] for edge in ended["edges"]] == ["node"], ended["edges"])
    expect(sum(ended["edges"][0]["requests"].values()) == REQUESTS, ended["edges"])
    expect(ended["order"]["spec"]["rate"] == 1000 and ended["reason"] == "a test", ended)
    expect(page.locator("[data-part=reins] button").count() == 0, "what is over can be changed")


def a_run_is_cancelled_once_that_is_confirmed(profile):
    await_status(profile, publish_many(profile, profile.namespace), "completed")
    run = order_replay(profile, profile.namespace, rate=1)
    page = open_console(profile, f"/?show=run&id={run}")
    await_state(page, "running")
    page.locator("[data-part=reins]").get_by_role("button", name="Cancel").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(f" of {REQUESTS} published so far").wait_for()
    dialog.get_by_role("button", name="Leave it").click()
    page.get_by_role("dialog").wait_for(state="detached")
    expect(known(profile, run)["wanted"] == "running", "it was cancelled without a yes")
    page.locator("[data-part=reins]").get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
    await_state(page, "cancelled")
    expect(known(profile, run)["published"] < REQUESTS)


def a_planned_run_is_begun_from_its_page(profile):
    await_status(profile, publish(profile, profile.namespace), "completed")
    run = plan_replay(profile, profile.namespace)
    page = open_console(profile, f"/?show=run&id={run}")
    await_state(page, "planned")
    row = page.locator('[data-part=plan] [data-row="node"]')
    expect(row.locator("[data-label=Planned]").text_content() == "1", row.text_content())
    expect(row.locator("[data-label=Done]").text_content() == "–", "nothing was done yet")
    page.get_by_role("button", name="Run it").click()
    page.get_by_role("dialog").get_by_role("button", name="Run 1").click()
    await_state(page, "done")


def a_run_pauses_itself_and_says_why(profile):
    """Another pace does not resume it: that is for who has looked."""
    with own_gateway(profile, DOWN):
        publish_many(profile, "nothing")
        run = order_replay(profile, "nothing")
        page = open_console(profile, f"/?show=run&id={run}")
        await_state(page, "paused")
        why = page.locator("[data-part=about] dd", has_text="mend the edges, then resume")
        why.wait_for()
        expect(known(profile, run)["wanted"] == "running", "it did not pause itself")

        def has_followed(answer):
            return answer.url.endswith(f"/replays/{run}") and answer.json().get("state", {}).get("order") == 3

        page.get_by_label("Requests/s").fill("5")
        with page.expect_response(has_followed, timeout=RUN_MAX):
            page.get_by_role("button", name="Set the pace").click()
        await_state(page, "paused")
        why.wait_for()
        page.get_by_role("button", name="Resume").click()
        page.locator("[data-part=state] .is-paused").wait_for(state="detached", timeout=RUN_MAX)


TESTS = [a_run_is_paused_resumed_and_gets_another_pace, a_run_is_cancelled_once_that_is_confirmed,
         a_planned_run_is_begun_from_its_page, a_run_pauses_itself_and_says_why]
