// One event stream for all tabs of a browser; its events only hint that there is something new to read.
import { withToken } from "/console/api.js";
import { hint } from "/console/live.js";

const NAME = "cachesync-console";
const HIDDEN_MAX = 60_000; // ms
const SILENCE = 45_000; // ms
const PAUSE = 5_000; // ms between two attempts
const REFUSED_PAUSE = 60_000; // ms: who may not listen polls

const delay = (milliseconds, signal) => new Promise((resolve) => {
  setTimeout(resolve, milliseconds);
  signal.addEventListener("abort", resolve);
});

async function read(answer, tell) {
  const decoder = new TextDecoder();
  let line = "";
  const reader = answer.body.getReader();
  for (;;) {
    // The gateway says something every 15 seconds; who is silent for longer is gone.
    const timer = setTimeout(() => reader.cancel(), SILENCE);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    // The last line may go on in the next chunk. Of a long one the beginning is enough.
    const lines = (line + decoder.decode(value, { stream: true })).split("\n");
    line = lines.pop().slice(0, 64);
    if (lines.some((one) => one.startsWith("event:"))) tell();
  }
}

async function lead(tell, signal) {
  while (!signal.aborted) {
    let isRefused = false;
    try {
      const headers = withToken({ Accept: "text/event-stream" });
      const answer = await fetch("/events", { headers, signal, credentials: "omit", cache: "no-store" });
      isRefused = !answer.ok;
      if (answer.ok) await read(answer, tell);
    } catch {
      // Cut off, or called off: the loop's condition knows.
    }
    if (!signal.aborted) await delay(isRefused ? REFUSED_PAUSE : PAUSE, signal);
  }
}

// The tab that holds the lock listens, and tells the others; when it is closed or long hidden, another one goes on.
export function listen() {
  if (!navigator.locks || !globalThis.BroadcastChannel) return;
  const channel = new BroadcastChannel(NAME);
  channel.addEventListener("message", hint);
  const tell = () => {
    hint();
    channel.postMessage("");
  };
  let current = null;
  let timer = 0;
  const join = () => {
    clearTimeout(timer);
    if (document.hidden) {
      timer = setTimeout(() => {
        current?.abort();
        current = null;
      }, HIDDEN_MAX);
    } else if (!current) {
      current = new AbortController();
      const { signal } = current;
      navigator.locks.request(NAME, { signal }, () => lead(tell, signal)).catch(() => {});
    }
  };
  document.addEventListener("visibilitychange", join);
  join();
}
