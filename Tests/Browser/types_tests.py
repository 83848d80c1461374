"""The component's types, as TypeScript's compiler reads them in a page of one's own, in JSX and in Svelte's markup.

Types of React and Svelte are in no package of Debian or PyPI: what stands here in their place has their form alone.
Each page has mistakes that the compiler must find, so types that say nothing fail.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from harness import Skipped, expect

TYPES = Path(__file__).resolve().parents[2] / "Sources" / "Gateway" / "Component" / "cache-sync.d.ts"
OPTIONS = ["--noEmit", "--strict", "--target", "es2022", "--lib", "dom,es2022,dom.iterable", "--module", "esnext",
           "--moduleResolution", "node"]
PLAIN = """
import { CacheSync, CacheSyncError, urlKey, type CacheEntry } from "./cache-sync.js";

const it = document.querySelector("cache-sync")!;
const made: CacheSync = document.createElement("cache-sync");
made.token = "t";
made.strings = { offline: "Weg", waiting: (count) => `${count}` };
const key: string = urlKey("https://shop.example/p/1");
const value: Promise<{ price: number } | null> = it.get<{ price: number }>(key);
const id: Promise<string> = it.set(key, { price: 1 }, { tags: ["a"], ttl: 5, ifMatch: '"1"' });
it.addEventListener("conflict", (event) => { const status: number = event.detail.status; });
it.addEventListener("change", ({ detail: { entry } }) => { const known: CacheEntry | null = entry; });
it.addEventListener("click", (event) => event.preventDefault());
it.invalidate({ tags: ["a"], scope: "edges" }).catch((error) => error instanceof CacheSyncError && error.status);
const state: "online" | "offline" | "syncing" | "blocked" = it.status;
// @ts-expect-error: it can be read alone
it.status = "online";
// @ts-expect-error: there is no such scope
it.invalidate({ scope: "everywhere" });
// @ts-expect-error: seconds are a number
it.set(key, 1, { ttl: "5" });
// @ts-expect-error: the event has no such member
it.addEventListener("conflict", (event) => event.detail.nothing);
"""
MARKUP = """
const good = <cache-sync namespace="shop" entry-key="p" tags="a,b" auto live poll={5} queue-limit="10" token={null}
  onchange={(event) => event.detail.value}><p>Away</p></cache-sync>;
// @ts-expect-error: there is no such attribute
const wrong = <cache-sync nowhere="1" />;
// @ts-expect-error: a limit is a number
const worse = <cache-sync queue-limit={{}} />;
// @ts-expect-error: the event has no such member
const last = <cache-sync onconflict={(event) => event.detail.nothing} />;
"""
OLD_JSX = """
import "./cache-sync.js";

declare global {
  namespace JSX {
    interface Element {}
    interface IntrinsicElements { p: { children?: unknown } }
  }
}
declare const React: { createElement(...parts: unknown[]): JSX.Element };
"""
REACT = {
    "index.d.ts": """
export = React;
declare namespace React {
  namespace JSX {
    interface Element {}
    interface IntrinsicElements { p: { children?: unknown } }
    interface IntrinsicAttributes { key?: string | number | null }
  }
}
""",
    "jsx-runtime.d.ts": """
import * as React from "./";
export { JSX } from "./";
export function jsx(...parts: unknown[]): React.JSX.Element;
export function jsxs(...parts: unknown[]): React.JSX.Element;
"""}
SVELTE = """
import type {} from "./cache-sync.js";

declare function createElement<Name extends keyof svelteHTML.IntrinsicElements>(
  name: Name, attributes: svelteHTML.IntrinsicElements[Name]): void;

createElement("cache-sync", { namespace: "shop", key: "p", auto: true, "queue-limit": 5,
  "on:change": (event) => event.detail.value, onchange: ({ detail }) => detail.key });
// @ts-expect-error: there is no such attribute
createElement("cache-sync", { nowhere: true });
// @ts-expect-error: the event has no such member
createElement("cache-sync", { "on:flushed": (event) => event.detail.nothing });
"""


def compiles(name, text, *options, packages=()):
    if not shutil.which("tsc"):
        raise Skipped("there is no tsc")
    with tempfile.TemporaryDirectory(prefix="cachesync-types-") as folder:
        page = Path(folder) / name
        page.write_text(text, encoding="utf-8")
        shutil.copy(TYPES, folder)
        for package, files in packages:
            home = Path(folder) / "node_modules" / package
            home.mkdir(parents=True)
            for file, content in files.items():
                (home / file).write_text(content, encoding="utf-8")
        done = subprocess.run(["tsc", *OPTIONS, *options, name], cwd=folder, capture_output=True, text=True,
                              timeout=120, check=False)
        expect(done.returncode == 0, done.stdout[:2_000])


def types_of_a_page(_):
    compiles("page.ts", PLAIN)


def types_of_jsx_before_react_19(_):
    compiles("page.tsx", OLD_JSX + MARKUP, "--jsx", "preserve")


def types_of_react_19(_):
    compiles("page.tsx", 'import "./cache-sync.js";' + MARKUP, "--jsx", "react-jsx", "--jsxImportSource", "react",
             packages=[("react", REACT)])


def types_of_svelte_markup(_):
    compiles("page.ts", SVELTE)


TESTS = [types_of_a_page, types_of_jsx_before_react_19, types_of_react_19, types_of_svelte_markup]
