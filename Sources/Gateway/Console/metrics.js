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

  // The bounds of a histogram with how many are below each, over all its other labels.
  buckets(name, label, text) {
    const counts = new Map();
    for (const { labels, value } of this.all(`${name}_bucket`)) {
      if (label && labels[label] !== text) continue;
      const bound = labels.le === "+Inf" ? Infinity : Number(labels.le);
      counts.set(bound, (counts.get(bound) ?? 0) + value);
    }
    return [...counts].sort(([left], [right]) => left - right);
  }

  // The smallest bound below which that share is; null where nothing was counted.
  quantile(share, name, label, text) {
    const buckets = this.buckets(name, label, text);
    const total = buckets.at(-1)?.[1] ?? 0;
    return total ? buckets.find(([, count]) => count >= share * total)[0] : null;
  }
}

// Of the gateway's process, and of the workers that it is told of.
export async function readMetrics(signal) {
  const texts = await Promise.all(["/metrics", "/metrics/workers"].map((path) => text(path, signal)));
  return new Metrics(texts.join("\n"));
}
