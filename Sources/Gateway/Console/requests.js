// The list of requests, newest first, by filter and by page.
import { get } from "/console/api.js";
import { h } from "/console/dom.js";
import { fixed, isRequestID, parse } from "/console/filter.js";
import { filterBox } from "/console/filterbox.js";
import { liveList, pageLinks } from "/console/livelist.js";
import { COLUMNS, requestRow } from "/console/requesttable.js";
import { go } from "/console/router.js";

const NAMES = ["namespace", "state", "edge", "edgeState", "source", "key", "since", "until"];
const LIMIT = 50;

function apply(text) {
  if (isRequestID(text)) go("request", { id: text.trim().toLowerCase() });
  else go("requests", { q: text });
}

function show({ root, parameters, keep, told, signal }) {
  const { values, fault } = parse(parameters.q ?? "", NAMES);
  const list = liveList({
    label: "Requests", columns: COLUMNS, follows: !parameters.cursor,
    empty: parameters.q ? "No request matches here." : "Nothing was published yet.",
  });
  root.append(
    h("h1", {}, "Requests"),
    filterBox({
      label: "Filter, or a request's id", text: parameters.q ?? "", names: NAMES, fault, apply,
      example: "namespace:shop state:failed since:-1h",
    }), list.element);
  if (parameters.focus === "filter") root.querySelector("input").focus();
  if (fault) return;
  keep(async () => {
    const query = { ...fixed(values), limit: LIMIT, cursor: parameters.cursor };
    const page = await get("/status", query, signal);
    if (signal.aborted) return;
    told(page.asOf);
    list.show(page.requests.map(requestRow), pageLinks("requests", { q: parameters.q }, parameters.cursor, page.next));
  });
}

export const requests = { name: "requests", title: "Requests", letter: "r", scope: "read", show };
