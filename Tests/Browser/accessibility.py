"""What axe-core finds in a page, and whether the page fits."""

from pathlib import Path

import axe_playwright_python

from harness import expect

SOURCE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def settle(page):
    """Waits until colors that change have changed."""
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))")


def axe(page, rules=None):
    """In few words. Without rules it looks at all."""
    page.evaluate(SOURCE)
    found = page.evaluate("(rules) => axe.run(rules ? { runOnly: rules } : {})", rules)["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]], one["nodes"][0]["failureSummary"]) for one in found]


def look_at(page, *what, light_rules=None):
    """Narrow and dark, then wide and light: there it looks at these rules alone, where some are given."""
    for scheme, width, rules in (("dark", 360, None), ("light", 1280, light_rules)):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        settle(page)
        expect(page.evaluate(f"document.documentElement.scrollWidth <= {width}"), *what, "is wider than", width)
        expect(not (found := axe(page, rules)), *what, scheme, found)
