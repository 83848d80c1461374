// A list that stays up to date without moving: rows change where they stand, new ones wait until they are asked for.
import { announce, h } from "/console/dom.js";
import { number } from "/console/format.js";
import { address } from "/console/router.js";
import { table, tableRow } from "/console/table.js";

function replace(row, next) {
  const focused = document.activeElement;
  const address = row.contains(focused) ? focused.getAttribute("href") : null;
  const isChecked = row.querySelector("input")?.checked;
  row.replaceWith(next);
  if (isChecked) next.querySelector("input").checked = true;
  if (address) [...next.querySelectorAll("a")].find((link) => link.getAttribute("href") === address)?.focus();
}

// To the first page of a list and to the one behind this one, as far as there are such pages.
// - filter: what else is in the address.
// - name: of the parameter that says where a page begins.
export const pageLinks = (screen, filter, cursor, next, name = "cursor") => [
  cursor && h("a", { href: address(screen, filter) }, "Newest"),
  next && h("a", { href: address(screen, { ...filter, [name]: next }) }, "Older"),
];

// - follows: false for older pages, to which nothing is added.
// - changed: called when rows were drawn anew.
export function liveList({ label, columns, empty, follows, changed = () => {} }) {
  const more = h("p", { class: "more" });
  const frame = h("div");
  let latest = null;
  const draw = () => {
    const { rows, footer } = latest;
    more.replaceChildren();
    frame.replaceChildren(
      rows.length ? table(label, columns, rows) : h("p", {}, empty), h("p", { class: "row" }, footer));
    announce(`${number(rows.length)} rows`);
    changed();
  };
  const offer = (count, isGone) => {
    const text = count ? `${number(count)} new` : "Show changes";
    if (!follows || !(count || isGone)) return more.replaceChildren();
    if (more.textContent === text) return;
    more.replaceChildren(h("button", { type: "button", click: draw }, text));
    if (count) announce(text);
  };
  const show = (rows, footer) => {
    latest = { rows, footer };
    const body = frame.querySelector("tbody");
    if (!body) return draw();
    const shown = new Map([...body.children].map((row) => [row.dataset.row, row]));
    for (const row of rows) {
      const old = shown.get(row.key);
      const next = old && tableRow(columns, row);
      if (old && !old.isEqualNode(next)) replace(old, next);
    }
    const keys = new Set(rows.map((row) => row.key));
    const isGone = [...shown.keys()].slice(0, rows.length).some((key) => !keys.has(key));
    offer(rows.filter((row) => !shown.has(row.key)).length, isGone);
  };
  return { element: h("section", {}, more, frame), show };
}
