// Light or dark: as the system says, or as chosen here.
import { h } from "/console/dom.js";

const NAME = "cachesync-scheme";
const CHOICES = { "": "system", light: "light", dark: "dark" };

function chosen() {
  const name = localStorage.getItem(NAME) ?? "";
  return name in CHOICES ? name : "";
}

function apply(name) {
  if (name) document.documentElement.dataset.scheme = name;
  else delete document.documentElement.dataset.scheme;
}

export function schemeSwitch() {
  apply(chosen());
  const select = h("select", {
    "aria-label": "Colors", title: "Colors", change: () => {
      localStorage.setItem(NAME, select.value);
      apply(select.value);
    },
  }, Object.entries(CHOICES).map(([value, label]) => h("option", { value, selected: value === chosen() }, label)));
  return select;
}
