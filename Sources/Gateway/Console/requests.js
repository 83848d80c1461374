// The list of requests, newest first, by filter and by page.
import { get } from "/console/api.js";
import { announce, h } from "/console/dom.js";
import { fixed, isRequestID, parse } from "/console/filter.js";
import { filterBox } from "/console/filterbox.js";
import { plural } from "/console/format.js";
import { requestRow, requestTable } from "/console/requesttable.js";
import { address, go } from "/console/router.js";

const NAMES = ["namespace", "state", "edge", "edgeState", "source", "key", "since", "until"];
const LIMIT = 50;

function apply(text) {
  if (isRequestID(text)) go("request", { id: text.trim().toLowerCase() });
  else go("requests", { q: text });
}

// Rows change where they stand; new ones wait until they are asked for, so that nothing moves under the pointer.
function renew(body, requests) {
  const known = new Map([...body.children].map((row) => [row.dataset.row, row]));
  for (const request of requests) {
    const row = known.get(request.id);
    const next = row && requestRow(request);
    if (!row || row.isEqualNode(next)) continue;
    const isFocused = row.contains(document.activeElement);
    row.replaceWith(next);
    if (isFocused) next.querySelector("a").focus();
  }
  return requests.filter((request) => !known.has(request.id));
}

function pages({ q, cursor }, next) {
  return h("p", { class: "row" },
    cursor && h("a", { href: address("requests", { q }) }, "Newest"),
    next && h("a", { href: address("requests", { q, cursor: next }) }, "Older"));
}

function list(root, parameters, first, more) {
  const hasRows = first.requests.length > 0;
  const end = first.next ? "None on this page; there may be older ones." : "No request is so.";
  root.replaceChildren(more, hasRows ? requestTable(first.requests) : h("p", {}, end), pages(parameters, first.next));
  announce(plural(first.requests.length, "request"));
}

function show({ root, parameters, keep, told, signal }) {
  const { values, fault } = parse(parameters.q ?? "", NAMES);
  const rows = h("div");
  root.append(
    h("h1", {}, "Requests"),
    filterBox({
      label: "Filter, or a request's id", text: parameters.q ?? "", names: NAMES, fault, apply,
      example: "namespace:shop state:failed since:-1h",
    }), rows);
  if (parameters.focus === "filter") root.querySelector("input").focus();
  if (fault) return;
  const more = h("p", { class: "more" });
  let isShown = false;
  let newest = null;
  const refresh = async () => {
    const query = { ...fixed(values), limit: LIMIT, cursor: parameters.cursor };
    const page = await get("/status", query, signal);
    if (signal.aborted) return;
    told(page.asOf);
    newest = page;
    const body = rows.querySelector("tbody");
    if (!isShown || !body) {
      isShown = true;
      list(rows, parameters, page, more);
      return;
    }
    const waiting = renew(body, page.requests);
    if (parameters.cursor || !waiting.length) return more.replaceChildren();
    const count = `${waiting.length}${waiting.length === LIMIT ? " or more" : ""} new`;
    if (more.textContent === count) return;
    more.replaceChildren(h("button", { type: "button", click: () => {
      more.replaceChildren();
      list(rows, parameters, newest, more);
    } }, count));
    announce(`${count} requests`);
  };
  keep(refresh);
}

export const requests = { name: "requests", title: "Requests", letter: "r", show };
