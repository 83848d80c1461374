// One run: its plan, how far it is, and the reins: pace, pause, cancel.
import { change, get, getIfAllowed } from "/console/api.js";
import { confirmed } from "/console/confirm.js";
import { announce, h, pairList, update } from "/console/dom.js";
import { moment, number, seconds, state } from "/console/format.js";
import { address } from "/console/router.js";
import { table } from "/console/table.js";

const INTERVAL = 1_500; // ms: the stream tells nothing of runs, and the runner's state is a second old
const OVER = ["done", "incomplete", "cancelled", "failed"];
const DONE = ["absorbed", "accepted", "purged", "verified"];
const WAITING = ["queued", "sending", "deferred"];
const BARS = [
  ["Edge"], [""], ["Done", "number"], ["Waiting", "number"], ["Dead letters", "number"], ["Planned", "number"],
  ["Calls", "number wide"], ["Time", "number wide"],
];
const COUNTS = {
  read: "Records read", matched: "Matched", published: "Published", done: "Done already", superseded: "Superseded",
  expired: "Expired", quarantined: "Quarantined", lost: "Removed before they were read",
  deadLettersAgain: "Dead letters once more",
};
const PLANNED = { published: "Would be published" }; // a plan counts what is not done yet

function progress(run) {
  const total = run.plan?.counts?.published ?? 0;
  const part = Math.min(run.published ?? 0, total);
  const isUnder = ["running", "paused", "published"].includes(run.phase) || OVER.includes(run.phase);
  if (!total || !isUnder || run.phase === "cancelled") return null;
  return h("p", {}, h("progress", { max: total, value: part, "aria-label": "Published" }),
    ` ${number(part)} of ${number(total)} published`);
}

function about(run) {
  const pairs = [
    ["Run", h("span", { class: "id" }, run.run)], ["Kind", run.kind ?? "–"], ["Ordered", moment(run.orderedAt)],
    ["Who", run.who ?? "–"], ["Reason", run.reason || "–"], run.why && ["Why it stands", run.why],
    ...Object.entries(COUNTS).filter(([name]) => run[name])
      .map(([name, label]) => [run.phase === "planned" ? PLANNED[name] ?? label : label, number(run[name])]),
  ];
  return pairList(pairs);
}

const sum = (requests, states) => states.reduce((total, state) => total + (requests[state] ?? 0), 0);

// Replays have requests of their own, and edges tell of those. A redrive is one more try of others' requests: what an
// edge could not do of it is a dead letter once more, and all else is its plan.
function edgeRow([edge, cost], told, letters, id) {
  const requests = told?.requests ?? {};
  const [done, waiting] = [sum(requests, DONE), sum(requests, WAITING)];
  const most = Math.max(cost?.requests ?? 0, sum(requests, Object.keys(requests)), 1);
  const dead = requests.dead ?? letters;
  return {
    key: edge,
    cells: [
      edge, told && h("progress", { max: most, value: done, "aria-label": `Done by ${edge}` }),
      told ? number(done) : "–", told ? number(waiting) : "–",
      dead ? h("a", { href: address("dead", { q: `run:${id} edge:${edge} all:true` }) }, number(dead)) : "0",
      ...(cost ? [number(cost.requests), number(cost.calls), seconds(cost.seconds)] : ["–", "–", "–"]),
    ],
  };
}

function bars({ run: id, plan, edges = [] }, dead) {
  const planned = plan?.byEdge ?? {};
  const names = [...new Set([...Object.keys(planned), ...edges.map(({ edge }) => edge)])].sort();
  if (!names.length) return [];
  const letters = (edge) => dead?.find((one) => one.group === edge)?.deadLetters ?? 0;
  return [
    h("h2", {}, "By edge"),
    table("By edge", BARS, names.map((edge) =>
      edgeRow([edge, planned[edge]], edges.find((one) => one.edge === edge), letters(edge), id))),
  ];
}

async function set(run, body, question) {
  if (question && !await confirmed({ ...question, count: run.published ?? 0, asOf: run.plan?.at ?? run.at })) return;
  await change("PATCH", `/replays/${encodeURIComponent(run.run)}`, { body: { ...body, reason: run.reason } });
}

function paceForm(run, apply) {
  const input = h("input", {
    id: "rate", type: "number", min: "0.1", max: "1000000", step: "any", required: true,
    value: run.order?.spec?.rate ?? "", "aria-describedby": "rate-hint",
  });
  return h("form", { class: "row", submit: (event) => {
    event.preventDefault();
    apply({ rate: Number(input.value) })();
  } }, h("label", { for: "rate" }, "Requests/s"), input, h("button", { type: "submit" }, "Set the pace"),
  h("span", { class: "hint", id: "rate-hint" }, "Without one it goes as fast as the workers."));
}

// - latest: the run as it is when something is asked about it.
function reins(run, latest, { guarded, renew }) {
  if (OVER.includes(run.phase)) return [];
  const apply = (body, question) => guarded(async () => {
    await set(latest(), body, question?.(latest()));
    renew();
  });
  const button = (label, body, question, kind) =>
    h("button", { type: "button", class: kind, click: apply(body, question) }, label);
  const words = ({ kind, run: id, phase, plan, published = 0 }) => {
    if (phase === "planned") return [`The ${kind} ${id}: ${number(published)} would be published.`];
    const all = plan?.counts?.published;
    return [`The ${kind} ${id}: ${number(published)}${all ? ` of ${number(all)}` : ""} published so far.`];
  };
  return [
    h("p", { class: "row" },
      run.phase === "planned" && button("Run it", { state: "running", expect: run.matched },
        (now) => ({ title: "Run it?", words: words(now), action: `Run ${number(now.published ?? 0)}` }), "main"),
      run.phase === "paused" && button("Resume", { state: "running" }),
      ["running", "published"].includes(run.phase) && button("Pause", { state: "paused" }),
      button("Cancel", { state: "cancelled" }, (now) => ({
        title: "Cancel the run?", words: [...words(now), "What was published stays published."],
        action: "Cancel the run",
      }), "danger")),
    run.kind !== "discard" && paceForm(run, apply),
  ];
}

function show(context) {
  const { root, parameters, keep, told, signal } = context;
  const names = ["state", "progress", "reins", "about", "plan"];
  const parts = Object.fromEntries(names.map((name) => [name, h("section", { "data-part": name })]));
  root.append(h("h1", {}, "Run"), ...Object.values(parts));
  let latest = null;
  context.renew = keep(async () => {
    const run = await get(`/replays/${encodeURIComponent(parameters.id ?? "")}`, {}, signal);
    const dead = run.deadLettersAgain > 0
      ? await getIfAllowed("/dead", { run: run.run, all: "true", group: "edge" }, signal) : null;
    if (signal.aborted) return;
    latest = run;
    told(run.asOf);
    update(parts.state, run.phase, () => {
      announce(`The run is ${run.phase}`);
      return h("p", { class: "large" }, state(run.phase));
    });
    update(parts.progress, [run.phase, run.published, run.matched], () => progress(run) ?? []);
    update(parts.reins, [run.phase, run.matched], () => reins(run, () => latest, context));
    update(parts.about, { ...run, asOf: null, state: null, edges: null }, () => [about(run), run.run
      && h("p", {}, h("a", { href: address("dead", { q: `run:${run.run} all:true` }) }, "Dead letters of this run"))]);
    update(parts.plan, [run.plan, run.edges, dead?.groups], () => bars(run, dead?.groups));
  }, INTERVAL);
}

export const run = { name: "run", parent: "runs", title: "Run", show };
