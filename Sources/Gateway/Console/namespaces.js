// Namespaces: their requests of the last hour, what is dead there, and what holds for them.
import { get } from "/console/api.js";
import { h, update } from "/console/dom.js";
import { number, plural } from "/console/format.js";
import { address, go } from "/console/router.js";
import { table } from "/console/table.js";

const LIMIT = 500;
const COLUMNS = [
  ["Namespace"], ["Published", "number"], ["Completed", "number"], ["Failed", "number"], ["Dead letters", "number"],
  ["Order", "named"],
];

const link = (screen, name, count, more = "") => (count
  ? h("a", { href: address(screen, { q: `namespace:${name}${more}` }) }, number(count)) : "0");

const row = (one) => ({
  key: one.namespace,
  cells: [
    h("a", { href: address("requests", { q: `namespace:${one.namespace}` }) }, one.namespace),
    number(one.published), number(one.completed), link("requests", one.namespace, one.failed, " state:failed"),
    one.deadLetters === undefined ? "–" : link("dead", one.namespace, one.deadLetters),
    one.strict ? "strict" : "as edges allow",
  ],
});

function limitText(limit) {
  if (!limit) return "This gateway has no limit on the requests of a namespace.";
  const span = limit.seconds === 1 ? "second" : plural(limit.seconds, "second");
  return `This gateway lets pass ${plural(limit.requests, "request")} of each namespace in ${
    limit.seconds === 1 ? "a " : ""}${span}.`;
}

function filterForm({ name = "" }) {
  const field = h("input", { id: "name", type: "search", value: name, autocomplete: "off", "data-search": true });
  const submit = (event) => {
    event.preventDefault();
    go("namespaces", { name: field.value.trim() });
  };
  return h("form", { class: "filter", role: "search", submit }, h("div", { class: "row" },
    h("label", { for: "name" }, "Part of a name"), field, h("button", { type: "submit" }, "Show")));
}

function show({ root, parameters, keep, told, signal }) {
  const list = h("section");
  root.append(h("h1", {}, "Namespaces"), filterForm(parameters), list);
  keep(async () => {
    const found = await get("/namespaces", { name: parameters.name, limit: LIMIT }, signal);
    if (signal.aborted) return;
    told(found.asOf);
    update(list, [found.namespaces, found.limit, found.complete], () => [
      found.namespaces.length ? table("Namespaces", COLUMNS, found.namespaces.map(row))
        : h("p", {}, parameters.name ? "None of that name has published in the last hour, or has dead letters."
          : "Nothing was published in the last hour, and nothing is dead."),
      !found.complete && h("p", { role: "status" }, `The first ${number(found.namespaces.length)} are shown, and there `
        + "are more: name a part of those that you look for."),
      h("p", { class: "hint" }, "Requests of the last hour; dead letters that are open, of all time. ",
        limitText(found.limit)),
    ]);
  });
}

export const namespaces = { name: "namespaces", title: "Namespaces", letter: "s", scope: "read", show };
