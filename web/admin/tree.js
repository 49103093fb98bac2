// The server at a glance: its actors as a tree, figures, and the last events.
"use strict";

const CONNECTIONS = "/http/connections";
const MARKED_MS = 6_000;
const STRIKING = ["actor.crash", "sup.start_error", "sup.gave_up"];

const $ = (selector, from = document) => from.querySelector(selector);

let overview; // the newest one
let lastEvent; // the number of the newest event that has been shown
const rows = new Map(); // of the tree, by path

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function actorAt(path) {
  return overview?.actors.find((actor) => actor.path === path);
}

function ago(text) {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(text)) / 1000));
  return `${lasting(seconds)} ago`;
}

function lasting(seconds) {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

// -- the tree --------------------------------------------------------------------------------------

function makeRow(actor) {
  const row = element("tr");
  row.dataset.path = actor.path;
  const place = element("th");
  place.scope = "row";
  place.style.setProperty("--depth", actor.depth);
  const link = element("a", "", actor.depth === 0 ? "coppice" : actor.id);
  link.href = `#${actor.path}`;
  place.append(element("span", "dot lead"), link, element("span", "count"), element("span", "odd"));
  const cells = ["state", "mailbox", "rate", "busy", "restarts"].map((name) =>
    element("td", name === "state" ? name : `number ${name}`));
  cells[0].append(element("span", "dot"), element("span", "says"));
  cells[3].append(element("span", "bar"), element("span", "says"));
  row.append(place, ...cells);
  return row;
}

function fillRow(row, actor) {
  row.dataset.state = actor.state;
  setText($(".count", row), actor.count === undefined ? "" : `× ${format.count(actor.count)}`);
  setText($(".state .says", row), actor.state);
  setText($(".odd", row), actor.state === "running" ? "" : actor.state);
  setNumber($(".mailbox", row), actor.mailbox, format.count);
  setNumber($(".rate", row), actor.rate, format.rate);
  setNumber($(".busy .says", row), actor.busy, format.share);
  setNumber($(".restarts", row), actor.restarts, format.count);
  $(".bar", row).style.setProperty("--part", actor.busy ?? 0);
}

function setNumber(node, value, show) {
  setText(node, value === undefined ? "–" : show(value));
  node.classList.toggle("nothing", !value);
}

function showTree() {
  const body = $("#tree tbody");
  const seen = new Set();
  let before = null;
  for (const actor of overview.actors) {
    seen.add(actor.path);
    const row = rows.get(actor.path) ?? makeRow(actor);
    rows.set(actor.path, row);
    const place = before ? before.nextSibling : body.firstChild;
    if (place !== row) body.insertBefore(row, place);
    fillRow(row, actor);
    before = row;
  }
  for (const [path, row] of rows) {
    if (seen.has(path)) continue;
    row.remove();
    rows.delete(path);
  }
}

// Makes a row stand out for a while; by an animation, or without one where that is wished.
function mark(path) {
  const row = rows.get(path);
  if (!row) return;
  row.classList.remove("struck");
  void row.offsetWidth; // so that the animation begins anew
  row.classList.add("struck");
  clearTimeout(row.timer);
  row.timer = setTimeout(() => row.classList.remove("struck"), MARKED_MS);
}

// Up and down go from actor to actor; Enter, on the link, opens one.
$("#tree tbody").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const links = [...document.querySelectorAll("#tree tbody a")];
  const next = links[links.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

// -- the server at a glance, and events ------------------------------------------------------------

function showFigures() {
  const sum = (name) => overview.actors.reduce((total, actor) => total + (actor[name] ?? 0), 0);
  const figures = {
    connections: format.count(actorAt(CONNECTIONS)?.count ?? 0),
    rate: format.rate(sum("rate")),
    waiting: format.count(sum("mailbox")),
    actors: format.count(overview.actors.length),
    restarts: format.count(sum("restarts")),
    uptime: lasting(overview.uptime_s),
    version: overview.version,
  };
  for (const [name, text] of Object.entries(figures)) {
    setText($(`[data-figure="${name}"]`), text);
  }
}

function eventItem(event) {
  const item = element("li");
  item.dataset.kind = event.kind;
  const time = element("time", "", new Date(event.at).toLocaleTimeString());
  time.dateTime = event.at;
  const where = element(rows.has(event.path) ? "a" : "span", "where", event.path);
  if (where.localName === "a") where.href = `#${event.path}`;
  item.append(time, element("span", "kind", event.kind), where, element("span", "text", event.text));
  return item;
}

function showEvents() {
  const newest = overview.events.at(-1)?.number ?? 0;
  if (newest === lastEvent) return;
  const list = $("#events ol");
  list.replaceChildren(...overview.events.toReversed().map(eventItem));
  $("#events .none").hidden = overview.events.length > 0;
  // What was there when the page was opened is no news.
  const news = overview.events.filter((event) => lastEvent !== undefined && event.number > lastEvent);
  for (const event of news) if (STRIKING.includes(event.kind)) mark(event.path);
  lastEvent = newest;
}
