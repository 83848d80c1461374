// Which dead letters an order means: those marked, or all that match as of a moment.
import { get, Problem } from "/console/api.js";
import { fixed } from "/console/filter.js";

const LISTED_MAX = 10_000;
const PAGE = 500;
const IN_ORDERS = { namespace: "namespaces", class: "classes", edge: "edges" };

const listed = (text) => text.split(",").filter(Boolean);

async function names(values, signal) {
  const found = [];
  for (let cursor; ;) {
    const page = await get("/dead", { ...fixed(values), limit: PAGE, cursor }, signal);
    found.push(...page.deadLetters.map((letter) => letter.deadLetter));
    if (found.length > LISTED_MAX) {
      const detail = "More than 10,000 match a filter that orders do not have. Narrow it by namespace, class or time.";
      throw new Problem(0, { title: "Too many", detail });
    }
    if (!page.next) return found;
    cursor = page.next;
  }
}

// Orders know namespace, class, edge and time. For what else the filter says, each dead letter is named.
export async function allMatching(values, asOf, signal) {
  const { since, until } = fixed(values);
  const isKnown = Object.keys(values).every((name) => name in IN_ORDERS || ["since", "until"].includes(name));
  if (!isKnown) return { deadLetters: await names(values, signal) };
  const order = {};
  for (const [name, member] of Object.entries(IN_ORDERS)) if (values[name]) order[member] = listed(values[name]);
  if (since) order.from = since;
  if (until) order.until = until;
  else if (asOf) order.asOf = asOf;
  return order;
}
