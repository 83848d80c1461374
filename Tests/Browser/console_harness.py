"""The console in a page of a profile: opens screens, and hears what the browser refuses."""

import json

from harness import expect

# ms, for a plan or a run: its runner looks once a second, and other suites may keep the machine busy.
RUN_MAX = 60_000
HEAR_POLICY = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));"""


def open_console(profile, path="/"):
    page = profile.context.new_page()
    page.add_init_script(HEAR_POLICY)
    page.on("pageerror", lambda error: profile.complaints.append(f"error: {error}"))
    page.on("console", profile.hear)
    page.goto(profile.site.address + path)
    page.locator("#menu a").first.wait_for()
    return page


def publish(profile, namespace, tag="red", **more):
    """As a program would; returns the request's id."""
    status, text = profile.site.call("POST", "/invalidate", {"namespace": namespace, "tags": [tag], **more})
    expect(status == 202, status, text)
    return json.loads(text)["id"]


def await_status(profile, identity, wanted):
    """Asks the gateway until the request is so; each question waits there."""
    state = None
    for _ in range(10):
        status, text = profile.site.call("GET", f"/status/{identity}?wait=5s")
        state = json.loads(text).get("status") if status == 200 else status
        if state == wanted:
            return
    expect(False, identity, "is", state, "and not", wanted)


def order_run(profile, path, order, phase):
    """As a program would; returns the run once it is in that phase."""
    status, text = profile.site.call("POST", path, {"reason": "a test", **order})
    expect(status == 202, status, text)
    run = json.loads(text)["run"]
    for _ in range(10):
        state = json.loads(profile.site.call("GET", f"/replays/{run}?wait=5s")[1])
        if state["phase"] == phase:
            return run
    return expect(False, "the run is not", phase, "but", state)
