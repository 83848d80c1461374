// Replays, redrives and discards, newest first: also the record of who ordered what.
import { get } from "/console/api.js";
import { h } from "/console/dom.js";
import { moment, number, state } from "/console/format.js";
import { liveList, pageLinks } from "/console/livelist.js";
import { address } from "/console/router.js";

const LIMIT = 50;
const COLUMNS = [
  ["State"], ["Run"], ["Kind"], ["Matched", "number"], ["Published", "number"], ["Ordered", "time"],
  ["Who", "wide"], ["Reason", "text"],
];

const row = (run) => ({
  key: run.run,
  cells: [
    state(run.phase), h("a", { class: "id", href: address("run", { id: run.run }) }, run.run), run.kind ?? "–",
    number(run.matched ?? 0), run.phase === "planned" ? "–" : number(run.published ?? 0), moment(run.orderedAt),
    run.who ?? "", run.why ?? run.reason ?? "",
  ],
});

function show({ root, parameters, keep, told, signal }) {
  const list = liveList({
    label: "Runs", columns: COLUMNS, follows: !parameters.before,
    empty: "No run was ordered yet. A redrive or replay shows here.",
  });
  root.append(
    h("div", { class: "row apart" }, h("h1", {}, "Runs"),
      h("a", { class: "button", href: address("replay") }, "Replay…")),
    list.element);
  keep(async () => {
    const page = await get("/replays", { limit: LIMIT, before: parameters.before }, signal);
    if (signal.aborted) return;
    told(page.asOf);
    list.show(page.runs.map(row), pageLinks("runs", {}, parameters.before, page.next, "before"));
  });
}

export const runs = { name: "runs", title: "Runs", letter: "u", scope: "operate", show };
