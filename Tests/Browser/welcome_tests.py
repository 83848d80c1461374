"""The console's first screen, before a gateway at which nothing was published yet."""

import os
import subprocess

from accessibility import look_at
from console_harness import open_console
from harness import expect
from own_gateway import COMMAND, EMPTY, own_gateway


def run_as_shown(command):
    """As somebody would who has copied it."""
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60,
        env={"PATH": path, "HOME": os.getcwd()})
    expect(done.returncode == 0, command, done.stdout, done.stderr)
    return done.stdout


def the_first_screen_says_what_to_do_and_its_commands_work(profile):
    with own_gateway(profile, EMPTY):
        profile.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = open_console(profile)
        panel = page.locator("[data-part=welcome]")
        panel.get_by_role("heading", name="Nothing was published yet").wait_for()
        look_at(page)
        commands = panel.locator("pre").all_text_contents()
        expect(len(commands) == 2 and all(profile.site.address in command for command in commands), commands)
        panel.get_by_role("button", name="Copy").nth(1).click()
        panel.get_by_role("button", name="Copied").wait_for()
        expect(page.evaluate("navigator.clipboard.readText()") == commands[1])
        expect('"id"' in run_as_shown(commands[1]))
        panel.get_by_role("heading").wait_for(state="detached")
        expect("completed" in run_as_shown(commands[0]))
        page.get_by_role("link", name="Requests", exact=True).click()
        page.locator("tbody tr", has_text="shop").nth(1).wait_for()


def the_first_screen_leads_to_the_form_and_the_pages(profile):
    with own_gateway(profile, EMPTY):
        page = open_console(profile)
        panel = page.locator("[data-part=welcome]")
        panel.get_by_role("link", name="publish from here").click()
        page.get_by_role("heading", name="Publish").wait_for()
        page.go_back()
        for name in ("what the gateway can be asked", "the component at work"):
            address = panel.get_by_role("link", name=name).get_attribute("href")
            status, _ = profile.site.call("GET", address)
            expect(status == 200, address, status)


TESTS = [the_first_screen_says_what_to_do_and_its_commands_work, the_first_screen_leads_to_the_form_and_the_pages]
