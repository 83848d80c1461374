// The live board: what goes through, what waits, what fails.
import { get, getIfAllowed, health } from "/console/api.js";
import { chart, hour } from "/console/chart.js";
import { announce, h, update } from "/console/dom.js";
import { edgeRows, PURGE_SECONDS } from "/console/edgetable.js";
import { EdgeRates, edgeTiles } from "/console/edgetiles.js";
import { number, seconds, state } from "/console/format.js";
import { backlog, backlogTable } from "/console/lag.js";
import { readMetrics } from "/console/metrics.js";
import { RecentHistograms } from "/console/recent.js";
import { requestTable } from "/console/requesttable.js";
import { address } from "/console/router.js";
import { tile, tileList } from "/console/tiles.js";
import { welcome } from "/console/welcome.js";

const REQUEST_SECONDS = "cachesync_request_duration_seconds";
const OVER = ["done", "incomplete", "cancelled", "failed"];

async function read(signal) {
  const [counts, failing, failures, newest, dead, runs, metrics, ready, topics] = await Promise.all([
    get("/status/counts", {}, signal), get("/status/edges", {}, signal),
    get("/status", { state: "failed", limit: 5 }, signal), get("/status", { limit: 1 }, signal),
    getIfAllowed("/dead", { group: "class" }, signal), getIfAllowed("/replays", { limit: 100 }, signal),
    readMetrics(signal), health(signal), backlog(signal),
  ]);
  return { counts, failing, failures, newest, dead, runs, metrics, ready, topics };
}

function tiles({ counts, dead, runs, metrics }, lately) {
  const minutes = hour(counts.minutes);
  const sum = (member) => minutes.reduce((total, minute) => total + minute[member], 0);
  const open = metrics.value("cachesync_worker_open_records");
  const quantile = (share) => `≤ ${seconds(lately.quantile(share, REQUEST_SECONDS))}`;
  const hasEnded = lately.quantile(1, REQUEST_SECONDS) !== null;
  const running = runs?.runs.filter((run) => !OVER.includes(run.phase)).length;
  return [
    tile("Requests/s", (minutes[58].published / 60).toFixed(1), "last full minute"),
    tile("Published", number(sum("published")), "last hour", address("requests")),
    tile("Completed", number(sum("completed")), "last hour", address("requests", { q: "state:completed" })),
    tile("Failed", number(sum("failed")), "last hour", address("requests", { q: "state:failed" })),
    lately.has(REQUEST_SECONDS) && tile("Until purged", hasEnded ? quantile(0.5) : "–",
      hasEnded ? `p50; p99 ${quantile(0.99)}; ${lately.span}` : `nothing ended, ${lately.span}`),
    open !== null && tile("In work", number(open), "records of workers"),
    dead && tile("Dead letters", number(dead.total), "open, all time", address("dead")),
    runs && tile("Runs", number(running), "not over", address("runs")),
  ].filter(Boolean);
}

// Who may not ask for the lag sees what this process measures.
const waiting = ({ topics, metrics }) => topics ?? metrics.sums("cachesync_consumer_lag_records", "topic")
  .map(([topic, records]) => ({ topic, records, oldest: null, seconds: null }));

function healthLine(ready) {
  if (!ready?.status) return null;
  const bad = Object.entries(ready.checks ?? {}).filter(([, check]) => !check.ok);
  return h("p", {}, "Gateway ", state(ready.status),
    bad.map(([name, check]) => h("span", { class: "fault" }, ` ${name}: ${check.detail ?? "not well"}`)));
}

function show({ root, keep, told, signal }) {
  const names = ["health", "welcome", "tiles", "chart", "edges", "failures", "backlog"];
  const parts = Object.fromEntries(names.map((name) => [name, h("section", { "data-part": name })]));
  root.append(h("h1", {}, "Board"), ...Object.values(parts));
  const rates = new EdgeRates();
  const recent = new RecentHistograms({ [REQUEST_SECONDS]: "", [PURGE_SECONDS]: "edge" });
  keep(async () => {
    const data = await read(signal);
    if (signal.aborted) return;
    told(data.counts.asOf);
    const lately = recent.add(data.metrics);
    const list = tiles(data, lately);
    const rows = hour(data.counts.minutes);
    const edges = rates.add(edgeRows(data.metrics, lately, data.failing.edges), data.metrics);
    const topics = waiting(data);
    const isEmpty = !data.newest.requests.length && !data.newest.next;
    const failures = data.failures.requests;
    update(parts.health, data.ready, () => healthLine(data.ready) ?? []);
    update(parts.welcome, isEmpty, () => (isEmpty ? welcome() : []));
    update(parts.tiles, list, () => tileList(list));
    update(parts.chart, rows, () => [h("h2", {}, "Last hour"), ...chart(rows)]);
    update(parts.edges, [edges, lately.span], () => (edges.length
      ? [h("h2", {}, "Edges"), edgeTiles(edges, lately.span)] : []));
    update(parts.failures, failures, () => (failures.length
      ? [h("h2", {}, "Newest failures"), requestTable(failures)] : []));
    update(parts.backlog, topics, () => (topics.length
      ? [h("h2", {}, "Waiting, by topic"), backlogTable(topics)] : []));
    announce(list.slice(1, 4).map((one) => `${one.name} ${one.value}`).join(", "));
  });
}

export const board = { name: "board", title: "Board", letter: "b", scope: "read", show };
