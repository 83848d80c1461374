// Keeps a screen up to date: by hints of the stream, else every five seconds; never while hidden or paused.

const INTERVAL = 5_000; // ms
const GAP = 1_000; // ms between two refreshes that the stream causes

export const pace = new EventTarget();
let isPaused = false;

export const paused = () => isPaused;

export function pause(value) {
  isPaused = value;
  pace.dispatchEvent(new Event("change"));
}

// Something was published or purged.
export const hint = () => pace.dispatchEvent(new Event("hint"));

// Calls `refresh` at once and then as often as it is worth it, one call at a time, until `signal` says that it is over.
export function keep(refresh, signal, interval = INTERVAL) {
  let timer = 0;
  let isBusy = false;
  let endedAt = 0;
  let isHinted = false;
  const plan = () => {
    clearTimeout(timer);
    if (signal.aborted || isBusy || isPaused || document.hidden) return;
    timer = setTimeout(run, Math.max(0, endedAt + (isHinted ? Math.min(GAP, interval) : interval) - Date.now()));
  };
  const run = async () => {
    isBusy = true;
    isHinted = false;
    await refresh();
    isBusy = false;
    endedAt = Date.now();
    plan();
  };
  const hinted = () => {
    isHinted = true;
    plan();
  };
  pace.addEventListener("hint", hinted, { signal });
  pace.addEventListener("change", plan, { signal });
  document.addEventListener("visibilitychange", plan, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  run();
  return () => {
    endedAt = 0;
    hinted();
  };
}
