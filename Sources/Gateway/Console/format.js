// Numbers, times and words as people read them.
import { h } from "/console/dom.js";

const whole = new Intl.NumberFormat("en");

export const number = (value) => whole.format(value);

export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

export function bytes(value) {
  const power = value < 1_024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(value) / 10));
  const scaled = value / 1_024 ** power;
  const isShort = scaled < 10 && !Number.isInteger(scaled);
  return `${isShort ? scaled.toFixed(1) : number(Math.round(scaled))} ${UNITS[power]}`;
}

const two = (value) => String(value).padStart(2, "0");

// The time of the day; before today with its date.
export function clock(text) {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return String(text);
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const hour = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return time.toDateString() === new Date().toDateString() ? hour : `${day} ${hour}`;
}

export function moment(text) {
  return text ? h("time", { datetime: text, title: text }, clock(text)) : "–";
}

export function age(text, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - Date.parse(text)) / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}

export function seconds(value) {
  if (value === null || value === undefined) return "–";
  if (value === Infinity) return "more than 10 s";
  if (value < 1) return `${Math.round(value * 1_000)} ms`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} s`;
}

const MARKS = {
  completed: "✓", purged: "✓", absorbed: "✓", done: "✓", closed: "✓", ready: "✓",
  valid: "✓", revoked: "✕",
  failed: "✕", dead: "✕", incomplete: "✕", open: "✕", unready: "✕",
  processing: "●", running: "●", published: "●", queued: "○", planning: "○", planned: "○",
  off: "○", shadow: "●", canary: "●", writes: "●", cutover: "●",
  deferred: "↻", paused: "‖", cancelled: "–", expired: "–", skipped: "–",
};

const WORDS = { absorbed: "coalesced", dead: "dead letter" };

// A state by mark, word and color: color alone says nothing.
export function state(name, { breaker = false } = {}) {
  const mark = h("span", { "aria-hidden": "true" }, MARKS[name] ?? "·");
  const word = breaker ? `breaker ${name}` : WORDS[name] ?? name;
  return h("span", { class: `state is-${name}` }, mark, ` ${word}`);
}
