// Tables that become stacked rows on a narrow screen. The roles stay, whatever the layout makes of the elements.
import { h } from "/console/dom.js";

// - columns: name and kind: `number`, `time`, `text` (any length), `wide` (left out on a narrow screen).
// - `number` and `named` have their name beside them on a narrow screen.
// - Without a name the heading is given as an element, or there is none.
function heading(columns) {
  return h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, columns.map(([name, kind]) =>
    (typeof name === "string" && name ? h("th", { scope: "col", role: "columnheader", class: kind }, name)
      : h("td", { role: "cell", class: kind }, name)))));
}

export function tableRow(columns, { key, cells }) {
  return h("tr", { role: "row", "data-row": key }, cells.map((cell, index) => {
    const [name, kind] = columns[index];
    const hasLabel = /number|named/.test(kind ?? "");
    return h("td", { role: "cell", class: kind, "data-label": hasLabel ? name : undefined }, cell);
  }));
}

export function table(label, columns, rows, { hasHead = true } = {}) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    h("table", { role: "table", "aria-label": label }, hasHead && heading(columns),
      h("tbody", { role: "rowgroup" }, rows.map((row) => tableRow(columns, row)))));
}
