"""The component in pages of frameworks: of React and Vue as Debian has them, and by the rules of Svelte.

Svelte is a compiler, and neither Debian nor a package of PyPI has it: its page does by hand what the code does that
Svelte 5 compiles. So does the page for React 19 and Vue 3, which set properties where there are any.
"""

import json
from pathlib import Path

from harness import Skipped, wait

REACT = ["/usr/share/nodejs/react/umd/react.production.min.js",
         "/usr/share/nodejs/react-dom/umd/react-dom.production.min.js"]
VUE = ["/usr/share/javascript/vue/vue.min.js"]


def load(profile, scripts, page):
    """Scripts of the machine, and then those of the page."""
    missing = next((path for path in scripts if not Path(path).exists()), None)
    if missing:
        raise Skipped(f"there is no {missing}")

    def serve(path):
        return lambda route: route.fulfill(path=path, content_type="text/javascript")

    for number, path in enumerate(scripts):
        profile.context.route(f"**/framework-{number}.js", serve(path))
    tags = "".join(f'<script src="/framework-{number}.js"></script>' for number in range(len(scripts)))
    script = f"const NAMESPACE = {json.dumps(profile.namespace)};{page}"
    profile.element = f'<div id="root"></div>{tags}<script>{script}</script>'


def changes_come_and_go(profile, page):
    """The framework shows the value, from here or elsewhere, and the element follows the framework."""
    page.locator("#shown", has_text='"first"').wait_for()
    page.evaluate("document.getElementById('it').set('early', 'mine', { tags: ['red'] })")
    page.locator("#shown", has_text='"mine"').wait_for()
    wait(page, "it.queued === 0")
    profile.site.purge_with_curl(profile.namespace, "red")
    page.locator("#shown", has_text="null").wait_for()
    # Of another tag: the worker may purge this one once more at the node.
    profile.site.store(profile.namespace, "other", "second", ["blue"])
    page.get_by_role("button", name="Other").click()
    page.locator("#shown", has_text='"second"').wait_for()
    page.get_by_role("button", name="Remove").click()
    wait(page, "it === null")
    page.get_by_role("button", name="Remove").click()
    page.locator("#shown", has_text='"second"').wait_for()
    wait(page, "it.status === 'online' && it.queueLimit === 5 && it.live")


def react_shows_and_changes_it(profile):
    profile.site.store(profile.namespace, "early", "first", ["red"])
    load(profile, REACT, """
        const { createElement: make, useEffect, useRef, useState } = React;
        function Entry({ name, onValue }) {
          const ref = useRef(null);
          useEffect(() => {
            const it = ref.current, hear = () => onValue(it.value);
            it.addEventListener("change", hear);
            return () => it.removeEventListener("change", hear);
          }, []);
          return make("cache-sync", { ref, id: "it", namespace: NAMESPACE, "entry-key": name, tags: "red", auto: "",
            live: "", "queue-limit": 5 });
        }
        function Page() {
          const [name, setName] = useState("early");
          const [value, setValue] = useState(null);
          const [isThere, setThere] = useState(true);
          return make("div", null, isThere && make(Entry, { name, onValue: setValue }),
            make("p", { id: "shown" }, JSON.stringify(value)),
            make("button", { onClick: () => setName("other") }, "Other"),
            make("button", { onClick: () => setThere(!isThere) }, "Remove"));
        }
        ReactDOM.createRoot(document.getElementById("root")).render(make(React.StrictMode, null, make(Page)));""")
    changes_come_and_go(profile, profile.open())


def vue_shows_and_changes_it(profile):
    profile.site.store(profile.namespace, "early", "first", ["red"])
    load(profile, VUE, """
        Vue.config.productionTip = false;
        Vue.config.ignoredElements = ["cache-sync"];
        new Vue({
          el: "#root", data: { name: "early", value: null, isThere: true, namespace: NAMESPACE },
          template: `<div>
            <cache-sync v-if="isThere" id="it" :namespace.prop="namespace" :entry-key="name" tags="red" auto live
              :queue-limit.prop="5" @change="value = $event.target.value"></cache-sync>
            <p id="shown">{{ JSON.stringify(value) }}</p>
            <button @click="name = 'other'">Other</button><button @click="isThere = !isThere">Remove</button></div>`,
        });""")
    changes_come_and_go(profile, profile.open())


def svelte_may_set_it_its_way(profile):
    """It sets what the element has a setter for, at once or before the element is defined, and attributes otherwise."""
    profile.site.store(profile.namespace, "early", "first", ["red"])
    load(profile, [], """
        const root = document.getElementById("root");
        const setter = (it, name) => customElements.get("cache-sync")
          && Object.getOwnPropertyDescriptor(Object.getPrototypeOf(it), name)?.set;
        function put(it, name, value) {
          if (setter(it, name) || value && typeof value === "object") it[name] = value;
          else if (value === null || value === false) it.removeAttribute(name);
          else it.setAttribute(name, value === true ? "" : value);
        }
        const data = { namespace: NAMESPACE, key: "early", tags: "red", auto: true, live: true, "queue-limit": 5 };
        const shown = Object.assign(document.createElement("p"), { id: "shown" });
        let it;
        function mount() {
          it = document.importNode(document.createElement("cache-sync"), true);
          it.id = "it";
          for (const name of Object.keys(data)) put(it, name, data[name]);
          it.addEventListener("change", () => { shown.textContent = JSON.stringify(it.value); });
          root.prepend(it);
        }
        function button(text, action) {
          root.append(Object.assign(document.createElement("button"), { textContent: text, onclick: action }));
        }
        mount();
        root.append(shown);
        button("Other", () => { put(it, "key", data.key = "other"); });
        button("Remove", () => { if (it.isConnected) it.remove(); else mount(); });""")
    changes_come_and_go(profile, profile.open())


TESTS = [react_shows_and_changes_it, vue_shows_and_changes_it, svelte_may_set_it_its_way]
