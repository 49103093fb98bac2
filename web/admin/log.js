// The log: its last lines, and what is logged.
"use strict";

const LINES = 100;

const LONG = 200;

// A long text, as that of a crash with its stack, is shown as a whole once it is opened.
function textOf(text) {
  if (text.length <= LONG) return element("span", "text", text);
  const details = element("details", "text");
  details.append(element("summary", "", `${text.slice(0, LONG)}…`), element("pre", "", text));
  $("pre", details).tabIndex = 0;
  return details;
}

function lineRow({ time, level, text, actor, request_id: request }) {
  const row = listRow("at", "kind", "where");
  row.dataset.level = level;
  fillRowParts(row, { at: clock(time), kind: level,
                      where: [actor, request && `request ${request}`].filter(Boolean).join(" ") });
  row.append(textOf(text));
  return row;
}

let newest; // the last line that is shown, and how many there are

new Panel("#lines", "logs", ({ lines }) => {
  const state = JSON.stringify([lines.length, lines.at(-1)]);
  if (state === newest || $("#lines [name=pause]").checked) return;
  newest = state;
  $("#lines .list").replaceChildren(...lines.toReversed().map(lineRow));
  setText($("#lines .rest"), countText(lines.length, lines.length, "line"));
}, () => {
  const { level, actor } = fieldsOf($("#lines form"));
  return { lines: LINES, level, actor };
});

$("#lines form").addEventListener("submit", (event) => event.preventDefault());
$("#lines form").addEventListener("input", () => {
  newest = undefined;
  askAll();
});

// -- what is logged --------------------------------------------------------------------------------

function levelText({ level, seconds_left: left }) {
  return left === undefined ? level : `${level}, for ${lasting(left)} more`;
}

function showLevels({ levels, left_out: leftOut }) {
  const facts = levels.map((rule) => [rule.target, levelText(rule)]);
  showFacts($("#levels .facts"), [...facts, ["Lines left out", leftOut > 0 ? format.count(leftOut) : ""]]);
}

new Panel("#levels", "log_level", showLevels);

$("#levels form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { level, target, for: time } = fieldsOf(event.target);
  const levels = await give("set_log_level", { level, target, for: level === "default" ? undefined : time },
                            "Change", $("#levels .outcome"));
  if (levels) showLevels(levels);
});
