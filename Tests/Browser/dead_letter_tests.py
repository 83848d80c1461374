"""What the console lets one do with dead letters."""

import json

from console_harness import RUN_MAX, await_status, open_console, order_run, publish
from harness import expect


def fail(profile, count=1):
    """Publishes what an edge has no means for, in a namespace of the test's own; returns that and the ids."""
    namespace = f"refused-{profile.namespace}"
    identities = [publish(profile, namespace, tag=f"tag-{number}") for number in range(count)]
    for identity in identities:
        await_status(profile, identity, "failed")
    return namespace, identities


def letters(profile, namespace, **more):
    query = "&".join(f"{name}={value}" for name, value in more.items())
    return json.loads(profile.site.call("GET", f"/dead?namespace={namespace}&{query}")[1])["deadLetters"]


def redrive(profile, name):
    """As a program would, to its end."""
    order_run(profile, "/dead/redrive", {"deadLetters": [name], "execute": True}, "done")


def open_letters(profile, query, count):
    page = open_console(profile, f"/?show=dead&q={query}")
    page.locator("tbody input[type=checkbox]").nth(count - 1).wait_for()
    return page


def confirm(page, *words, action):
    dialog = page.get_by_role("dialog")
    dialog.wait_for(timeout=RUN_MAX)
    told = dialog.text_content()
    for text in words:
        expect(text in told, text, "is not in", told)
    dialog.get_by_role("button", name=action).click()


def await_done(page):
    page.locator("[data-part=state] .is-done").wait_for(timeout=RUN_MAX)


def dead_letters_are_discarded_with_a_reason(profile):
    namespace, _ = fail(profile, 2)
    page = open_letters(profile, f"namespace:{namespace}", 2)
    discard = page.get_by_role("button", name="Discard")
    discard.click()
    page.get_by_text("Select some, or choose all that match.").wait_for()
    page.locator("tbody input[type=checkbox]").first.check()
    discard.click()
    page.get_by_text("Say why.").wait_for()
    page.get_by_label("Reason").fill("test data")
    discard.click()
    confirm(page, "1 dead letter:", "1 dead letter would be closed without another try", action="Leave it")
    page.get_by_text("Nothing was done.").wait_for()
    expect(len(letters(profile, namespace)) == 2, "it was discarded without a yes")
    discard.click()
    confirm(page, action="Discard 1")
    await_done(page)
    expect("test data" in page.locator("[data-part=about]").text_content())
    page.go_back()
    page.get_by_role("heading", name="1 dead letter by").wait_for()
    expect(len(letters(profile, namespace)) == 1 and len(letters(profile, namespace, all="true")) == 2)


def all_that_match_are_redriven(profile):
    namespace, identities = fail(profile, 3)
    page = open_letters(profile, f"namespace:{namespace} class:permanent", 3)
    page.get_by_label("Which").select_option("all 3 that match")
    page.get_by_role("button", name="Redrive").click()
    confirm(page, f"All open dead letters where namespace is {namespace}, and class is permanent.", "3 records match",
            "As of", action="Redrive 3")
    await_done(page)
    page.get_by_text("3 of 3 published").wait_for()
    for identity in identities:
        known = json.loads(profile.site.call("GET", f"/status/{identity}")[1])
        expect(known["earlier"], "was not tried once more:", known)


def all_that_match_are_named_where_orders_have_no_such_filter(profile):
    namespace, [identity, _] = fail(profile, 2)
    page = open_letters(profile, f"namespace:{namespace} request:{identity}", 1)
    page.get_by_label("Which").select_option("all 1 that match")
    page.get_by_label("Reason").fill("no use")
    with page.expect_request("**/dead/discard") as asked:
        page.get_by_role("button", name="Discard").click()
    [letter] = letters(profile, namespace, request=identity)
    expect(asked.value.post_data_json["deadLetters"] == [letter["deadLetter"]], asked.value.post_data)
    confirm(page, f"request is {identity}", "1 record matches", action="Discard 1")
    await_done(page)
    expect(len(letters(profile, namespace)) == 1, "another one was discarded, too")


def a_request_is_redriven_from_its_page(profile):
    namespace, [identity] = fail(profile)
    page = open_console(profile, f"/?show=request&id={identity}")
    page.get_by_role("button", name="Redrive").click()
    confirm(page, f"1 open dead letter of request {identity}", action="Redrive 1")
    await_done(page)
    page.goto(f"{profile.site.address}/?show=request&id={identity}")
    page.locator(".timeline").get_by_text("Redrive 1").wait_for()
    page.get_by_role("link", name="Its dead letters").click()
    page.get_by_role("heading", name="1 dead letter by").wait_for()
    expect(f"request%3A{identity}" in page.url and letters(profile, namespace), page.url)


def what_is_quarantined_is_redriven_only_where_that_is_said(profile):
    namespace, _ = fail(profile)
    for _ in range(3):
        redrive(profile, letters(profile, namespace)[0]["deadLetter"])
    page = open_letters(profile, f"namespace:{namespace} quarantined:true", 1)
    page.locator("tbody .fault", has_text="quarantined").wait_for()
    page.locator("tbody input[type=checkbox]").check()
    page.get_by_role("button", name="Redrive").click()
    page.get_by_text("Left out: 1 quarantined. Nothing was done.").wait_for(timeout=RUN_MAX)
    page.get_by_label("Also those that were redriven three times").check()
    page.get_by_role("button", name="Redrive").click()
    confirm(page, "1 request would be taken up", action="Redrive 1")
    await_done(page)


def a_filter_keeps_the_quotes_of_an_error(profile):
    """A group's link has the error in it, whatever that is."""
    error = 'said "no" and \\'
    group = {"groups": [{"group": error, "deadLetters": 1}], "total": 1}
    profile.context.route("**/dead?*group=error*", lambda route: route.fulfill(json=group))
    page = open_console(profile, "/?show=dead")
    with page.expect_request(lambda request: "/dead?" in request.url and "limit" in request.url
                             and "error=" in request.url) as asked:
        page.get_by_role("link", name=error).click()
    sent = page.evaluate("(address) => new URL(address).searchParams.get('error')", asked.value.url)
    expect(sent == error, sent)


TESTS = [dead_letters_are_discarded_with_a_reason, all_that_match_are_redriven,
         all_that_match_are_named_where_orders_have_no_such_filter, a_request_is_redriven_from_its_page,
         what_is_quarantined_is_redriven_only_where_that_is_said, a_filter_keeps_the_quotes_of_an_error]
