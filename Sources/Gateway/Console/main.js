// The frame of the console: menu, tools, and the screen that the address names.
import { Problem, token } from "/console/api.js";
import { board } from "/console/board.js";
import { dead } from "/console/dead.js";
import { deadLetter } from "/console/letter.js";
import { h } from "/console/dom.js";
import { edges } from "/console/edges.js";
import { age, clock } from "/console/format.js";
import { listenToKeys } from "/console/keyboard.js";
import { keep, pace, pause, paused } from "/console/live.js";
import { problemBox } from "/console/problem.js";
import { publish } from "/console/publish.js";
import { replay } from "/console/replay.js";
import { request } from "/console/request.js";
import { requests } from "/console/requests.js";
import { address, current, follow } from "/console/router.js";
import { run } from "/console/run.js";
import { runs } from "/console/runs.js";
import { schemeSwitch } from "/console/scheme.js";
import { signInForm } from "/console/signin.js";
import { listen } from "/console/stream.js";

const MENU = [board, requests, publish, dead, runs, edges];
const SCREENS = [...MENU, request, deadLetter, replay, run];

const content = document.getElementById("content");
const asOfText = h("span", { class: "hint", id: "as-of" });
let asOf = null;
let over = new AbortController();

function showAge() {
  if (!asOf) return asOfText.replaceChildren();
  asOfText.textContent = `as of ${clock(asOf)}, ${age(asOf)} ago${paused() ? ", paused" : ""}`;
}

const pauseButton = h("button", { type: "button", class: "plain", click: () => pause(!paused()) }, "Pause");

function showPause() {
  pauseButton.textContent = paused() ? "Go on" : "Pause";
  pauseButton.setAttribute("aria-pressed", String(paused()));
  showAge();
}

function signOut() {
  token.set("");
  location.assign("/");
}

function showMenu(name) {
  const { parent } = SCREENS.find((screen) => screen.name === name) ?? {};
  document.getElementById("menu").replaceChildren(...MENU.map((screen) => h("a", {
    href: address(screen.name), "aria-current": [name, parent].includes(screen.name) ? "page" : undefined,
  }, screen.title)));
}

function showTools(help) {
  document.getElementById("tools").replaceChildren(
    asOfText, pauseButton, schemeSwitch(),
    h("button", { type: "button", class: "plain", title: "Keys (?)", "aria-label": "Keys", click: help }, "?"),
    ...(token.get() ? [h("button", { type: "button", class: "plain", click: signOut }, "Sign out")] : []));
}

// What a screen gets: where it shows, what the address says, and how it stays up to date.
function context(root, faults, parameters, signal) {
  const fail = (problem) => {
    if (signal.aborted) return;
    if (!(problem instanceof Problem)) console.error(problem);
    if (problem.status === 401) root.replaceChildren(signInForm(problem, () => location.reload()));
    faults.replaceChildren(...(problem.status === 401 ? [] : [problemBox(problem)]));
  };
  const guarded = (action) => async (...values) => {
    try {
      const result = await action(...values);
      if (!signal.aborted) faults.replaceChildren();
      return result;
    } catch (problem) {
      fail(problem);
      return undefined;
    }
  };
  return {
    root, parameters, signal, guarded, fail,
    told: (time) => {
      asOf = time ?? asOf;
      showAge();
    },
    keep: (refresh, interval) => keep(guarded(refresh), signal, interval),
  };
}

function show() {
  over.abort();
  over = new AbortController();
  const { screen: name, parameters } = current();
  const screen = SCREENS.find((one) => one.name === name);
  const root = h("div", { id: "screen" });
  const faults = h("div", { id: "faults" });
  content.replaceChildren(faults, root);
  showMenu(name);
  document.title = `${screen?.title ?? "Not found"} – Cache Sync`;
  asOf = null;
  showAge();
  scrollTo(0, 0);
  if (screen) screen.show(context(root, faults, parameters, over.signal));
  else root.append(h("h1", {}, "There is no such screen"), h("p", {}, h("a", { href: "/" }, "To the board")));
}

showTools(listenToKeys(MENU, { togglePause: () => pause(!paused()) }));
pace.addEventListener("change", showPause);
setInterval(showAge, 1_000);
follow(show);
show();
listen();
