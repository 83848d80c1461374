// Lag: how far workers and the view are behind the log, by topic and partition.
import { get, getIfAllowed } from "/console/api.js";
import { h, update } from "/console/dom.js";
import { moment, number, seconds } from "/console/format.js";
import { address } from "/console/router.js";
import { table } from "/console/table.js";

const TOPICS = [["Topic"], ["Records", "number"], ["Behind by", "number"], ["Oldest waiting", "time named"]];
const PARTITIONS = [
  ["Partition", "named"], ["Committed", "number"], ["End", "number"], ["Records", "number"], ["Behind by", "number"],
  ["Oldest waiting", "time named"], ["Owner", "named"],
];
const NAMES = { workers: "Workers", view: "View" };

// Nothing waits, or the oldest record did not come in time.
export const behind = ({ records, seconds: age }) => (age === null ? (records ? "not known" : "0 s") : seconds(age));

// What workers have not finished, by topic; null for who may not ask.
export async function backlog(signal) {
  const answer = await getIfAllowed("/lag", {}, signal).catch(() => null);
  return answer?.readers.find(({ reader }) => reader === "workers")?.topics ?? null;
}

const BACKLOG = [["Topic"], ["Records", "number"], ["Behind by", "number"], ["Oldest waiting", "time named"]];

export const backlogTable = (topics) => table("Waiting for workers", BACKLOG, topics.map((one) => ({
  key: one.topic,
  cells: [
    one.partitions ? h("a", { href: address("lag", { reader: "workers", topic: one.topic }) }, one.topic) : one.topic,
    number(one.records), behind(one), moment(one.oldest),
  ],
})));

const topicRow = (reader) => (one) => ({
  key: `${reader} ${one.topic}`,
  cells: [
    h("a", { href: address("lag", { reader, topic: one.topic }) }, one.topic), number(one.records), behind(one),
    moment(one.oldest),
  ],
});

const partitionRow = (one) => ({
  key: String(one.partition),
  cells: [
    String(one.partition), one.committed === null ? "–" : number(one.committed), number(one.end), number(one.records),
    behind(one), moment(one.oldest), one.owner ?? "–",
  ],
});

function readerView({ reader, group, topics }) {
  return [
    h("h2", {}, NAMES[reader] ?? reader, group && h("span", { class: "hint" }, ` group ${group}`)),
    topics.length ? table(`Lag of ${reader}`, TOPICS, topics.map(topicRow(reader)))
      : h("p", {}, "There is no view yet, or it cannot be read."),
  ];
}

function partitionView(readers, parameters) {
  const found = readers.find(({ reader }) => reader === parameters.reader)
    ?.topics.find(({ topic }) => topic === parameters.topic);
  if (!found) return h("p", { class: "fault" }, `There is no lag of ${parameters.topic}.`);
  return [
    h("h2", {}, `Partitions of ${found.topic}`),
    table(`Partitions of ${found.topic}`, PARTITIONS, found.partitions.map(partitionRow)),
    h("p", {}, h("a", { href: address("lag") }, "All topics")),
  ];
}

function show({ root, parameters, keep, told, signal }) {
  const part = h("section");
  root.append(h("h1", {}, "Lag"), part);
  keep(async () => {
    const { readers, asOf } = await get("/lag", {}, signal);
    if (signal.aborted) return;
    told(asOf);
    update(part, [readers, parameters.topic], () => [
      ...(parameters.topic ? [partitionView(readers, parameters)] : readers.map(readerView)).flat(),
      h("p", { class: "hint" }, "Records that were written and are not finished. Cache nodes, bridges and retry ",
        "topics are not among them: cache nodes and bridges tell theirs at /metrics of their --admin address. ",
        "An end is the last stable offset: what open transactions of others hold back is behind it. An owner is the ",
        "member of the group that reads the partition."),
    ]);
  });
}

export const lag = { name: "lag", title: "Lag", letter: "l", scope: "operate", show };
