// Namespaces: their requests of the last hour, what is dead there, and what holds for them.
import { get } from "/console/api.js";
import { h, update } from "/console/dom.js";
import { number, plural } from "/console/format.js";
import { address } from "/console/router.js";
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

function show({ root, keep, told, signal }) {
  const list = h("section");
  root.append(h("h1", {}, "Namespaces"), list);
  keep(async () => {
    const found = await get("/namespaces", { limit: LIMIT }, signal);
    if (signal.aborted) return;
    told(found.asOf);
    update(list, [found.namespaces, found.limit, found.complete], () => [
      found.namespaces.length ? table("Namespaces", COLUMNS, found.namespaces.map(row))
        : h("p", {}, "Nothing was published in the last hour, and nothing is dead."),
      !found.complete && h("p", { role: "status" }, `The first ${number(found.namespaces.length)} are shown, and there `
        + "are more. One that is missing here is found by the filter of requests: namespace:NAME."),
      h("p", { class: "hint" }, "Requests of the last hour; dead letters that are open, of all time. ",
        limitText(found.limit)),
    ]);
  });
}

export const namespaces = { name: "namespaces", title: "Namespaces", letter: "s", scope: "read", show };
