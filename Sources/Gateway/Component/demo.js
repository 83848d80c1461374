import "/cache-sync.js";

const events = document.getElementById("events");
document.getElementById("command").textContent =
  `curl -X POST ${location.origin}/invalidate -H 'Content-Type: application/json' \\\n  -d '{"tags":["products"]}'`;

for (const element of document.querySelectorAll("cache-sync")) {
  for (const type of ["queued", "flushed", "change", "invalidated", "conflict", "error"]) {
    element.addEventListener(type, ({ detail }) => {
      const line = document.createElement("li");
      const value = detail.value === undefined || detail.value === null ? "" : JSON.stringify(detail.value);
      line.textContent = `${element.key}: ${type} ${detail.op ?? detail.message ?? value}`.trim();
      events.prepend(line);
      while (events.children.length > 50) events.lastChild.remove();
    });
  }
}

// Any answer of a cache has the field, a miss as well.
const answer = await fetch("/cache?key=product-42", { cache: "no-store" }).catch(() => null);
const isThere = answer === null || answer.status === 401 || answer.headers.has("Cache-Status");
document.getElementById("missing").hidden = isThere;
