// Orders a run: plans it, shows what it would do, asks, and only then lets it run.
import { change, get, Problem } from "/console/api.js";
import { confirmed } from "/console/confirm.js";
import { clock, number, plural, seconds } from "/console/format.js";
import { go } from "/console/router.js";

const PLAN_MAX = 120_000; // ms

// The same order is one run, however often it is sent. (`randomUUID` is there on secure origins alone.)
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function planned(id, signal, tell) {
  for (const end = Date.now() + PLAN_MAX; Date.now() < end;) {
    const run = await get(`/replays/${id}`, { wait: "10s" }, signal);
    if (run.phase !== "planning") return run;
    tell(`Planning: ${number(run.read ?? 0)} records read so far.`);
  }
  throw new Problem(0, {
    title: "No plan yet",
    detail: `Run ${id} is still planned. A projector's process does that: is one there? It is in the list of runs.`,
  });
}

// What matches, and the run leaves alone.
function leftOut({ done = 0, superseded = 0, quarantined = 0, expired = 0 }) {
  return [[done, "done already"], [superseded, "superseded"], [quarantined, "quarantined"], [expired, "expired"]]
    .filter(([count]) => count).map(([count, name]) => `${number(count)} ${name}`).join(", ");
}

function planWords(run) {
  const { plan, matched = 0, published = 0, kind } = run;
  const all = `${plural(matched, "record")} ${matched === 1 ? "matches" : "match"}`;
  const does = kind === "discard" ? `${plural(published, "dead letter")} would be closed without another try`
    : `${plural(published, "request")} would be taken up`;
  const words = [`${all}; ${does}.`];
  if (plan?.oldest) words.push(`From ${clock(plan.oldest)} to ${clock(plan.newest)}.`);
  if (leftOut(run)) words.push(`Left out: ${leftOut(run)}.`);
  if (kind === "discard") return words;
  for (const [edge, cost] of Object.entries(plan?.byEdge ?? {}).slice(0, 20)) {
    const time = cost.seconds ? `, about ${seconds(cost.seconds)}` : "";
    words.push(`${edge}: ${plural(cost.requests, "request")}, ${plural(cost.calls, "call")}${time}`);
  }
  return words;
}

// - what: the order in words, repeated in the question.
export async function order(path, body, { title, what, action, signal, tell }) {
  const { run: id } = await change("POST", path, { body, key: newKey() });
  const run = await planned(id, signal, tell);
  tell("");
  if (run.phase !== "planned") return go("run", { id });
  const cancel = () => change("PATCH", `/replays/${id}`, { body: { state: "cancelled", reason: "not confirmed" } });
  if (!run.published) {
    await cancel();
    return tell(`${leftOut(run) ? `Left out: ${leftOut(run)}` : "Nothing matches"}. Nothing was done.`);
  }
  const isConfirmed = await confirmed({
    title, words: [what, ...planWords(run)], count: run.published, asOf: run.plan?.at ?? run.at,
    action: `${action} ${number(run.published)}`,
  });
  if (!isConfirmed) {
    await cancel();
    return tell("Nothing was done.");
  }
  // Each change of an order has a reason of its own; without this one the order's would be gone.
  const approval = { state: "running", expect: run.matched, reason: body.reason };
  await change("PATCH", `/replays/${id}`, { body: approval });
  return go("run", { id });
}
