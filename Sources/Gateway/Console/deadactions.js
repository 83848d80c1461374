// What can be done with dead letters: those selected, or all that match as of a moment.
import { h } from "/console/dom.js";
import { download } from "/console/export.js";
import { inWords } from "/console/filter.js";
import { number, plural } from "/console/format.js";
import { order } from "/console/order.js";
import { allMatching } from "/console/selection.js";

function inShort({ isAll, marked, values }) {
  if (isAll) return `${`All open dead letters ${inWords(values)}`.trim()}.`;
  const more = marked.length > 5 ? ", …" : ".";
  return `${plural(marked.length, "dead letter")}: ${marked.slice(0, 5).join(", ")}${more}`;
}

// - state: what is selected, how many match as of when, and the filter's values; gets a function that shows its scope.
export function actionBar(state, { guarded, signal }) {
  const reason = h("input", { id: "reason", maxlength: 512, autocomplete: "off" });
  const scope = h("select", { "aria-label": "Which", change: () => { state.isAll = scope.value === "all"; } });
  const quarantined = h("input", { type: "checkbox", id: "quarantined" });
  const told = h("p", { class: "hint", role: "status" });
  const tell = (text) => told.replaceChildren(text);
  const chosen = (action) => guarded(async () => {
    if (!state.isAll && !state.marked.length) return tell("Select some, or choose all that match.");
    return action();
  });
  const ordered = (path, action, options = {}) => chosen(async () => {
    const text = reason.value.trim();
    if (options.needsReason && !text) return tell("Say why.");
    const { asOf } = state;
    const selection = state.isAll ? await allMatching(state.values, asOf, signal) : { deadLetters: [...state.marked] };
    tell("Planning …");
    const body = { ...selection, reason: text };
    if (quarantined.checked) body.releaseQuarantine = true;
    return order(path, body, {
      title: `${action} dead letters?`, what: inShort(state), action, signal, tell,
    }).catch((problem) => {
      tell("");
      throw problem;
    });
  });
  const saved = chosen(async () => {
    tell("Loading …");
    const isWhole = await download(state.isAll ? state.values : { deadLetters: state.marked.join(",") }, signal);
    tell(isWhole ? "Downloaded." : "Downloaded the first of them: narrow the filter for the others.");
  });
  state.showScope = () => scope.replaceChildren(
    h("option", { value: "marked", selected: !state.isAll }, `selected: ${number(state.marked.length)}`),
    h("option", { value: "all", selected: state.isAll }, `all ${number(state.total)} that match`));
  state.showScope();
  const button = (label, click, kind) => h("button", { type: "button", class: kind, click }, label);
  return h("div", { class: "panel" },
    h("div", { class: "row" }, scope, h("label", { for: "reason" }, "Reason"), reason,
      button("Redrive", ordered("/dead/redrive", "Redrive")),
      button("Discard", ordered("/dead/discard", "Discard", { needsReason: true }), "danger"),
      button("Export", saved, "plain")),
    h("label", { class: "check" }, quarantined, "Also those that were redriven three times without success"), told);
}
