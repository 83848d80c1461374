// Keys that work while no field has the focus.
import { h } from "/console/dom.js";
import { go } from "/console/router.js";

let waitsForScreen = 0;
const SEQUENCE_MAX = 1_500; // ms between g and the letter

function isTyping(target) {
  return target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select, dialog[open]");
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const index = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[index < 0 ? (step > 0 ? 0 : rows.length - 1) : index + step];
  next?.querySelector("a[href]")?.focus();
}

function help(screens) {
  const lines = [
    ["/", "to the filter"], ["j, k", "to the next row, and the one before"], ["Enter", "opens the row"],
    ["x", "selects the row"], ["p", "pauses, and goes on"], ["?", "shows this"],
    ...screens.map((screen) => [`g ${screen.letter}`, screen.title]),
  ];
  const dialog = h("dialog", { "aria-labelledby": "help-title", close: () => dialog.remove() },
    h("form", { method: "dialog" },
      h("h2", { id: "help-title" }, "Keys"),
      h("dl", { class: "keys" }, lines.map(([key, meaning]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, meaning)])),
      h("p", { class: "row end" }, h("button", { type: "submit" }, "Close"))));
  document.body.append(dialog);
  dialog.showModal();
}

function search() {
  const box = document.querySelector("[data-search]");
  if (box) box.focus();
  else go("requests", { focus: "filter" });
}

export function listenToKeys(screens, { togglePause }) {
  const actions = {
    "/": search, "?": () => help(screens()), j: () => move(1), k: () => move(-1), p: togglePause,
    x: () => document.activeElement?.closest("[data-row]")?.querySelector("input[type=checkbox]")?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    const isSecond = Date.now() - waitsForScreen < SEQUENCE_MAX;
    waitsForScreen = 0;
    if (isSecond) {
      const screen = screens().find(({ letter }) => letter === event.key);
      if (screen) go(screen.name);
    } else if (event.key === "g") {
      waitsForScreen = Date.now();
    } else if (actions[event.key]) {
      event.preventDefault();
      actions[event.key]();
    }
  });
  return () => help(screens());
}
