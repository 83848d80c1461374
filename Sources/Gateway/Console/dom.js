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

export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

// Replaces only what has changed, so that focus and selection stay where they are.
export function update(parent, key, make) {
  const text = JSON.stringify(key);
  if (parent.dataset.key === text) return;
  parent.dataset.key = text;
  parent.replaceChildren(...[make()].flat().filter(Boolean));
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
