// The box in which a list is filtered.
import { h } from "/console/dom.js";

// `apply` gets the text once it is meant; a fault is shown beneath the box.
export function filterBox({ label, text, names, example, fault, apply }) {
  const input = h("input", {
    id: "filter", type: "search", value: text, placeholder: example, autocomplete: "off", spellcheck: "false",
    "data-search": true, "aria-describedby": "filter-help", "aria-invalid": fault ? "true" : undefined,
  });
  const submit = (event) => {
    event.preventDefault();
    apply(input.value.trim());
  };
  return h("form", { class: "filter", role: "search", submit },
    h("label", { for: "filter" }, label),
    h("div", { class: "row" }, input, h("button", { type: "submit" }, "Filter"),
      text && h("button", { type: "button", class: "plain", click: () => apply("") }, "Clear")),
    h("p", { id: "filter-help", class: fault ? "fault" : "hint" }, fault ?? `By ${names.join(", ")}.`));
}
