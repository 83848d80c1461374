// Shows why something was not done: what the problem document says, and its page.
import { h } from "/console/dom.js";

function page(type) {
  try {
    const url = new URL(type, location.origin);
    return ["http:", "https:"].includes(url.protocol) && url.pathname.includes("/problems/") ? url.href : null;
  } catch {
    return null;
  }
}

export function problemBox(problem) {
  const address = problem.type ? page(problem.type) : null;
  return h("div", { class: "problem", role: "alert" },
    h("strong", {}, problem.title ?? "Something went wrong"),
    problem.status ? h("span", { class: "hint" }, ` ${problem.status}`) : null,
    h("p", {}, problem.detail ?? problem.message),
    address && h("a", { href: address, target: "_blank", rel: "noreferrer" }, "What to do"));
}
