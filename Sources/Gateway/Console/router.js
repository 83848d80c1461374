// The address says which screen is shown, and with what; Back works.

const listeners = new Set();

export function address(screen, parameters = {}) {
  const chosen = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== "");
  const query = new URLSearchParams([...(screen === "board" ? [] : [["show", screen]]), ...chosen]).toString();
  return query ? `/?${query}` : "/";
}

export function current() {
  const { show = "board", ...parameters } = Object.fromEntries(new URLSearchParams(location.search));
  return { screen: show, parameters };
}

export function go(screen, parameters = {}, { replaces = false } = {}) {
  const target = address(screen, parameters);
  if (replaces || target === location.pathname + location.search) history.replaceState(null, "", target);
  else history.pushState(null, "", target);
  for (const listener of listeners) listener();
}

// Links to screens are followed without a new page; with a modifier the browser does as ever.
export function follow(listener) {
  listeners.add(listener);
  addEventListener("popstate", listener);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !isPlain || event.defaultPrevented || link.target) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || url.pathname !== "/" || url.hash) return;
    event.preventDefault();
    const { show = "board", ...parameters } = Object.fromEntries(url.searchParams);
    go(show, parameters);
  });
}
