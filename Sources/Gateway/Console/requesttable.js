// Rows of requests, with links to their pages.
import { h } from "/console/dom.js";
import { moment, number, state } from "/console/format.js";
import { address } from "/console/router.js";
import { table } from "/console/table.js";

export const COLUMNS = [
  ["State"], ["Request"], ["Namespace"], ["Edges", "number"], ["Published", "time"], ["Changed", "time wide"],
  ["What went wrong", "text"],
];

const firstError = (request) => {
  const [error] = request.errors;
  if (!error) return "";
  const more = request.errors.length - 1;
  return `${error.edge ? `${error.edge}: ` : ""}${error.message}${more ? ` (and ${number(more)} more)` : ""}`;
};

export function requestRow(request) {
  const href = address("request", { id: request.id, namespace: request.namespace });
  return {
    key: request.id,
    cells: [
      state(request.status), h("a", { class: "id", href }, request.id), request.namespace ?? "–",
      `${number(request.completedEdges)}/${number(request.totalEdges)}`, moment(request.requestedAt),
      moment(request.updatedAt), firstError(request),
    ],
  };
}

export const requestTable = (requests) => table("Requests", COLUMNS, requests.map(requestRow));
