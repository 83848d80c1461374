// Keys: which credentials open the gateway, to what and until when. Their secrets are known to nobody here.
import { get } from "/console/api.js";
import { h, pairList, update } from "/console/dom.js";
import { moment, plural, state } from "/console/format.js";
import { address } from "/console/router.js";
import { table } from "/console/table.js";

const LIMIT = 100;
const KEYS = [
  ["State"], ["Name"], ["Id"], ["Scopes"], ["Namespaces", "text named"], ["Hosts", "wide text"],
  ["Created", "time named"], ["Ends", "time named"],
];
const CERTIFICATES = [
  ["Name"], ["Known by", "named"], ["Scopes"], ["Namespaces", "text named"], ["Hosts", "wide text"],
];

const limits = (patterns) => (patterns ? patterns.join(", ") : "all");

const keyRow = (key) => ({
  key: key.id,
  cells: [
    state(key.state), key.name, h("span", { class: "id" }, key.id), key.scopes.join(", "), limits(key.namespaces),
    limits(key.hosts), moment(key.createdAt), key.revokedAt || key.expiresAt ? moment(key.revokedAt ?? key.expiresAt)
      : "never",
  ],
});

const certificateRow = (one) => ({
  key: `${one.mark} ${one.name}`,
  cells: [one.name, one.mark, one.scopes.join(", "), limits(one.namespaces), limits(one.hosts)],
});

function others({ tokens, certificates }) {
  if (!tokens) return [];
  const lines = [
    ["Publishers’ tokens", plural(tokens.publisher, "token")], ["Operators’ tokens", plural(tokens.operator, "token")],
    ["Tokens of the cache", plural(tokens.cache, "token")],
    ["Signed tokens (JWT)", tokens.signed ? "believed" : "none"],
  ];
  return [
    h("h2", {}, "Of the configuration"),
    pairList(lines),
    ...(certificates.length ? [h("h2", {}, "Client certificates"),
      table("Client certificates", CERTIFICATES, certificates.map(certificateRow))] : []),
  ];
}

function show({ root, parameters, keep, told, signal }) {
  const part = h("section");
  root.append(h("h1", {}, "Keys"), part);
  keep(async () => {
    const found = await get("/keys", { limit: LIMIT, after: parameters.after }, signal);
    if (signal.aborted) return;
    told(new Date().toISOString());
    update(part, found, () => [
      found.keys.length ? table("API keys", KEYS, found.keys.map(keyRow)) : h("p", {}, "There are no API keys."),
      h("p", { class: "row" }, parameters.after && h("a", { href: address("keys") }, "First"),
        found.next && h("a", { href: address("keys", { after: found.next }) }, "More")),
      ...others(found),
      h("p", { class: "hint" }, "Keys are made, rotated and revoked with ", h("code", {}, "cachesync keys"), "."),
    ]);
  });
}

export const keys = { name: "keys", title: "Keys", letter: "k", scope: "operate", show };
