// What can be ordered of a rollout in its phase, once confirmed.
import { h } from "/console/dom.js";

// What may follow, as the node allows it.
const NEXT = {
  off: ["shadow"], shadow: ["shadow", "canary", "back"], canary: ["canary", "writes", "back"],
  writes: ["writes", "cutover", "back"], cutover: ["cutover", "back"],
};
const BEFORE = { shadow: "off", canary: "shadow", writes: "canary", cutover: "writes" };
const WORDS = {
  shadow: "shadow: compare a share of the reads", canary: "canary: answer a share of the reads from the cache",
  writes: "writes: queue a share of the writes", cutover: "cutover: let both shares grow to all keys",
  back: "back: one phase back",
};
const SHARES = ["shadow", "canary", "writes"];
const MEANS = {
  shadow: (percent) => `${percent} % of the reads are compared. Clients get what the main API answers.`,
  canary: (percent) => `${percent} % of the keys are read from the cache, the others from the main API.`,
  writes: (percent) => `Writes of ${percent} % of the keys are queued, and reach the main API later.`,
};

function field(name, label, attributes, hint) {
  const input = h("input", {
    id: `rollout-${name}`, name, type: "number", min: 0, step: "any", autocomplete: "off",
    "aria-describedby": hint && `rollout-${name}-hint`, ...attributes,
  });
  return h("div", { class: "field" }, h("label", { for: input.id }, label), input,
    hint && h("p", { class: "hint", id: `rollout-${name}-hint` }, hint));
}

function guardFields(guards = {}) {
  return h("fieldset", {}, h("legend", {}, "Guards"), h("div", { class: "columns" },
    field("mismatchMax", "Differences, % at most", { max: 100, value: guards.mismatchMax }),
    field("errorsMax", "Errors, % at most", { max: 100, value: guards.errorsMax }),
    field("p99Milliseconds", "p99, ms at most", { min: 1, step: 1, value: guards.p99Milliseconds }),
    field("samplesMin", "From so many on", { min: 1, max: 1_000, step: 1, value: guards.samplesMin ?? 50 }),
    h("div", { class: "field" }, h("label", { for: "rollout-action" }, "Then"),
      h("select", { id: "rollout-action", name: "action" },
        h("option", { value: "back" }, "one phase back"),
        h("option", { value: "stop", selected: guards.action === "stop" }, "a cutover stops")))),
  h("label", { class: "check" },
    h("input", { type: "checkbox", name: "allowDead", checked: guards.allowDead === true }),
    "Writes may become dead letters"));
}

function guardsOf({ elements }) {
  const guards = { samplesMin: Number(elements.samplesMin.value || 50), action: elements.action.value };
  for (const name of ["mismatchMax", "errorsMax", "p99Milliseconds"]) {
    if (elements[name].value !== "") guards[name] = Number(elements[name].value);
  }
  if (elements.allowDead.checked) guards.allowDead = true;
  return guards;
}

const sorted = (members) => JSON.stringify(Object.entries(members ?? {}).sort());

// Guards stay from phase to phase until others are given, so they are sent only where they were changed here.
function bodyOf(form, status) {
  const { elements } = form;
  const order = elements.order.value;
  const body = { order };
  if (SHARES.includes(order)) body.percent = Number(elements.percent.value);
  const hours = Number(elements.hours.value);
  if (order === "cutover" && hours > 0) body.overSeconds = Math.round(hours * 3_600);
  if (elements.reason.value.trim()) body.reason = elements.reason.value.trim();
  const guards = guardsOf(form);
  if (order !== "back" && sorted(guards) !== sorted(status.guards)) body.guards = guards;
  return body;
}

function meaning({ order, percent, overSeconds }, { phase, namespace }) {
  if (order === "back") return `The rollout of ${namespace} goes from ${phase} back to ${BEFORE[phase]}.`;
  const grows = overSeconds ? `Both shares grow to all keys within ${overSeconds / 3_600} hours.`
    : "All keys go over at once.";
  const means = MEANS[order]?.(percent) ?? grows;
  return `The rollout of ${namespace} goes from ${phase} to ${order}. ${means}`;
}

// - send: gets the order and the question that comes before it.
export function actions(status, send) {
  const choices = NEXT[status.phase] ?? [];
  const order = h("select", { id: "rollout-order", name: "order", change: () => choose() },
    choices.map((name) => h("option", { value: name }, WORDS[name])));
  const share = field("percent", "Percent of the keys", {
    max: 100, required: true,
  });
  const hours = field("hours", "Hours", {}, "How long the shares grow. At once, unless given.");
  const guards = guardFields(status.guards);
  const inForce = status.now?.[status.phase === "writes" ? "writes" : "reads"];
  const choose = () => {
    const hasShare = SHARES.includes(order.value);
    const percent = share.querySelector("input");
    share.hidden = !hasShare;
    percent.disabled = !hasShare;
    // A new phase begins small, whatever share the one before it has come to.
    percent.value = order.value === status.phase ? inForce : 1;
    hours.hidden = order.value !== "cutover";
    guards.hidden = order.value === "back";
  };
  const form = h("form", { class: "panel", submit: (event) => {
    event.preventDefault();
    const body = bodyOf(form, status);
    send(body, { title: "Change the rollout?", words: [meaning(body, status)], action: "Change it" });
  } },
  h("div", { class: "columns" },
    h("div", { class: "field" }, h("label", { for: "rollout-order" }, "Next step"), order), share, hours,
    field("reason", "Reason", { type: "text", maxlength: 200 })),
  guards, h("p", { class: "row" }, h("button", { type: "submit", class: "main" }, "Order it")));
  choose();
  return form;
}
