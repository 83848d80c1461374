// What was measured lately: by how much histograms have grown in the last minute.
import { quantile } from "/console/metrics.js";

const WINDOW = 60_000; // ms
const STEP = 10_000; // ms: a board that is refreshed more often keeps few readings all the same

export class RecentHistograms {
  #names;
  #readings = [];

  // - names: of histograms, each with the label by which it is told; "" for none.
  constructor(names) {
    this.#names = names;
  }

  // Returns what came since the oldest reading of the last minute; with the first reading, since processes began.
  add(metrics, now = Date.now()) {
    const counts = Object.fromEntries(Object.entries(this.#names).map(([name, label]) =>
      [name, metrics.histograms(name, label)]));
    const kept = this.#readings.filter(({ at }) => at >= now - WINDOW && at < now);
    const [first] = kept;
    if (!kept.length || now - kept.at(-1).at >= STEP) kept.push({ at: now, counts });
    this.#readings = kept;
    const span = first ? now - first.at : 0;
    return {
      span: !first ? "since the start" : span > WINDOW - STEP ? "last minute" : `last ${Math.round(span / 1_000)} s`,
      // The share is of what has that text as its label; null where nothing came.
      quantile: (share, name, text = "") =>
        quantile(share, counts[name].get(text), first && (first.counts[name].get(text) ?? new Map())),
      has: (name, text = "") => quantile(1, counts[name].get(text)) !== null,
    };
  }
}
