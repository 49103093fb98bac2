// What is on record: the last requests, and the crash ledger.
"use strict";

const requestRow = {
  key: ({ at, method, path, ms }) => `${at} ${method} ${path} ${ms}`,
  make({ at, method, path, status, ms, whole, request_id: id }) {
    const row = listRow("at", "kind", "status", "took", "where", "id");
    row.dataset.status = whole ? String(status)[0] : "cut";
    fillRowParts(row, { at: clock(at), kind: method, status: whole ? status : `${status} cut`,
                        took: secondsText(ms / 1000), where: path, id });
    return row;
  },
};

new Panel("#answered", "requests", ({ requests }) => {
  showList($("#answered .list"), requests, requestRow);
  setText($("#answered .rest"), countText(requests.length, requests.length, "request"));
});

// -- crashes ---------------------------------------------------------------------------------------

// A crash of the ledger, whose stack can be opened; `parts` are the classes of its line.
function keptCrash(...parts) {
  const row = element("li");
  const details = element("details");
  const summary = element("summary");
  summary.append(...parts.map((name) => element("span", name)));
  const stack = element("pre");
  stack.tabIndex = 0;
  details.append(summary, element("p", "note"), stack);
  row.append(details);
  return row;
}

function fillKeptCrash(row, { last_at, count, kind, reason, message, incarnation, version }) {
  const parts = [kind, message && `handling ${message}`, `incarnation ${incarnation}`, `version ${version}`];
  fillRowParts(row, { at: timeText(last_at), count: count > 1 ? `× ${format.count(count)}` : "",
                      reason, note: parts.filter(Boolean).join(" · ") });
}

const stackText = ({ state, stack }) => [state, stack].filter(Boolean).join("\n\n") || "No stack.";

const crashRow = {
  key: ({ id }) => id,
  make({ id }) {
    const row = keptCrash("at", "count", "where", "reason");
    const details = $("details", row);
    details.addEventListener("toggle", () => details.open && showStack(details, id), { once: true });
    return row;
  },
  fill(row, crash) {
    fillKeptCrash(row, crash);
    fillRowParts(row, { where: crash.path ?? crash.actor ?? "" });
  },
};

function showStack(details, id) {
  const place = $("pre", details);
  setText(place, "…");
  channel.push("crash", { id })
    .receive("ok", (crash) => setText(place, stackText(crash)))
    .receive("error", ({ reason }) => setText(place, reason))
    .receive("timeout", () => setText(place, "The server does not answer."));
}

new Panel("#ledger", "crashes", ({ crashes, waiting, unread, unread_reports: files, next_cursor: more }) => {
  showList($("#ledger .list"), crashes, crashRow);
  const written = more ? `the last ${crashes.length}` : countText(crashes.length, crashes.length, "crash").replace("crashs", "crashes");
  const unwritten = waiting.length > 0 ? `; ${waiting.length} not written down yet` : "";
  const lost = files.map(({ file, why }) => `; what a fatal signal has left can't be read: ${file}: ${why}`).join("");
  setText($("#ledger .rest"), (unread ? `Those written down can't be read: ${unread}` : written) + unwritten + lost);
}, () => ({ limit: 50, ...fieldsOf($("#ledger form")) }));
