// One request: how far each edge is, what went before, and what can be done.
import { change, get, getIfAllowed } from "/console/api.js";
import { confirmed } from "/console/confirm.js";
import { announce, h, update } from "/console/dom.js";
import { moment, number, plural, state } from "/console/format.js";
import { order } from "/console/order.js";
import { address } from "/console/router.js";

const CELLS_MAX = 512;
const ENDED = ["completed", "failed"];

function pair(name, value) {
  return [h("dt", {}, name), h("dd", {}, value)];
}

function about(status) {
  return h("dl", { class: "pairs" },
    pair("Request", h("span", { class: "id" }, status.id)),
    pair("Namespace", status.namespace ?? "not known yet"),
    status.alsoIn && pair("Also in", status.alsoIn.map((namespace) => [
      h("a", { href: address("request", { id: status.id, namespace }) }, namespace), " ",
    ])),
    pair("Edges", `${number(status.completedEdges)} of ${number(status.totalEdges)} have done it`),
    status.absentEdges > 0 && pair("Held none", plural(status.absentEdges, "edge")),
    status.skippedEdges > 0 && pair("Skipped", plural(status.skippedEdges, "edge")),
    status.objects !== undefined && pair("Objects", `${number(status.objects)}, where the cache counts them`),
    pair("Published", moment(status.requestedAt)),
    status.notBefore && pair("Not before", moment(status.notBefore)),
    pair("Changed", moment(status.updatedAt)));
}

const SELECTORS = { tags: "tag", urls: "URL", prefixes: "prefix" };

function selectors({ selectors: named, selectorCounts: counts }) {
  const kinds = Object.entries(SELECTORS).filter(([kind]) => counts[kind] > 0);
  return [
    named.everything && pair("Stale", "everything of the namespace"),
    ...kinds.map(([kind, word]) => {
      const [shown, left] = [named[kind] ?? [], counts[kind] - (named[kind] ?? []).length];
      return pair(plural(counts[kind], word, kind === "prefixes" ? kind : `${word}s`), [
        h("ul", { class: "values" }, shown.map((value) => h("li", { class: "id" }, value))),
        left > 0 && h("span", { class: "hint" },
          shown.length ? `and ${number(left)} more` : "too long to be kept here"),
      ]);
    }),
  ];
}

// What the request's own record says; what an older release has folded has no more than its time.
function publication(told) {
  if (!told) return [];
  const [, trace] = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(told.traceparent ?? "") ?? [];
  return [
    h("h2", {}, "What was published"),
    h("dl", { class: "pairs" },
      told.cancels && pair("Calls off", h("a", { class: "id", href: address("request", { id: told.cancels }) },
        told.cancels)),
      told.selectors && selectors(told),
      told.mode && pair("Mode", told.mode),
      pair("Priority", told.priority),
      told.origin ? pair("Origin", h("span", { class: "id" }, told.origin))
        : pair("Selectors", "not known: an older release has read this record"),
      told.principal && pair("Published by", told.principal),
      told.source && pair("Source", told.source),
      trace && pair("Trace", h("span", { class: "id", title: told.traceparent }, trace))),
  ];
}

function cell(edge) {
  return h("li", {}, h("span", { class: "name" }, edge.edge), state(edge.state),
    edge.outcome && edge.outcome !== edge.state && h("span", { class: "hint" }, edge.outcome),
    edge.waits && h("span", { class: "hint" }, edge.waits),
    edge.objects !== undefined && h("span", { class: "hint" }, plural(edge.objects, "object")));
}

// Grouped by state, so that what is missing is seen at once.
function map(edges) {
  const groups = Map.groupBy(edges.slice(0, CELLS_MAX), (edge) => edge.state);
  return [
    h("h2", {}, "Edges"),
    [...groups].map(([name, list]) => [
      h("h3", {}, state(name), ` ${number(list.length)}`),
      h("ul", { class: "map" }, list.map(cell)),
    ]),
    edges.length > CELLS_MAX && h("p", { class: "hint" }, `The first ${number(CELLS_MAX)} are shown.`),
    !edges.length && h("p", {}, "No edge has been told yet."),
  ];
}

