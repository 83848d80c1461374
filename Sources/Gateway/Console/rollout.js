// How a namespace moves from its main API to the cache, step by step.
import { access, change, get } from "/console/api.js";
import { confirmed } from "/console/confirm.js";
import { announce, h, pairList, update } from "/console/dom.js";
import { moment, number, plural, state } from "/console/format.js";
import { address } from "/console/router.js";
import { actions } from "/console/rolloutactions.js";
import { table } from "/console/table.js";

const PATH = "/cache/rollout";
const SAMPLES = 20;
const GUARDS = [["Guard"], ["Limit", "number"], ["Now", "number"], ["Of", "named"]];
const COUNTS = [["Comparisons"], ["", "number"]];
const DIFFERENCES = [["When", "time"], ["Key", "text"], ["At", "named"], ["Main API", "text"], ["Cache", "text"]];
const RESULTS = {
  equal: "Equal", noise: "The main API disagreed with itself", late: "Equal a second later", different: "Different",
  failed: "Without an answer", shed: "Left out: too many at a time",
};

const percent = (value) => `${new Intl.NumberFormat("en", { maximumFractionDigits: 3 }).format(value)} %`;

const share = (part, all) => (all ? percent((100 * part) / all) : "–");

function shares({ phase, now }) {
  if (!now || phase === "off") return "The namespace has no rollout.";
  if (phase === "shadow") return `${percent(now.reads)} of the reads are compared; the main API answers all.`;
  const reads = `${percent(now.reads)} of the reads come from the cache`;
  return phase === "canary" ? `${reads}.` : `${reads}, ${percent(now.writes)} of the writes are queued.`;
}

function guardRows({ guards, figures = {} }) {
  const { compared = 0, different = 0, calls = 0, errors = 0, p99Milliseconds: p99, dead = 0 } = figures;
  const limit = (value) => (value === undefined ? "none" : percent(value));
  const least = `, from ${number(guards.samplesMin)} on`;
  return [
    ["Comparisons that differ", limit(guards.mismatchMax), share(different, compared),
      plural(compared, "comparison") + least],
    ["Errors of the cache", limit(guards.errorsMax), share(errors, calls), plural(calls, "answer") + least],
    ["p99 of the cache", guards.p99Milliseconds === undefined ? "none" : `${number(guards.p99Milliseconds)} ms`,
      p99 === undefined ? "–" : `${number(p99)} ms`, plural(calls, "answer") + least],
    ["Dead letters of writes", guards.allowDead ? "none" : "0", number(dead), "this phase"],
  ];
}

function guardTable(status) {
  if (!status.guards) return [];
  const follows = status.guards.action === "stop" ? "a cutover stops, other phases go back"
    : "the rollout goes one phase back";
  return [
    h("h2", {}, "Guards"),
    table("Guards", GUARDS, guardRows(status).map((cells) => ({ key: cells[0], cells }))),
    h("p", { class: "hint" }, `What this node saw lately: the last 1,000 at most. Where a limit is passed, ${follows}; `
      + "in the shadow nothing is compared any more."),
  ];
}

function about(status) {
  const times = ({ p50, p99 } = {}) => (p99 === undefined ? "–" : `p50 ${number(p50)} ms, p99 ${number(p99)} ms`);
  const { counts, milliseconds } = status;
  const pairs = [
    ["Namespace", status.namespace],
    status.by && ["Ordered by", status.by], status.at && ["Since", moment(status.at)],
    status.reason && ["Reason", status.reason],
    status.overSeconds !== undefined && ["Grows for", plural(status.overSeconds, "second")],
    ["Waits for the database", plural(status.dirty, "key")],
    status.restoring > 0 && ["Not known yet", plural(status.restoring, "partition")],
    ["Nodes", number(status.nodes)],
    status.away && ["Do not answer", h("span", { class: "fault" }, status.away.join(", "))],
    ["Answers", `${number(counts.cacheCalls)} by the cache, ${number(counts.mainCalls)} by the main API`],
    ["Cache", times(milliseconds.cache)], ["Main API", times(milliseconds.main)],
  ];
  return pairList(pairs);
}

function comparisons({ counts, samples = [] }) {
  const rows = Object.entries(RESULTS).filter(([name]) => counts[name] > 0);
  return [
    h("h2", {}, `${plural(counts.compared, "comparison")} in this phase`),
    rows.length > 0 && table("Comparisons", COUNTS, rows.map(([name, label]) => ({
      cells: [label, number(counts[name])],
    })), { hasHead: false }),
    samples.length > 0 && h("h2", {}, "Newest differences"),
    samples.length > 0 && table("Differences", DIFFERENCES, samples.map((one) => ({
      cells: [moment(one.at), one.key, one.pointer || "the whole", one.main, one.cache],
    }))),
  ].filter(Boolean);
}

function show(context) {
  const { root, parameters, keep, told, signal, guarded } = context;
  const { namespace = "default" } = parameters;
  const names = ["state", "actions", "about", "guards", "comparisons"];
  const parts = Object.fromEntries(names.map((name) => [name, h("section", { "data-part": name })]));
  root.append(h("h1", {}, "Rollout"), ...Object.values(parts),
    h("p", {}, h("a", { href: address("cache") }, "The cache")));
  const known = access();
  const send = (body, question) => guarded(async () => {
    if (!await confirmed({ ...question, asOf: new Date().toISOString() })) return;
    await change("POST", PATH, { query: { namespace }, body });
    renew();
  })();
  const renew = keep(async () => {
    const [status, open] = await Promise.all([get(PATH, { namespace, samples: SAMPLES }, signal), known]);
    if (signal.aborted) return;
    told(new Date().toISOString());
    const mayOrder = !open || open.scopes.includes("operate");
    update(parts.state, [status.phase, status.now], () => {
      announce(`The rollout is ${status.phase}`);
      return [h("p", { class: "large" }, state(status.phase)), h("p", {}, shares(status))];
    });
    update(parts.actions, [status.phase, status.at, mayOrder], () => (mayOrder ? actions(status, send)
      : h("p", { class: "hint" }, "Your credential does not open changes: they need the scope operate.")));
    update(parts.about, status, () => about(status));
    update(parts.guards, [status.guards, status.figures], () => guardTable(status).flat());
    update(parts.comparisons, [status.counts, status.samples], () => comparisons(status));
  });
}

export const rollout = { name: "rollout", parent: "cache", title: "Rollout", show };
