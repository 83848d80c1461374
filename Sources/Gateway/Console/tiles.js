// Numbers that are seen at a glance, each with its scope.
import { h } from "/console/dom.js";

export function tile(name, value, scope, href) {
  return { name, value, scope, href };
}

export const tileList = (list) => h("dl", { class: "tiles" }, list.map((one) => h("div", { class: "tile" },
  h("dt", {}, one.href ? h("a", { href: one.href }, one.name) : one.name),
  h("dd", {}, h("strong", {}, one.value), h("span", { class: "hint" }, one.scope)))));
