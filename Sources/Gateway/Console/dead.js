// Dead letters: how many of which kind, and what is to be done with them.
import { get } from "/console/api.js";
import { actionBar } from "/console/deadactions.js";
import { announce, h, update } from "/console/dom.js";
import { fixed, parse, write } from "/console/filter.js";
import { filterBox } from "/console/filterbox.js";
import { moment, number, plural } from "/console/format.js";
import { liveList, pageLinks } from "/console/livelist.js";
import { address, go } from "/console/router.js";
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

function letterColumns(all) {
  return [
    [all], ["Dead letter"], ["Since", "time"], ["Namespace"], ["Edges"], ["Class", "wide"],
    ["Redrives", "number wide"], ["Error", "text"],
  ];
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
  const [groups, bar] = [h("section"), h("section")];
  const state = { values, marked: [], total: 0, isAll: false };
  const boxes = (kind) => [...list.element.querySelectorAll(`tbody input${kind}`)];
  const changed = () => {
    state.marked = boxes(":checked").map((box) => box.value);
    state.showScope?.();
  };
  const all = h("input", { type: "checkbox", "aria-label": "Select this page", change: () => {
    for (const box of boxes("")) box.checked = all.checked;
    changed();
  } });
  const list = liveList({
    label: "Dead letters", columns: letterColumns(all), follows: !cursor, changed: () => {
      all.checked = false;
      changed();
    },
    empty: q ? "None matches." : "None is open: every request ended well, or was closed.",
  });
  root.append(groups, bar, list.element);
  keep(async () => {
    const query = fixed(values);
    const [counts, letters] = await Promise.all([
      get("/dead", { ...query, group }, signal), get("/dead", { ...query, limit: LIMIT, cursor }, signal),
    ]);
    if (signal.aborted) return;
    told(letters.asOf);
    // What is shown may be newer than the moment as of which the view has all.
    const times = [counts.asOf, ...letters.deadLetters.map((letter) => letter.time)].filter(Boolean);
    Object.assign(state, { total: counts.total, asOf: times.sort().at(-1) });
    update(groups, [counts.groups, counts.total], () => {
      announce(plural(counts.total, "dead letter"));
      return groupTable(counts, group, { q, values }).flat();
    });
    update(bar, counts.total > 0, () => (counts.total ? actionBar(state, context) : []));
    state.showScope?.();
    list.show(letters.deadLetters.map((letter) => letterRow(letter, changed)),
      pageLinks("dead", { q, group: parameters.group }, cursor, letters.next));
  });
}

export const dead = { name: "dead", title: "Dead letters", letter: "d", scope: "operate", show };
