// The form that publishes a request, with the plan of what it would come to.
import { change } from "/console/api.js";
import { confirmed } from "/console/confirm.js";
import { announce, h } from "/console/dom.js";
import { number, plural, seconds } from "/console/format.js";
import { newKey } from "/console/order.js";
import { go } from "/console/router.js";
import { table } from "/console/table.js";

const CALLS_CONFIRMED = 1_000;
const PLAN = [["Edge"], ["Calls", "number"], ["Time", "number"], ["Selectors"], ["Warnings", "text"]];
const DELAYS = { "": "at once", 30: "in 30 s", 300: "in 5 min", 3600: "in an hour" };

const lines = (text) => text.split(/[\n\s]+/).filter(Boolean);

function field(name, label, control, hint) {
  control.id = `publish-${name}`;
  control.name = name;
  if (hint) control.setAttribute("aria-describedby", `${control.id}-hint`);
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control,
    hint && h("p", { class: "hint", id: `${control.id}-hint` }, hint));
}

const select = (choices, chosen) => h("select", {}, Object.entries(choices).map(([value, label]) =>
  h("option", { value, selected: value === chosen }, label)));

function bodyOf(form, now = Date.now()) {
  const value = (name) => form.elements[name].value.trim();
  const body = { namespace: value("namespace"), mode: value("mode"), priority: value("priority") };
  for (const name of ["tags", "urls", "prefixes"]) {
    const list = lines(value(name));
    if (list.length) body[name] = list;
  }
  if (form.elements.everything.checked) body.everything = true;
  if (value("source")) body.source = value("source");
  const delay = Number(value("delay"));
  if (delay) body.notBefore = new Date(now + delay * 1_000).toISOString();
  return body;
}

function planRow(edge) {
  const { tags, urls, prefixes, everything } = edge.selectors;
  const counts = [[tags, "tag"], [urls, "URL"], [prefixes, "prefix", "prefixes"]]
    .filter(([count]) => count).map(([count, ...names]) => plural(count, ...names));
  const warnings = [
    edge.skipped > 0 && "does not concern it", edge.deadLetters > 0 && "it has no means for this: a dead letter",
    edge.softAsHard > 0 && "soft is purged hard",
  ].filter(Boolean);
  const selectors = [...counts, ...(everything ? ["everything"] : [])].join(", ") || "–";
  return { cells: [edge.edge, number(edge.calls), seconds(edge.seconds), selectors, warnings.join("; ")] };
}

function planned(plan) {
  const warnings = plan.items.flatMap((item) => item.warnings ?? []);
  return [
    h("h2", {}, "Plan"),
    h("p", {}, `${plural(plan.calls, "call")} to ${plural(plan.edges.length, "edge")}. Nothing was published.`),
    warnings.map((warning) => h("p", { class: "fault" }, `${warning.field}: ${warning.message}`)),
    table("Plan by edge", PLAN, plan.edges.map(planRow)),
  ].flat();
}

// What is wide is asked for first: everything of a namespace, prefixes, and many calls.
async function isMeant(body, plan) {
  if (!body.everything && !body.prefixes && plan.calls <= CALLS_CONFIRMED) return true;
  const what = body.everything ? `everything of the namespace ${body.namespace}`
    : `${plural((body.tags ?? []).length, "tag")}, ${plural((body.urls ?? []).length, "URL")} and `
      + `${plural((body.prefixes ?? []).length, "prefix", "prefixes")} of the namespace ${body.namespace}`;
  return confirmed({
    title: "Publish it?", action: "Publish", count: plan.calls, asOf: new Date().toISOString(),
    words: [
      `This purges ${what}, ${body.mode}.`, `${plural(plan.calls, "call")} to ${plural(plan.edges.length, "edge")}.`,
    ],
  });
}

function fields(parameters) {
  const area = (rows) => h("textarea", { rows, spellcheck: "false", autocomplete: "off" });
  const namespace = h("input", { value: parameters.namespace ?? "default", required: true, autocomplete: "off" });
  return [
    field("namespace", "Namespace", namespace),
    field("tags", "Tags", area(3), "One a line."),
    field("urls", "URLs", area(3), "One a line, with http:// or https://."),
    field("prefixes", "Prefixes", area(2), "Everything that begins so. One a line."),
    h("div", { class: "field check" },
      h("input", { type: "checkbox", id: "publish-everything", name: "everything" }),
      h("label", { for: "publish-everything" }, "Everything of the namespace")),
    h("div", { class: "columns" },
      field("mode", "Mode", select({ hard: "hard: remove", soft: "soft: mark as stale" }, "hard")),
      field("priority", "Priority", select({ high: "high", normal: "normal", low: "low" }, "normal")),
      field("delay", "When", select(DELAYS, "")),
      field("source", "Source", h("input", { maxlength: 128, autocomplete: "off" }))),
  ];
}

function show({ root, parameters, guarded }) {
  const plan = h("section", { id: "plan" });
  const planOf = (body) => change("POST", "/invalidate", { query: { plan: "true" }, body });
  const tellPlan = guarded(async () => {
    const answer = await planOf(bodyOf(form));
    plan.replaceChildren(...planned(answer));
    announce(`${plural(answer.calls, "call")} to ${plural(answer.edges.length, "edge")}`);
  });
  const button = h("button", { type: "submit", class: "main" }, "Publish");
  // The same text that is sent once more, after no answer, is the same request.
  let sent = { text: "", key: "" };
  const send = guarded(async () => {
    const body = bodyOf(form);
    if (!await isMeant(body, await planOf(body))) return;
    const text = JSON.stringify(body);
    if (sent.text !== text) sent = { text, key: newKey() };
    const status = await change("POST", "/invalidate", { body, key: sent.key });
    go("request", { id: status.id, namespace: body.namespace });
  });
  const form = h("form", { class: "panel", submit: async (event) => {
    event.preventDefault();
    button.disabled = true;
    await send();
    button.disabled = false;
  } }, fields(parameters),
  h("p", { class: "row" }, button, h("button", { type: "button", click: tellPlan }, "Plan")));
  root.append(h("h1", {}, "Publish"), h("p", { class: "hint" }, "What is stale? All caches in front of it forget it."),
    form, plan);
}

export const publish = { name: "publish", title: "Publish", letter: "n", scope: "publish", show };
