// Orders a replay: which part of the log, for which edges, and why.
import { change, get } from "/console/api.js";
import { chart, chooseRange, hour } from "/console/chart.js";
import { h, update } from "/console/dom.js";
import { moment, number } from "/console/format.js";
import { order } from "/console/order.js";
import { address } from "/console/router.js";
import { table } from "/console/table.js";

const HAPPENED = {
  from: "A cache was emptied by hand, or a purge did not do what it said",
  contentFrom: "A cache came back with the content of an older moment",
  missing: "An edge was added, and never had what was published",
};

const listed = (text) => text.split(/[\s,]+/).filter(Boolean);

function bodyOf(form) {
  const value = (name) => form.elements[name].value.trim();
  const body = { reason: value("reason") };
  const kind = value("happened");
  if (kind === "contentFrom") body.contentFrom = value("from");
  else body.from = value("from");
  if (kind === "missing") body.only = "missing";
  if (value("until") && kind !== "contentFrom") body.until = value("until");
  for (const name of ["edges", "namespaces"]) if (listed(value(name)).length) body[name] = listed(value(name));
  if (form.elements.superseded.checked) body.skipSuperseded = true;
  return body;
}

function inWords(body) {
  const span = body.contentFrom ? `What was published since the content of ${body.contentFrom}`
    : `What was published from ${body.from} until ${body.until ?? "now"}`;
  const namespaces = body.namespaces ? `, of the namespaces ${body.namespaces.join(", ")}` : "";
  return `${span}${namespaces}, for ${body.edges ? `the edges ${body.edges.join(", ")}` : "every edge"}.`;
}

function field(name, label, hint, attributes = {}) {
  const input = h("input", {
    id: `replay-${name}`, name, autocomplete: "off", "aria-describedby": `replay-${name}-hint`, ...attributes,
  });
  return h("div", { class: "field" }, h("label", { for: input.id }, label), input,
    h("p", { class: "hint", id: `replay-${name}-hint` }, hint));
}

const PLANS = [
  ["Plan"], ["Kind"], ["Matched", "number"], ["Ordered", "time"], ["Who", "wide"], ["Reason", "text"], [""],
];

// The question was left open, such as by closing the page. A plan's own page runs it.
function openPlans(runs, drop) {
  if (!runs.length) return [];
  return [
    h("h2", {}, "Plans that nobody has confirmed"),
    table("Open plans", PLANS, runs.map((run) => ({
      key: run.run,
      cells: [
        h("a", { class: "id", href: address("run", { id: run.run }) }, run.run), run.kind ?? "–",
        number(run.matched ?? 0), moment(run.orderedAt), run.who ?? "", run.reason ?? "",
        h("button", { type: "button", "aria-label": `Drop ${run.run}`, click: () => drop(run) }, "Drop"),
      ],
    }))),
  ];
}

function show({ root, guarded, keep, signal }) {
  const told = h("p", { role: "status" });
  const happened = h("fieldset", {}, h("legend", {}, "What happened?"),
    Object.entries(HAPPENED).map(([value, label], index) => h("label", { class: "check" },
      h("input", { type: "radio", name: "happened", value, checked: index === 0 }), label)));
  const button = h("button", { type: "submit", class: "main" }, "Plan");
  const send = guarded(async () => {
    const body = bodyOf(form);
    told.replaceChildren("Planning …");
    const tell = (text) => told.replaceChildren(text);
    const options = { title: "Replay it?", what: inWords(body), action: "Replay", signal, tell };
    await order("/replays", body, options).catch((problem) => {
      tell("");
      throw problem;
    });
  });
  const form = h("form", { class: "panel", submit: async (event) => {
    event.preventDefault();
    button.disabled = true;
    await send();
    button.disabled = false;
  } }, happened,
  h("div", { class: "columns" },
    field("from", "From", "Such as -2h, 10:00Z, 2026-11-22T10:00:00Z or all.", { required: true, value: "-1h" }),
    field("until", "Until", "Now, unless given."),
    field("edges", "Edges", "Every edge, unless named; commas between them."),
    field("namespaces", "Namespaces", "All, unless named, such as shop-*."),
    field("reason", "Reason", "For those who read the list of runs.", { maxlength: 512 })),
  h("label", { class: "check" }, h("input", { type: "checkbox", name: "superseded" }),
    "Leave out what later requests have purged since"),
  h("p", { class: "row" }, button), told);
  const [past, open] = [h("section"), h("section", { "data-part": "plans", "aria-busy": "true" })];
  const renew = keep(async () => {
    const { runs } = await get("/replays", { limit: 200 }, signal);
    const left = runs.filter((run) => run.phase === "planned");
    if (signal.aborted) return;
    update(open, left.map((run) => run.run), () => openPlans(left, drop).flat());
    open.removeAttribute("aria-busy");
  });
  const drop = guarded(async (run) => {
    await change("PATCH", `/replays/${encodeURIComponent(run.run)}`, {
      body: { state: "cancelled", reason: "not confirmed" },
    });
    renew();
  });
  root.append(h("h1", {}, "Replay"),
    h("p", { class: "hint" },
      "Purges once more what the log holds, behind live traffic. Nothing is done before you confirm."),
    open, past, form);
  guarded(async () => {
    const rows = hour((await get("/status/counts", {}, signal)).minutes);
    past.replaceChildren(h("h2", {}, "Last hour: drag over what is to be replayed"), ...chart(rows));
    chooseRange(past.querySelector("svg"), rows, (from, until) => {
      form.elements.from.value = from;
      form.elements.until.value = until;
    });
  })();
}

export const replay = { name: "replay", parent: "runs", title: "Replay", show };
