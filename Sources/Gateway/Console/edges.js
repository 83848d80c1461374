// Edges, what waits for them, and how far roles are, as this gateway's process knows it.
import { get, text } from "/console/api.js";
import { h, update } from "/console/dom.js";
import { edgeRows, edgeTable } from "/console/edgetable.js";
import { number } from "/console/format.js";
import { Metrics } from "/console/metrics.js";

const LAG = "cachesync_consumer_lag_records";

const OWN = {
  cachesync_projector_lag_records: "Projector: records not in the view yet",
  cachesync_worker_open_records: "Worker: records in work",
  cachesync_worker_edges_down: "Worker: edges left alone after failures",
  cachesync_worker_retries_total: "Worker: retry records read",
  cachesync_gateway_pending: "Gateway: requests that Kafka has not confirmed",
  cachesync_gateway_streams: "Gateway: live streams",
  cachesync_cache_entries: "Cache: entries",
};

function lag(metrics) {
  const topics = metrics.all(LAG);
  const own = Object.entries(OWN).map(([name, label]) => [label, metrics.value(name)])
    .filter(([, value]) => value !== null);
  return [
    h("h2", {}, "Waiting"),
    h("dl", { class: "pairs" },
      topics.map(({ labels, value }) => [h("dt", {}, labels.topic), h("dd", { class: "number" }, number(value))]),
      own.map(([label, value]) => [h("dt", {}, label), h("dd", { class: "number" }, number(value))])),
    h("p", { class: "hint" }, "Of this gateway's process. Others tell theirs at /metrics of their --admin address."),
  ];
}

function show({ root, keep, told, signal }) {
  const table = h("section");
  const waiting = h("section");
  root.append(h("h1", {}, "Edges"), table, waiting);
  keep(async () => {
    const [failing, exposition] = await Promise.all([get("/status/edges", {}, signal), text("/metrics", signal)]);
    if (signal.aborted) return;
    told(failing.asOf);
    const metrics = new Metrics(exposition);
    const rows = edgeRows(metrics, failing.edges);
    update(table, [rows, failing.complete], () => [
      rows.length ? edgeTable(rows) : h("p", {}, "No edge fails, and this process runs no worker."),
      !failing.complete && h("p", { class: "hint" }, "Of the requests that fail the newest 5,000 were looked at."),
    ]);
    const values = [metrics.all(LAG), Object.keys(OWN).map((name) => metrics.value(name))];
    update(waiting, values, () => lag(metrics));
  });
}

export const edges = { name: "edges", title: "Edges", letter: "e", show };
