// The edges of known workers and those that fail, in one table.
import { h } from "/console/dom.js";
import { moment, number, seconds, state } from "/console/format.js";
import { address } from "/console/router.js";
import { table } from "/console/table.js";

const COLUMNS = [
  ["Edge"], ["Breaker"], ["Dead letters", "number"], ["Deferred", "number"], ["Purges", "number wide"],
  ["p50", "number wide"], ["p99", "number"], ["Last failure", "text"],
];
export const PURGE_SECONDS = "cachesync_edge_purge_duration_seconds";

// Metrics know the edges of workers, and how long purges took lately; the view knows where requests fail.
export function edgeRows(metrics, lately, failing) {
  const names = metrics.sums("cachesync_edge_breaker_state", "edge").map(([edge]) => edge);
  for (const { edge } of failing) if (!names.includes(edge)) names.push(edge);
  return names.map((edge) => {
    const fault = failing.find((one) => one.edge === edge);
    const breaker = metrics.value("cachesync_edge_breaker_state", "edge", edge);
    return {
      edge, breaker: breaker === null ? null : breaker > 0 ? "open" : "closed",
      openings: metrics.value("cachesync_edge_breaker_openings_total", "edge", edge) ?? 0,
      openedAt: metrics.latest("cachesync_edge_breaker_opened_timestamp_seconds", "edge", edge),
      dead: fault?.dead ?? 0, deferred: fault?.deferred ?? 0, last: fault?.last,
      purges: metrics.value("cachesync_edge_purges_total", "edge", edge),
      p50: lately.quantile(0.5, PURGE_SECONDS, edge), p99: lately.quantile(0.99, PURGE_SECONDS, edge),
    };
  });
}

// What became of the breaker since the workers began: nothing where it was never open.
export function breakerHistory({ breaker, openings, openedAt }) {
  if (!openings || !openedAt) return null;
  const when = moment(new Date(openedAt * 1_000).toISOString());
  return breaker === "open" ? [" since ", when, openings > 1 && `, opened ${number(openings)} times`]
    : [`, opened ${openings > 1 ? `${number(openings)} times, last ` : ""}`, when];
}

function cells(row) {
  const last = row.last && [
    h("a", { href: address("request", { id: row.last.id, namespace: row.last.namespace }) }, moment(row.last.at)),
    " ", row.last.message,
  ];
  return [
    h("a", { href: address("requests", { q: `edge:${row.edge}` }) }, row.edge),
    row.breaker ? [state(row.breaker, { breaker: true }), breakerHistory(row)] : "–",
    row.dead ? h("a", { href: address("dead", { q: `edge:${row.edge}` }) }, number(row.dead)) : "0",
    number(row.deferred),
    row.purges === null ? "–" : number(row.purges), seconds(row.p50), seconds(row.p99), last ?? "",
  ];
}

export const edgeTable = (rows) => table("Edges", COLUMNS, rows.map((row) => ({ key: row.edge, cells: cells(row) })));
