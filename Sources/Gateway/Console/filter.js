// The language of the filter box: NAME:VALUE, several with spaces between them, values with spaces in quotes.
// In quotes a backslash stands before a quote, and before a backslash.

const RELATIVE = /^-([1-9][0-9]{0,4})([smhd])$/;
const UNIT = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const WORD = /(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g;
const QUOTED = /"((?:[^"\\]|\\.)*)"?/g;
const REQUEST_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const isRequestID = (text) => REQUEST_ID.test(text.trim());

// What the words say: values by name, or what is wrong with them.
export function parse(text, names) {
  const values = {};
  for (const word of text.match(WORD) ?? []) {
    const colon = word.indexOf(":");
    const name = word.slice(0, Math.max(0, colon));
    const value = word.slice(colon + 1).replace(QUOTED, (_, text) => text.replace(/\\(.)/g, "$1"));
    if (!names.includes(name)) return { fault: `“${word}” is no filter. Known: ${names.join(", ")}.` };
    if (!value) return { fault: `${name} needs a value.` };
    if (name in values) return { fault: `${name} is given twice. Several values have commas between them.` };
    values[name] = value;
  }
  return { values };
}

const quoted = (text) => (/[\s"]/.test(text) ? `"${text.replace(/["\\]/g, "\\$&")}"` : text);

export function write(values) {
  return Object.entries(values).filter(([, value]) => value)
    .map(([name, value]) => `${name}:${quoted(value)}`).join(" ");
}

// Times so long before now become times of the calendar.
export function fixed(values, now = Date.now()) {
  const times = {};
  for (const name of ["since", "until"]) {
    const [, count, unit] = RELATIVE.exec(values[name] ?? "") ?? [];
    if (unit) times[name] = new Date(now - Number(count) * UNIT[unit]).toISOString();
  }
  return { ...values, ...times };
}

// In words, for confirmations: `where namespace is shop`; empty where nothing is filtered.
export function inWords(values) {
  const words = Object.entries(values).filter(([, value]) => value).map(([name, value]) => `${name} is ${value}`);
  return words.length ? `where ${words.join(", and ")}` : "";
}
