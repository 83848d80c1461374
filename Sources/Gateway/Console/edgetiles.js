// A tile per edge: breaker, rate against its limit, what waits and since when, latency.
import { h } from "/console/dom.js";
import { breakerHistory } from "/console/edgetable.js";
import { number, plural, seconds, state } from "/console/format.js";
import { address } from "/console/router.js";

const SENT = "cachesync_edge_sent_total";
const LIMIT = "cachesync_edge_limit_per_second";
const OLDEST = "cachesync_edge_oldest_waiting_timestamp_seconds";
const UNITS = ["requests", "items", "bytes"];

// Workers count every two seconds: rates over less would jump.
const WINDOW = 10_000; // ms

// Rates are what counters have grown by in the last ten seconds.
export class EdgeRates {
  #samples = [];

  add(rows, metrics, now = Date.now()) {
    const counts = new Map();
    for (const { labels, value } of metrics.all(SENT)) {
      const name = `${labels.unit} ${labels.edge}`;
      counts.set(name, (counts.get(name) ?? 0) + value);
    }
    const limits = metrics.all(LIMIT);
    this.#samples = this.#samples.filter((sample) => sample.at > now - WINDOW && sample.at <= now);
    const [first] = this.#samples;
    const rate = (unit, edge) => {
      const [count, before] = [counts, first?.counts].map((some) => some?.get(`${unit} ${edge}`));
      // A process that began anew counts from 0.
      const isKnown = before !== undefined && count >= before && first.at < now;
      return isKnown ? (count - before) / (now - first.at) * 1_000 : null;
    };
    const made = rows.map((row) => {
      const oldest = metrics.earliest(OLDEST, "edge", row.edge);
      return {
        ...row, waiting: metrics.value("cachesync_edge_waiting", "edge", row.edge),
        age: oldest > 0 ? Math.max(0, Math.round(now / 1_000 - oldest)) : null,
        rates: UNITS.map((unit) => ({
          unit, rate: rate(unit, row.edge),
          limit: limits.find(({ labels }) => labels.edge === row.edge && labels.unit === unit)?.value ?? null,
        })).filter(({ unit, rate: known, limit }) => limit !== null || unit === "requests" && known !== null),
      };
    });
    this.#samples.push({ at: now, counts });
    return made;
  }
}

const amount = (value) => (value === null ? "…" : value < 10 ? value.toFixed(1) : number(Math.round(value)));

function pace({ unit, rate, limit }, edge) {
  const label = limit === null ? `${amount(rate)} ${unit}/s` : `${amount(rate)} of ${amount(limit)} ${unit}/s`;
  const value = limit === null ? 0 : Math.min(1, (rate ?? 0) / limit);
  return h("p", {}, label,
    limit !== null && h("meter", { min: 0, max: 1, high: 0.9, value, "aria-label": `${edge}: ${label}` }));
}

function waits({ waiting, age }) {
  if (waiting === 0) return "nothing waits";
  return plural(waiting, "part waits", "parts wait") + (age === null ? "" : `, the oldest ${seconds(age)}`);
}

// - span: of which time latencies are.
function edgeTile(row, span) {
  return h("li", { class: "tile edge", "data-row": row.edge },
    h("h3", {}, h("a", { href: address("requests", { q: `edge:${row.edge}` }) }, row.edge)),
    h("p", {}, row.breaker ? [state(row.breaker, { breaker: true }), breakerHistory(row)]
      : "of a worker that gateway.workers does not name"),
    row.rates.map((one) => pace(one, row.edge)),
    row.waiting !== null && h("p", {}, waits(row)),
    row.p99 !== null && h("p", { class: "hint" }, `p50 ≤ ${seconds(row.p50)}, p99 ≤ ${seconds(row.p99)}, ${span}`),
    (row.dead > 0 || row.deferred > 0) && h("p", {},
      row.dead > 0 && h("a", { href: address("dead", { q: `edge:${row.edge}` }) }, plural(row.dead, "dead letter")),
      row.dead > 0 && row.deferred > 0 && ", ",
      row.deferred > 0 && `${number(row.deferred)} deferred`),
    row.last && h("p", { class: "message" },
      h("a", { href: address("request", { id: row.last.id, namespace: row.last.namespace }) }, "last failure"), " ",
      row.last.message));
}

export const edgeTiles = (rows, span) => h("ul", { class: "tiles" }, rows.map((row) => edgeTile(row, span)));
