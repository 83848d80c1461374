// Edges, what waits for them, and how far roles are, as this gateway and its workers know it.
import { get } from "/console/api.js";
import { h, update } from "/console/dom.js";
import { edgeRows, edgeTable, PURGE_SECONDS } from "/console/edgetable.js";
import { age, number } from "/console/format.js";
import { backlog, backlogTable } from "/console/lag.js";
import { readMetrics } from "/console/metrics.js";
import { RecentHistograms } from "/console/recent.js";

const LAG = "cachesync_consumer_lag_records";

const OWN = {
  cachesync_projector_lag_records: "Projector: records not in the view yet",
  cachesync_worker_open_records: "Worker: records in work",
  cachesync_worker_edges_down: "Worker: edges left alone after failures",
  cachesync_worker_retries_total: "Worker: retry records read",
  cachesync_gateway_pending: "Gateway: requests that Kafka has not confirmed",
  cachesync_gateway_streams: "Gateway: live streams",
};
const CAUGHT_UP = {
  cachesync_projector_caught_up_timestamp_seconds: "Projector: had read all",
  cachesync_worker_caught_up_timestamp_seconds: "Worker: had read all",
};

function caughtUp(metrics) {
  return Object.entries(CAUGHT_UP).map(([name, label]) => [label, metrics.earliest(name)])
    .filter(([, time]) => time > 0).map(([label, time]) => [label, `${age(new Date(time * 1_000).toISOString())} ago`]);
}

// What the processes know, as names with values.
function lines(metrics, hasTopics) {
  const counts = Object.entries(OWN).map(([name, label]) => [label, metrics.value(name)])
    .filter(([, value]) => value !== null).map(([label, value]) => [label, number(value)]);
  const topics = hasTopics ? [] : metrics.sums(LAG, "topic").map(([topic, records]) => [topic, number(records)]);
  return [...topics, ...counts, ...caughtUp(metrics)];
}

function show({ root, keep, told, signal }) {
  const [list, waiting] = [h("section"), h("section")];
  root.append(h("h1", {}, "Edges"), list, waiting);
  const recent = new RecentHistograms({ [PURGE_SECONDS]: "edge" });
  keep(async () => {
    const [failing, metrics, topics] = await Promise.all([
      get("/status/edges", {}, signal), readMetrics(signal), backlog(signal),
    ]);
    if (signal.aborted) return;
    told(failing.asOf);
    const lately = recent.add(metrics);
    const rows = edgeRows(metrics, lately, failing.edges);
    update(list, [rows, failing.complete, lately.span], () => [
      rows.length ? edgeTable(rows)
        : h("p", {}, "No edge fails, and no worker is known: gateway.workers names their admin addresses."),
      rows.length > 0 && h("p", { class: "hint" }, `p50 and p99 are of purges, ${lately.span}; their number of all.`),
      !failing.complete && h("p", { class: "hint" }, "Of the requests that fail the newest 5,000 were looked at."),
    ]);
    const own = lines(metrics, topics !== null);
    update(waiting, [own, topics], () => [
      topics && h("h2", {}, "Waiting, by topic"), topics && backlogTable(topics),
      h("h2", {}, "This gateway and its workers"),
      h("dl", { class: "pairs" }, own.map(([name, value]) => [h("dt", {}, name), h("dd", { class: "number" }, value)])),
      h("p", { class: "hint" }, "Processes tell more at /metrics of their --admin address. The setting ",
        "gateway.workers names those of workers. The command “cachesync edges check” asks each edge to purge what ",
        "nobody has cached."),
    ]);
  });
}

export const edges = { name: "edges", title: "Edges", letter: "e", scope: "read", show };
