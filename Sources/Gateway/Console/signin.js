// Asks for a credential where the gateway wants one. It stays in this tab, until the tab is closed.
import { token } from "/console/api.js";
import { h } from "/console/dom.js";

export function signInForm(problem, signedIn) {
  const input = h("input", {
    id: "credential", type: "password", required: true, autocomplete: "off", "aria-describedby": "credential-help",
  });
  const submit = (event) => {
    event.preventDefault();
    token.set(input.value.trim());
    signedIn();
  };
  return h("form", { class: "panel narrow", submit },
    h("h1", {}, "Sign in"),
    h("p", {}, problem.detail ?? "The gateway asks for a credential."),
    h("label", { for: "credential" }, "Token or API key"), input,
    h("p", { id: "credential-help", class: "hint" },
      "A key with the scope read sees requests; publish and operate open the others. It is kept in this tab alone."),
    h("button", { type: "submit", class: "main" }, "Sign in"));
}
