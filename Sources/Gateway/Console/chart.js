// Bars by the minute, with the table that says the same.
import { h, svg } from "/console/dom.js";
import { clock, number, plural } from "/console/format.js";
import { table } from "/console/table.js";

const MINUTE = 60_000; // ms
const HEIGHT = 72;
const STEP = 10;

// All minutes of the last hour, also those in which nothing happened.
export function hour(minutes, now = Date.now()) {
  const known = new Map(minutes.map((one) => [Date.parse(one.minute), one]));
  const last = Math.floor(now / MINUTE) * MINUTE;
  return Array.from({ length: 60 }, (_, index) => {
    const time = last - (59 - index) * MINUTE;
    return known.get(time) ?? { minute: new Date(time).toISOString(), published: 0, completed: 0, failed: 0 };
  });
}

function bar(index, count, most, name) {
  const height = count ? Math.max(2, (count / most) * HEIGHT) : 0;
  return svg("rect", { class: name, x: index * STEP + 1, y: HEIGHT - height, width: STEP - 2, height });
}

const COLUMNS = [["Minute", "time"], ["Published", "number"], ["Completed", "number"], ["Failed", "number"]];

function sameAsTable(rows) {
  const busy = rows.filter((row) => row.published + row.completed + row.failed > 0).reverse();
  return h("details", {}, h("summary", {}, "As a table"),
    table("Requests by the minute", COLUMNS, busy.map((row) => ({
      cells: [clock(row.minute), number(row.published), number(row.completed), number(row.failed)],
    }))));
}

export function chart(rows) {
  const most = Math.max(1, ...rows.map((row) => Math.max(row.published, row.failed)));
  const published = rows.reduce((sum, row) => sum + row.published, 0);
  const failed = rows.reduce((sum, row) => sum + row.failed, 0);
  const label = `${plural(published, "request")} published in the last hour, ${number(failed)} failed; `
    + `at most ${number(most)} a minute`;
  const caption = published + failed ? `published and failed a minute, at most ${number(most)}` : "nothing published";
  return [
    svg("svg", {
      class: "chart", role: "img", "aria-label": label, viewBox: `0 0 ${60 * STEP} ${HEIGHT}`,
      preserveAspectRatio: "none",
    }, rows.map((row, index) => ["published", "failed"].map((name) => bar(index, row[name], most, name)))),
    h("p", { class: "axis hint" },
      h("span", {}, clock(rows[0].minute)), h("span", {}, caption), h("span", {}, "now")),
    sameAsTable(rows),
  ];
}

// A range of minutes that is dragged over the bars; whole seconds, as orders have them.
export function chooseRange(image, rows, choose) {
  const minuteAt = (event) => {
    const { left, width } = image.getBoundingClientRect();
    return Math.min(59, Math.max(0, Math.floor(((event.clientX - left) / width) * 60)));
  };
  const time = (index) => new Date(Date.parse(rows[0].minute) + index * MINUTE).toISOString().replace(/\.\d+Z$/, "Z");
  const mark = svg("rect", { class: "range", y: 0, height: HEIGHT, width: 0 });
  image.append(mark);
  let from = null;
  const show = (event) => {
    if (from === null) return;
    const [first, last] = [from, minuteAt(event)].sort((left, right) => left - right);
    mark.setAttribute("x", first * STEP);
    mark.setAttribute("width", (last - first + 1) * STEP);
    choose(time(first), time(last + 1));
  };
  image.classList.add("choosable");
  image.addEventListener("pointerdown", (event) => {
    from = minuteAt(event);
    image.setPointerCapture(event.pointerId);
    show(event);
  });
  image.addEventListener("pointermove", show);
  image.addEventListener("pointerup", () => { from = null; });
  image.addEventListener("pointercancel", () => { from = null; });
}
