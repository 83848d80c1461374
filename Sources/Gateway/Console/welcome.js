// The first screen of a system in which nothing was published yet.
import { h } from "/console/dom.js";
import { address } from "/console/router.js";

function command(text) {
  const copy = h("button", { type: "button", class: "plain", click: async () => {
    const isCopied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    copy.textContent = isCopied ? "Copied" : "Select it to copy";
  } }, "Copy");
  return h("div", { class: "command" }, h("pre", { tabindex: "0" }, text), copy);
}

export function welcome() {
  const curl = `curl ${location.origin}/invalidate -H 'Content-Type: application/json' \\\n`
    + "  -d '{\"namespace\":\"shop\",\"tags\":[\"product-42\"]}'";
  return h("section", { class: "panel", "aria-labelledby": "welcome" },
    h("h2", { id: "welcome" }, "Nothing was published yet"),
    h("p", {}, "Say what is stale, and watch the caches forget it. From a shell:"),
    command(`cachesync publish --gateway ${location.origin} --namespace shop --tag product-42 --wait`),
    command(curl),
    h("p", {}, "Or ", h("a", { href: address("publish") }, "publish from here"), ", read ",
      h("a", { href: "/docs" }, "what the gateway can be asked"), ", or see ",
      h("a", { href: "/demo" }, "the component at work"), "."));
}
