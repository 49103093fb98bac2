// Lists that follow what is known: rows that stay keep their node, and with it the focus.
"use strict";

// Each of `items` has a row, known by `key(item)`, made by `make(item)` and filled by `fill(row, item)`.
function showList(list, items, { key, make, fill }) {
  const gone = new Map([...list.children].map((row) => [row.dataset.key, row]));
  let before = null;
  for (const item of items) {
    const name = String(key(item));
    const row = gone.get(name) ?? make(item);
    gone.delete(name);
    row.dataset.key = name;
    fill?.(row, item);
    const place = before ? before.nextSibling : list.firstChild;
    if (place !== row) list.insertBefore(row, place);
    before = row;
  }
  for (const row of gone.values()) row.remove();
}

// A row of a list: `parts` are its classes, in their order.
function listRow(...parts) {
  const row = element("li");
  row.append(...parts.map((name) => element("span", name)));
  return row;
}

function fillRowParts(row, texts) {
  for (const [name, text] of Object.entries(texts)) setText($(`.${name}`, row), text);
}

// "3 of 120 connections", "1 topic"
function countText(shown, matching, one) {
  const what = matching === 1 ? one : `${one}s`;
  const count = format.count(matching);
  return shown === matching ? `${count} ${what}` : `${format.count(shown)} of ${count} ${what}`;
}

// What a form's fields say, without those that are empty.
function fieldsOf(form) {
  return Object.fromEntries([...new FormData(form)]
    .map(([name, value]) => [name, value.trim()])
    .filter(([, value]) => value !== ""));
}

const clock = (text) => new Date(text).toLocaleTimeString();

function timeText(text) {
  const at = new Date(text);
  const today = at.toDateString() === new Date().toDateString();
  return today ? at.toLocaleTimeString() : at.toLocaleString();
}

function bytesText(bytes) {
  if (bytes === null || bytes === undefined) return undefined;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let power = 0;
  for (; bytes >= 1024 && power + 1 < units.length; ++power) bytes /= 1024;
  return `${(bytes < 100 && power > 0 ? fine : whole).format(bytes)} ${units[power]}`;
}

// "0.42 ms", "1.3 s"
function secondsText(seconds) {
  if (seconds === undefined || seconds === null) return undefined;
  if (seconds >= 1) return `${fine.format(seconds)} s`;
  const ms = seconds * 1000;
  return `${ms >= 10 ? whole.format(ms) : Number(ms.toPrecision(2))} ms`;
}
