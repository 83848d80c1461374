// Audit: who ordered which run, when keys came and went, and who published.
import { get } from "/console/api.js";
import { h } from "/console/dom.js";
import { moment } from "/console/format.js";
import { liveList, pageLinks } from "/console/livelist.js";
import { address, go } from "/console/router.js";

const LIMIT = 200;
const COLUMNS = [
  ["When", "time"], ["What"], ["Which"], ["Who", "named"], ["Namespaces", "wide text"], ["Reason", "text"],
];

const row = (one) => ({
  key: [one.at, one.kind, one.action, one.request ?? one.run ?? one.key].join(" "),
  cells: [
    moment(one.at), `${one.kind}, ${one.action}`,
    one.request ? h("a", { class: "id", href: address("request", { id: one.request, namespace: one.namespaces?.[0] }) },
      one.request)
    : one.run ? h("a", { class: "id", href: address("run", { id: one.run }) }, one.run)
      : h("a", { class: "id", href: address("keys") }, `${one.name} (key ${one.key})`),
    one.who ?? "–", (one.namespaces ?? []).join(", "), one.reason ?? "",
  ],
});

const KINDS = [["", "orders and keys"], ["publication", "publications"]];

function filterForm({ who = "", kind = "" }) {
  const choice = h("select", { id: "kind" }, KINDS.map(([value, name]) =>
    h("option", { value, selected: value === kind }, name)));
  const field = h("input", { id: "who", type: "search", value: who, autocomplete: "off", "data-search": true });
  const submit = (event) => {
    event.preventDefault();
    go("audit", { who: field.value.trim(), kind: choice.value });
  };
  return h("form", { class: "filter", role: "search", submit }, h("div", { class: "row" },
    h("label", { for: "who" }, "Who"), field,
    h("label", { for: "kind" }, "Of"), choice, h("button", { type: "submit" }, "Show")),
  h("p", { class: "hint" }, "A part of the name, such as of a key or an operator."));
}

function show({ root, parameters, keep, told, signal }) {
  const list = liveList({
    label: "Audit", columns: COLUMNS, follows: !parameters.cursor,
    empty: parameters.cursor ? "None of these: there may be older ones."
      : parameters.who ? "Nobody of that name has ordered anything."
      : parameters.kind ? "Nothing was published yet." : "Nothing was ordered yet.",
  });
  root.append(h("h1", {}, "Audit"), filterForm(parameters), list.element,
    h("p", { class: "hint" }, "Orders of runs as they are now, and API keys; or publications. Who ",
      "published is known where a gateway asks for credentials. Every change of an order, and each publication at ",
      "level debug, is a line “audit” in the log of the gateway, too."));
  keep(async () => {
    const { who, kind, cursor } = parameters;
    const found = await get("/audit", { who, kind, cursor, limit: LIMIT }, signal);
    if (signal.aborted) return;
    told(found.asOf);
    const isCut = !found.complete && !found.next;
    list.show(found.entries.map(row), [...pageLinks("audit", { who, kind }, cursor, found.next),
      isCut && h("span", { role: "status" }, "Older ones were not looked at: the newest 2,000 runs were.")]);
  });
}

export const audit = { name: "audit", title: "Audit", letter: "a", scope: "operate", show };
