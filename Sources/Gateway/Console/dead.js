// Dead letters: how many of which kind, and what is to be done with them.
import { get } from "/console/api.js";
import { announce, h, update } from "/console/dom.js";
import { fixed, inWords, parse, write } from "/console/filter.js";
import { filterBox } from "/console/filterbox.js";
import { moment, number, plural } from "/console/format.js";
import { order } from "/console/order.js";
import { address, go } from "/console/router.js";
import { allMatching } from "/console/selection.js";
import { table } from "/console/table.js";

const NAMES = ["namespace", "class", "edge", "error", "request", "run", "since", "until", "quarantined", "all"];
const GROUPS = ["error", "edge", "namespace", "class"];
const LIMIT = 50;

function groupTable({ groups, total }, by, { q, values }) {
  return [
    h("div", { class: "row" }, h("h2", {}, `${plural(total, "dead letter")} by`),
      h("nav", { class: "tabs", "aria-label": "Groups" }, GROUPS.map((name) => h("a", {
        href: address("dead", { q, group: name === GROUPS[0] ? undefined : name }),
        "aria-current": name === by ? "true" : undefined,
      }, name)))),
    groups.length > 0 && table("Groups", [["", "number"], ["", "text"]], groups.map((group) => ({
      cells: [number(group.deadLetters),
        h("a", { href: address("dead", { q: write({ ...values, [by]: group.group }), group: by }) },
          group.group || "(none)")],
    })), { hasHead: false }),
  ];
}

function letterRow(letter, changed) {
  const href = address("dead-letter", { name: letter.deadLetter });
  const box = h("input", {
    type: "checkbox", value: letter.deadLetter, "aria-label": `Select ${letter.deadLetter}`, change: changed,
  });
  return {
    key: letter.deadLetter,
    cells: [
      box, h("a", { class: "id", href }, letter.deadLetter), letter.time ? moment(letter.time) : "–",
      letter.namespace ?? "–", (letter.openEdges ?? letter.edges).join(", ") || "–", letter.class,
      number(letter.redrives), [letter.error, letter.isQuarantined && h("span", { class: "fault" }, " quarantined")],
    ],
  };
}

function letterTable(letters, changed) {
  const all = h("input", { type: "checkbox", "aria-label": "Select this page", change: () => {
    for (const box of whole.querySelectorAll("tbody input")) box.checked = all.checked;
    changed();
  } });
  const columns = [
    [all], ["Dead letter"], ["Since", "time"], ["Namespace"], ["Edges"], ["Class", "wide"],
    ["Redrives", "number wide"], ["Error", "text"],
  ];
  const whole = table("Dead letters", columns, letters.map((letter) => letterRow(letter, changed)));
  return whole;
}

// What is chosen, and the two things that can be done with it.
function actionBar(state, { guarded, signal }) {
  const reason = h("input", { id: "reason", maxlength: 512, autocomplete: "off" });
  const scope = h("select", { "aria-label": "Which", change: () => { state.isAll = scope.value === "all"; } });
  const told = h("p", { class: "hint", role: "status" });
  const run = (path, action) => guarded(async () => {
    const words = state.isAll ? `All open dead letters where ${inWords(state.values)}.`
      : `${plural(state.marked.length, "dead letter")}: ${state.marked.slice(0, 5).join(", ")}`
        + `${state.marked.length > 5 ? " …" : ""}.`;
    if (path === "/dead/discard" && !reason.value.trim()) return told.replaceChildren("Say why they are discarded.");
    if (!state.isAll && !state.marked.length) return told.replaceChildren("Select some, or choose all that match.");
    const chosen = state.isAll ? await allMatching(state.values, state.asOf, signal) : { deadLetters: state.marked };
    const body = { ...chosen, reason: reason.value.trim() };
    return order(path, body, {
      title: `${action} dead letters?`, what: words, action, signal, tell: (text) => told.replaceChildren(text),
    });
  });
  state.showScope = () => {
    scope.replaceChildren(
      h("option", { value: "marked", selected: !state.isAll }, `selected: ${number(state.marked.length)}`),
      h("option", { value: "all", selected: state.isAll }, `all ${number(state.total)} that match`));
  };
  state.showScope();
  return h("div", { class: "panel" },
    h("div", { class: "row" }, scope, h("label", { for: "reason" }, "Reason"), reason,
      h("button", { type: "button", click: run("/dead/redrive", "Redrive") }, "Redrive"),
      h("button", { type: "button", class: "danger", click: run("/dead/discard", "Discard") }, "Discard")), told);
}

function show(context) {
  const { root, parameters, keep, told, signal } = context;
  const { q = "", group = GROUPS[0], cursor } = parameters;
  const { values, fault } = parse(q, NAMES);
  root.append(h("h1", {}, "Dead letters"), filterBox({
    label: "Filter", text: q, names: NAMES, fault, example: "edge:varnish-1 since:-2h",
    apply: (text) => go("dead", { q: text, group: parameters.group }),
  }));
  if (fault) return;
  const [groups, bar, rows] = [h("section"), h("section"), h("section")];
  root.append(groups, bar, rows);
  const state = { values, marked: [], total: 0, isAll: false };
  const changed = () => {
    state.marked = [...rows.querySelectorAll("tbody input:checked")].map((box) => box.value);
    state.showScope();
  };
  keep(async () => {
    const query = fixed(values);
    const [counts, page] = await Promise.all([
      get("/dead", { ...query, group }, signal), get("/dead", { ...query, limit: LIMIT, cursor }, signal),
    ]);
    if (signal.aborted) return;
    told(page.asOf);
    Object.assign(state, { total: counts.total, asOf: counts.asOf });
    update(groups, [counts.groups, counts.total], () => {
      announce(plural(counts.total, "dead letter"));
      return groupTable(counts, group, { q, values }).flat();
    });
    update(bar, counts.total > 0, () => (counts.total ? actionBar(state, context) : []));
    state.showScope?.();
    // What is being selected does not move.
    if (state.marked.length) return;
    update(rows, [page.deadLetters, page.next], () => [
      page.deadLetters.length ? letterTable(page.deadLetters, changed)
        : h("p", {}, q ? "None matches." : "None is open: every request ended well, or was closed."),
      h("p", { class: "row" }, cursor && h("a", { href: address("dead", { q, group: parameters.group }) }, "Newest"),
        page.next && h("a", { href: address("dead", { q, group: parameters.group, cursor: page.next }) }, "Older")),
    ]);
  });
}

export const dead = { name: "dead", title: "Dead letters", letter: "d", show };
