"""What axe-core finds in a page."""

from pathlib import Path

import axe_playwright_python


SOURCE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def settle(page):
    """Waits until colors that change have changed."""
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))")


def axe(page, rules=None):
    """In few words. Without rules it looks at all."""
    page.evaluate(SOURCE)
    found = page.evaluate("(rules) => axe.run(rules ? { runOnly: rules } : {})", rules)["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]], one["nodes"][0]["failureSummary"]) for one in found]