function attempt(generation, edges) {
  return h("li", {}, h("strong", {}, generation ? `Redrive ${generation}` : "First try"),
    h("ul", {}, edges.map((edge) => h("li", {}, edge.edge ?? "the whole request", " ", state(edge.state),
      edge.attempts ? ` after ${plural(edge.attempts, "attempt")}` : "",
      edge.message && h("span", { class: "message" }, edge.message)))));
}

function timeline(status) {
  const tries = [...(status.earlier ?? []), ...status.edges.map((edge) => ({ generation: 0, ...edge }))];
  const groups = [...Map.groupBy(tries, (one) => one.generation)].sort(([left], [right]) => left - right);
  return [
    h("h2", {}, "Timeline"),
    h("ol", { class: "timeline" },
      h("li", {}, h("strong", {}, "Published "), moment(status.requestedAt)),
      groups.map(([generation, edges]) => attempt(generation, edges.slice(0, CELLS_MAX))),
      h("li", {}, h("strong", {}, "Now "), state(status.status), " since ", moment(status.updatedAt))),
  ];
}

function failures(errors) {
  if (!errors.length) return [];
  return [
    h("h2", {}, "What went wrong"),
    h("ul", { class: "errors" }, errors.map((error) => h("li", {},
      h("strong", {}, error.edge ?? "The request"), h("span", { class: "hint" }, ` ${error.class}`),
      error.attempts > 0 && h("span", { class: "hint" }, `, ${plural(error.attempts, "attempt")}`),
      h("span", { class: "message" }, error.message)))),
  ];
}

async function cancel(status) {
  const isConfirmed = await confirmed({
    title: "Call the request off?", action: "Call it off", asOf: status.asOf,
    words: [`Request ${status.id} in ${status.namespace}: edges that have not got it yet need not any more.`],
  });
  if (isConfirmed) await change("DELETE", `/invalidate/${status.id}`, { query: { namespace: status.namespace } });
}

function redrive(status, letters, context) {
  const names = letters.map((letter) => letter.deadLetter);
  return order("/dead/redrive", { deadLetters: names, reason: `request ${status.id}` }, {
    title: "Redrive the request?", action: "Redrive", signal: context.signal, tell: context.tell,
    what: `${plural(names.length, "open dead letter")} of request ${status.id}.`,
  });
}

function actions(status, letters, context) {
  const mayCancel = !ENDED.includes(status.status) && status.namespace;
  const mayRedrive = letters.length > 0;
  const button = (label, action) => h("button", { type: "button", click: context.guarded(action) }, label);
  return [
    mayCancel && button("Call it off", async () => {
      await cancel(status);
      context.renew();
    }),
    mayRedrive && button("Redrive", () => redrive(status, letters, context)),
    mayRedrive && h("a", { href: address("dead", { q: `request:${status.id}` }) }, "Its dead letters"),
  ];
}

function show(context) {
  const { root, parameters, keep, told, signal } = context;
  const names = ["state", "buttons", "told", "about", "publication", "errors", "edges", "timeline"];
  const parts = Object.fromEntries(names.map((name) => [name, h("section", { "data-part": name })]));
  root.append(h("h1", {}, "Request"), ...Object.values(parts));
  context.tell = (text) => parts.told.replaceChildren(text);
  context.renew = keep(async () => {
    const id = encodeURIComponent(parameters.id ?? "");
    const { asOf, ...status } = await get(`/status/${id}`, { namespace: parameters.namespace }, signal);
    const isDead = status.edges.some((edge) => edge.state === "dead") || status.status === "failed";
    const page = isDead ? await getIfAllowed("/dead", { request: status.id, limit: 100 }, signal) : null;
    if (signal.aborted) return;
    told(asOf);
    const letters = page?.deadLetters ?? [];
    update(parts.state, status.status, () => {
      announce(`The request is ${status.status}`);
      return h("p", { class: "large" }, state(status.status));
    });
    const what = [status.status, status.namespace, letters.map((letter) => letter.deadLetter)];
    update(parts.buttons, what, () => h("p", { class: "row" }, actions({ ...status, asOf }, letters, context)));
    update(parts.about, status, () => about(status));
    update(parts.publication, status.publication ?? null, () => publication(status.publication).flat());
    update(parts.errors, status.errors, () => failures(status.errors));
    update(parts.edges, status.edges, () => map(status.edges).flat(2));
    update(parts.timeline, status, () => timeline(status));
  });
}

export const request = { name: "request", parent: "requests", title: "Request", show };
