// Builds elements. Text goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// A function as the value of an attribute listens to the event of that name.
export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

// Names with what belongs to them; a pair that is false is left out.
export const pairList = (pairs) => h("dl", { class: "pairs" },
  pairs.filter(Boolean).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

const keys = new WeakMap();

// Replaces only what has changed. The focus stays at the same link or field, and what was open stays open.
export function update(parent, key, make) {
  const text = JSON.stringify(key);
  if (keys.get(parent) === text) return;
  keys.set(parent, text);
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const isOpen = parent.querySelector("details")?.open;
  parent.replaceChildren(...[make()].flat().filter(Boolean));
  if (isOpen) parent.querySelector("details")?.setAttribute("open", "");
  if (!focused) return;
  const mark = (one) => one.id || one.getAttribute("href") || one.textContent;
  [...parent.querySelectorAll(focused.localName)].find((one) => mark(one) === mark(focused))?.focus();
}

let timer = 0;
let announcedAt = 0;

// Tells readers of the screen, at most every five seconds; the last text counts.
export function announce(text) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    announcedAt = Date.now();
    document.getElementById("announcement").textContent = text;
  }, Math.max(0, announcedAt + 5_000 - Date.now()));
}
