// The frame of the console: menu, tools, and the screen that the address names.
import { access, Problem, token } from "/console/api.js";
import { audit } from "/console/audit.js";
import { board } from "/console/board.js";
import { cache } from "/console/cache.js";
import { dead } from "/console/dead.js";
import { deadLetter } from "/console/deadletter.js";
import { h, update } from "/console/dom.js";
import { edges } from "/console/edges.js";
import { age, clock } from "/console/format.js";
import { listenToKeys } from "/console/keyboard.js";
import { keys } from "/console/keys.js";
import { lag } from "/console/lag.js";
import { keep, pace, pause, paused } from "/console/live.js";
import { namespaces } from "/console/namespaces.js";
import { problemBox } from "/console/problem.js";
import { publish } from "/console/publish.js";
import { replay } from "/console/replay.js";
import { request } from "/console/request.js";
import { requests } from "/console/requests.js";
import { address, current, follow } from "/console/router.js";
import { rollout } from "/console/rollout.js";
import { run } from "/console/run.js";
import { runs } from "/console/runs.js";
import { schemeSwitch } from "/console/scheme.js";
import { signInForm } from "/console/signin.js";
import { listen } from "/console/stream.js";

const MENU = [board, requests, publish, dead, runs, edges, namespaces, lag, cache, audit, keys];
const SCREENS = [...MENU, request, deadLetter, replay, run, rollout];

const content = document.getElementById("content");
const asOfText = h("span", { class: "hint", id: "as-of" });
const OLD = 30_000; // ms: the view is not up to date, or the gateway does not answer
let asOf = null;
let scopes = null; // of the credential; null while they are not known
let over = new AbortController();

function showAge() {
  if (!asOf) return asOfText.replaceChildren();
  asOfText.classList.toggle("fault", !paused() && Date.now() - Date.parse(asOf) > OLD);
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

// Who may not ask for a screen is not led there.
const isOpen = (screen) => !scopes || scopes.includes(screen.scope);

function showMenu(name) {
  const { parent } = SCREENS.find((screen) => screen.name === name) ?? {};
  document.getElementById("menu").replaceChildren(...MENU.filter(isOpen).map((screen) => h("a", {
    href: address(screen.name), "aria-current": [name, parent].includes(screen.name) ? "page" : undefined,
  }, screen.title)));
}

function showTools(help) {
  document.getElementById("tools").replaceChildren(
    asOfText, pauseButton, schemeSwitch(),
    h("button", { type: "button", class: "plain", title: "Keys (?)", "aria-label": "Keys", click: help }, "?"),
    ...(token.get() ? [h("button", { type: "button", class: "plain", click: signOut }, "Sign out")] : []));
}

// Runs an action, and shows in its own box why it did not work, until it works.
function guard(box, leave, signal) {
  const fail = (problem) => {
    if (signal.aborted) return;
    if (!(problem instanceof Problem)) console.error(problem);
    if (problem.status === 401) leave(problem);
    else update(box, [problem.status, problem.title, problem.detail], () => problemBox(problem));
  };
  return (action) => async (...values) => {
    try {
      const result = await action(...values);
      update(box, null, () => []);
      return result;
    } catch (problem) {
      return fail(problem);
    }
  };
}

// What a screen gets: where it shows, what the address says, and how it stays up to date.
function context(parameters, controller) {
  const { signal } = controller;
  const root = h("div");
  const [ofActions, ofRefresh] = [h("div"), h("div")];
  content.replaceChildren(ofActions, ofRefresh, root);
  // Nothing is asked for any more, so that the form stays as it is filled in.
  const leave = (problem) => {
    controller.abort();
    content.replaceChildren(signInForm(problem, () => location.reload()));
  };
  const kept = guard(ofRefresh, leave, signal);
  return {
    root, parameters, signal, guarded: guard(ofActions, leave, signal),
    told: (time) => {
      asOf = time ?? asOf;
      showAge();
    },
    keep: (refresh, interval) => keep(kept(refresh), signal, interval),
  };
}

function show() {
  over.abort();
  over = new AbortController();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  const { screen: name, parameters } = current();
  const screen = SCREENS.find((one) => one.name === name);
  showMenu(name);
  document.title = `${screen?.title ?? "Not found"} – Cache Sync`;
  asOf = null;
  showAge();
  scrollTo(0, 0);
  const frame = context(parameters, over);
  if (screen) return screen.show(frame);
  return frame.root.append(
    h("h1", {}, "There is no such screen"), h("p", {}, h("a", { href: "/" }, "To the board")));
}

// Who reads with a screen reader goes on at the new screen.
function navigate() {
  content.focus({ preventScroll: true });
  show();
}

async function learnScopes() {
  ({ scopes } = await access() ?? { scopes });
  showMenu(current().screen);
}

showTools(listenToKeys(() => MENU.filter(isOpen), { togglePause: () => pause(!paused()) }));
pace.addEventListener("change", showPause);
setInterval(showAge, 1_000);
follow(navigate);
show();
learnScopes();
listen();
