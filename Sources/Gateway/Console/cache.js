// The cache node behind this gateway: what it holds, what waits for its database, and how rollouts stand.
import { answered, getIfAllowed, Problem, text } from "/console/api.js";
import { h, pairList, update } from "/console/dom.js";
import { bytes, number, state } from "/console/format.js";
import { Metrics } from "/console/metrics.js";
import { address, go } from "/console/router.js";
import { table } from "/console/table.js";
import { tile, tileList } from "/console/tiles.js";

const READS = "cachesync_cache_requests_total";
const COLUMNS = [
  ["Namespace"], ["Entries", "number"], ["at most", "number"], ["Memory", "number"], ["at most", "number"],
  ["Hits", "number"], ["Misses", "number"],
];
const FIELDS = ["Cache-Status", "Age", "Cache-Groups", "ETag"];

function tiles(stats, metrics) {
  const reads = metrics.value(READS);
  const hits = metrics.value(READS, "result", "hit") ?? 0;
  const part = ((100 * stats.bytes) / stats.limitBytes).toFixed(1);
  const { writes } = stats;
  return [
    tile("Entries", number(stats.entries), "now"),
    tile("Memory", bytes(stats.bytes), `of ${bytes(stats.limitBytes)}: ${part} %`),
    reads > 0 && tile("Hits", `${((100 * hits) / reads).toFixed(1)} %`, "of all reads since the start"),
    tile("Durability", stats.durability, stats.durability === "log" ? "writes outlive the node" : "a restart is empty"),
    writes && tile("Not flushed", number(writes.dirty), `keys, the oldest ${number(writes.oldestSeconds)} s`),
    writes && tile("Owned", number(writes.ownedPartitions), `partitions; ${writes.restoringPartitions} taken over`),
  ].filter(Boolean);
}

function namespaces(stats) {
  if (!stats.namespaces.length) return h("p", {}, "No namespace has entries.");
  return table("Namespaces", COLUMNS, stats.namespaces.map((one) => ({
    key: one.namespace,
    cells: [one.namespace, number(one.entries), one.entriesMax ? number(one.entriesMax) : "–", bytes(one.bytes),
      one.bytesMax ? bytes(one.bytesMax) : "–", number(one.hits), number(one.misses)],
  })));
}

// Namespaces that have a main API, and how far they have moved from it.
function rollouts(list) {
  if (!list?.length) return [];
  return [
    h("h2", {}, "Rollouts"),
    table("Rollouts", [["Namespace"], ["Phase"]], list.map((one) => ({
      key: `rollout ${one.namespace}`,
      cells: [h("a", { href: address("rollout", { namespace: one.namespace }) }, one.namespace), state(one.phase)],
    }))),
  ];
}

function lookupForm({ namespace = "default", key = "" }) {
  const fields = {
    namespace: h("input", { id: "entry-namespace", value: namespace, required: true, autocomplete: "off" }),
    key: h("input", { id: "entry-key", value: key, required: true, autocomplete: "off", "data-search": true }),
  };
  const submit = (event) => {
    event.preventDefault();
    go("cache", { namespace: fields.namespace.value.trim(), key: fields.key.value });
  };
  return h("form", { submit }, h("div", { class: "row" },
    h("label", { for: "entry-namespace" }, "Namespace"), fields.namespace,
    h("label", { for: "entry-key" }, "Key"), fields.key, h("button", { type: "submit" }, "Look up")));
}

// The value as its publisher sent it; null where the cache has none.
async function entry({ namespace, key }, signal) {
  try {
    const answer = await answered("GET", "/cache", {
      query: { namespace, key }, headers: { Accept: "application/json" }, signal,
    });
    const fields = FIELDS.map((name) => [name, answer.headers.get(name)]).filter(([, value]) => value);
    return { value: await answer.text(), fields };
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

function entryView(found) {
  if (!found) return h("p", {}, "The cache has no such entry.");
  return [
    pairList(found.fields),
    h("pre", { tabindex: "0", "aria-label": "Value" }, found.value),
  ];
}

function show({ root, parameters, keep, told, signal }) {
  const [figures, one] = [h("section"), h("section")];
  root.append(h("h1", {}, "Cache"), figures, h("h2", {}, "An entry"), lookupForm(parameters), one);
  keep(async () => {
    const [stats, exposition] = await Promise.all([getIfAllowed("/cache/stats", {}, signal), text("/metrics", signal)]);
    const found = stats && parameters.key ? await entry(parameters, signal) : undefined;
    if (signal.aborted) return;
    told(new Date().toISOString());
    const list = stats ? tiles(stats, new Metrics(exposition)) : null;
    update(figures, [stats, list], () => (stats ? [
      stats.writes?.problem && h("p", { class: "fault", role: "alert" }, stats.writes.problem),
      tileList(list), h("h2", {}, "Namespaces"), namespaces(stats), ...rollouts(stats.rollouts),
    ] : h("p", {}, "This gateway serves no cache, or your credential does not open it.")));
    if (found !== undefined) update(one, found, () => entryView(found));
  });
}

export const cache = { name: "cache", title: "Cache", letter: "c", scope: "cache", show };
