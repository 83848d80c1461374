// Asks before something wide is done: in words, with the count and as of when.
import { h } from "/console/dom.js";
import { moment, number } from "/console/format.js";

const TYPED_FROM = 1_000;

function typedCount(count, button) {
  if (count <= TYPED_FROM) return null;
  button.disabled = true;
  const input = h("input", {
    id: "confirm-count", inputmode: "numeric", autocomplete: "off",
    input: () => { button.disabled = input.value.replace(/\D/g, "") !== String(count); },
  });
  return [h("label", { for: "confirm-count" }, `Type ${number(count)} to go on`), input];
}

// Resolves to whether it is to be done. With `asOf` it says of when the count is.
export function confirmed({ title, words, count, asOf, action }) {
  return new Promise((resolve) => {
    const button = h("button", { type: "submit", value: "yes", class: "danger" }, action);
    const dialog = h("dialog", { "aria-labelledby": "confirm-title" },
      h("form", { method: "dialog" },
        h("h2", { id: "confirm-title" }, title),
        words.map((sentence) => h("p", {}, sentence)),
        asOf && h("p", { class: "hint" }, "As of ", moment(asOf), "."),
        typedCount(count ?? 0, button),
        h("p", { class: "row end" },
          h("button", { type: "submit", value: "no", formnovalidate: true }, "Leave it"), button)));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.returnValue = "no";
    dialog.showModal();
  });
}
