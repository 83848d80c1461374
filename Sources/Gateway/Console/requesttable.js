// Rows of requests, with links to their pages.
import { h } from "/console/dom.js";
import { moment, number, state } from "/console/format.js";
import { address } from "/console/router.js";

const firstError = (request) => {
  const [error] = request.errors;
  if (!error) return "";
  const more = request.errors.length - 1;
  return `${error.edge ? `${error.edge}: ` : ""}${error.message}${more ? ` (and ${number(more)} more)` : ""}`;
};

export function requestRow(request) {
  const href = address("request", { id: request.id, namespace: request.namespace });
  return h("tr", { "data-row": request.id },
    h("td", {}, state(request.status)),
    h("td", {}, h("a", { class: "id", href }, request.id)),
    h("td", {}, request.namespace ?? "–"),
    h("td", { class: "number" }, `${number(request.completedEdges)}/${number(request.totalEdges)}`),
    h("td", { class: "time" }, moment(request.requestedAt)),
    h("td", { class: "time wide" }, moment(request.updatedAt)),
    h("td", { class: "text" }, firstError(request)));
}

export function requestTable(requests) {
  const head = [
    ["State"], ["Request"], ["Namespace"], ["Edges", "number"], ["Published", "time"], ["Changed", "time wide"],
    ["What went wrong", "text"],
  ];
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Requests" },
    h("table", {},
      h("thead", {}, h("tr", {}, head.map(([name, kind]) => h("th", { scope: "col", class: kind }, name)))),
      h("tbody", {}, requests.map(requestRow))));
}
