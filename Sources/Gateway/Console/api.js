// The gateway's HTTP API, as everybody can use it.

const TOKEN = "cachesync-token";
const PATIENCE = 20_000; // ms

// Why a call was not answered as asked: the problem document of the gateway.
export class Problem extends Error {
  constructor(status, { title, detail, type, field, parameter } = {}) {
    super(detail ?? title ?? `HTTP ${status}`);
    Object.assign(this, { status, title: title ?? `HTTP ${status}`, detail, type, field, parameter });
  }
}

export const token = {
  get: () => sessionStorage.getItem(TOKEN) ?? "",
  set: (text) => (text ? sessionStorage.setItem(TOKEN, text) : sessionStorage.removeItem(TOKEN)),
};

export function withToken(headers = {}) {
  return token.get() ? { ...headers, Authorization: `Bearer ${token.get()}` } : headers;
}

function addressed(path, query) {
  const chosen = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return chosen.length ? `${path}?${new URLSearchParams(chosen)}` : path;
}

async function problem(answer) {
  const isProblem = (answer.headers.get("Content-Type") ?? "").includes("json");
  const document = isProblem ? await answer.json().catch(() => ({})) : {};
  return new Problem(answer.status, document);
}

export async function answered(method, path, { query = {}, body, headers = {}, signal } = {}) {
  const signals = [AbortSignal.timeout(PATIENCE), signal].filter(Boolean);
  const fields = withToken(body === undefined ? headers : { ...headers, "Content-Type": "application/json" });
  let answer;
  try {
    answer = await fetch(addressed(path, query), {
      method, headers: fields, cache: "no-cache", credentials: "omit", signal: AbortSignal.any(signals),
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, { title: "No answer", detail: "The gateway does not answer. What is shown may be old." });
  }
  if (answer.ok) return answer;
  throw await problem(answer);
}

// A cache node tells its problems as text to who does not ask for JSON.
const JSON_WANTED = { Accept: "application/json" };

export const get = async (path, query, signal) =>
  (await answered("GET", path, { query, signal, headers: JSON_WANTED })).json();

export const text = async (path, signal) => (await answered("GET", path, { signal })).text();

export const change = async (method, path, { query, body, key } = {}) => {
  const headers = key ? { ...JSON_WANTED, "Idempotency-Key": key } : JSON_WANTED;
  const answer = await answered(method, path, { query, body, headers });
  return answer.json();
};

// The document, whether the gateway is ready or not; null where there is none.
export async function health(signal) {
  const either = AbortSignal.any([AbortSignal.timeout(PATIENCE), signal]);
  const answer = await fetch("/health/ready", { signal: either, cache: "no-store" }).catch(() => null);
  return answer?.json().catch(() => null) ?? null;
}

// What the credential opens; null where the gateway does not say.
export const access = () => get("/access").catch(() => null);

// Null where the credential does not open the call: then there is nothing to show.
export async function getIfAllowed(path, query, signal) {
  try {
    return await get(path, query, signal);
  } catch (error) {
    if (error instanceof Problem && [401, 403, 404].includes(error.status)) return null;
    throw error;
  }
}
