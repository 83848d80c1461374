// Downloads dead letters with their keys and values, a document a line.
import { answered } from "/console/api.js";
import { fixed } from "/console/filter.js";
import { h } from "/console/dom.js";

const PAGES_MAX = 200;
const CURSOR = /[?&]cursor=([^&>]*)/;

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}

// Whether all are in the file: one browser's memory is no archive.
export async function download(values, signal) {
  const parts = [];
  let cursor;
  do {
    const answer = await answered("GET", "/dead/export", { query: { ...fixed(values), cursor }, signal });
    parts.push(await answer.blob());
    const [, next] = CURSOR.exec(answer.headers.get("Link") ?? "") ?? [];
    cursor = next && decodeURIComponent(next);
  } while (cursor && parts.length < PAGES_MAX);
  save(new Blob(parts, { type: "application/x-ndjson" }), "dead-letters.ndjson");
  return !cursor;
}
