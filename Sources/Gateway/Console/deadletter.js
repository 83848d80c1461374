// One dead letter: its headers and its value, as they are in the log.
import { get, text } from "/console/api.js";
import { h, pairList } from "/console/dom.js";
import { moment, number } from "/console/format.js";
import { address } from "/console/router.js";
import { table } from "/console/table.js";

const SHOWN_MAX = 65_536;

function about(letter) {
  const pairs = [
    ["Dead letter", h("span", { class: "id" }, letter.deadLetter)],
    ["Since", letter.time ? moment(letter.time) : "–"],
    ["State", letter.isOpen ? `open at ${letter.openEdges.join(", ")}` : "closed"],
    ["Error", letter.error], ["Class", letter.class], ["Edges", letter.edges.join(", ")],
    ["Request", letter.request ? h("a", {
      class: "id", href: address("request", { id: letter.request, namespace: letter.namespace }),
    }, letter.request) : "not readable"],
    ["Namespace", letter.namespace ?? "–"], ["From", letter.origin], ["Attempts", number(letter.attempts)],
    ["Redrives", `${number(letter.redrives)}${letter.isQuarantined ? ", quarantined" : ""}`],
    letter.run && ["Run", h("a", { class: "id", href: address("run", { id: letter.run }) }, letter.run)],
  ];
  return pairList(pairs);
}

const headers = (list) => table("Headers", [["Header"], ["Value", "text"]], list.map((one) => ({
  cells: [h("span", { class: "id" }, one.name), one.value ?? `${one.base64 ?? ""} (base64)`],
})));

function show({ root, parameters, guarded, told, signal }) {
  root.append(h("h1", {}, "Dead letter"));
  guarded(async () => {
    const path = `/dead/${(parameters.name ?? "").split("/").map(encodeURIComponent).join("/")}`;
    const [letter, value] = await Promise.all([get(path, {}, signal), text(`${path}/value`, signal)]);
    if (signal.aborted) return;
    told(letter.asOf);
    const isCut = value.length > SHOWN_MAX;
    root.append(about(letter), h("h2", {}, "Headers"), headers(letter.headers ?? []), h("h2", {}, "Value"),
      h("pre", { tabindex: "0", "aria-label": "Value" }, value.slice(0, SHOWN_MAX)),
      isCut ? h("p", { class: "hint" }, `The first ${number(SHOWN_MAX)} characters are shown.`) : "");
  })();
}

export const deadLetter = { name: "dead-letter", parent: "dead", title: "Dead letter", show };
