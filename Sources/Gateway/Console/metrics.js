// Reads the text format of Prometheus, as far as the metrics of gateway and workers use it.
import { text } from "/console/api.js";

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

export class Metrics {
  constructor(text) {
    this.samples = new Map();
    for (const line of text.split("\n")) {
      const [, name, labels, value] = LINE.exec(line) ?? [];
      if (!name) continue;
      if (!this.samples.has(name)) this.samples.set(name, []);
      this.samples.get(name).push({ labels: Metrics.labels(labels), value: Number(value) });
    }
  }

  static labels(text = "") {
    const pairs = [...text.matchAll(LABEL)].map(([, name, value]) => [name, value.replace(/\\(.)/g, "$1")]);
    return Object.fromEntries(pairs);
  }

  all(name) {
    return this.samples.get(name) ?? [];
  }

  // Null where this process has no such metric.
  value(name, label, text) {
    const found = this.all(name).filter(({ labels }) => !label || labels[label] === text);
    return found.length ? found.reduce((sum, { value }) => sum + value, 0) : null;
  }

  // Of times; 0 means none.
  earliest(name, label, text) {
    const times = this.all(name).filter(({ labels, value }) => value > 0 && (!label || labels[label] === text));
    return times.length ? Math.min(...times.map(({ value }) => value)) : null;
  }

  // Of times; 0 means none.
  latest(name, label, text) {
    const times = this.all(name).filter(({ labels, value }) => value > 0 && labels[label] === text);
    return times.length ? Math.max(...times.map(({ value }) => value)) : null;
  }

  // The sum of each text that the label has.
  sums(name, label) {
    const texts = new Set(this.all(name).map(({ labels }) => labels[label]));
    return [...texts].map((text) => [text, this.value(name, label, text)]);
  }

  // Of a histogram, by the texts of that label ("" without one): how many are below each bound.
  histograms(name, label) {
    const found = new Map();
    for (const { labels, value } of this.all(`${name}_bucket`)) {
      const text = label ? labels[label] : "";
      if (!found.has(text)) found.set(text, new Map());
      const [counts, bound] = [found.get(text), labels.le === "+Inf" ? Infinity : Number(labels.le)];
      counts.set(bound, (counts.get(bound) ?? 0) + value);
    }
    return found;
  }
}

// The smallest bound below which that share is of what came since `before`; null where nothing came, or it is not
// known, as of processes that have begun anew.
export function quantile(share, counts = new Map(), before = new Map()) {
  const grown = [...counts].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)])
    .sort(([left], [right]) => left - right);
  const total = grown.at(-1)?.[1] ?? 0;
  if (total <= 0 || grown.some(([, count]) => count < 0)) return null;
  return grown.find(([, count]) => count >= share * total)[0];
}

// Of the gateway's process, and of the workers that it is told of.
export async function readMetrics(signal) {
  const texts = await Promise.all(["/metrics", "/metrics/workers"].map((path) => text(path, signal)));
  return new Metrics(texts.join("\n"));
}
