// The server's shards, and how its database fares.
"use strict";

const shardRow = {
  key: (shard) => shard.shard,
  make(shard) {
    const row = element("tr");
    const name = element("th", "", String(shard.shard));
    name.scope = "row";
    row.append(name, ...["busy", "lag", "actors", "waiting"].map((part) =>
      element("td", `number ${part}`)));
    $(".busy", row).append(element("span", "bar"), element("span", "says"));
    return row;
  },
  fill(row, shard) {
    row.dataset.state = shard.stuck ? "stuck" : "running";
    $(".bar", row).style.setProperty("--part", shard.busy);
    setText($(".busy .says", row), format.share(shard.busy));
    setText($(".lag", row), secondsText(shard.lag_seconds));
    setText($(".actors", row), format.count(shard.actors));
    setText($(".waiting", row), format.count(shard.waiting));
  },
};

// "Shard 1 is held by /http/connections/connection#3 with block of room:lobby, for 1.2 s"
function stuckText({ shard, stuck }) {
  const who = stuck.path ?? stuck.actor ?? stuck.pid ?? "a handler that is nobody's";
  const what = stuck.message ? ` with ${stuck.message}` : "";
  return `Shard ${shard} is held by ${who}${what}, for ${secondsText(stuck.seconds)}`;
}

new Panel("#shards", "shards", ({ shards }) => {
  showList($("#shards tbody"), shards, shardRow);
  showList($("#shards .stuck"), shards.filter(({ stuck }) => stuck), {
    key: ({ shard }) => shard,
    make: () => element("li"),
    fill: (row, shard) => setText(row, stuckText(shard)),
  });
});

// -- the nodes of the cluster ----------------------------------------------------------------------

const nodeRow = {
  key: ({ node }) => node,
  make({ node }) {
    const row = element("tr");
    const name = element("th", "", node);
    name.scope = "row";
    row.append(name, ...["state", "role", "region"].map((part) => element("td", part)),
               element("td", "number behind"));
    return row;
  },
  fill(row, { here, state, role, primary, why, region, behind, silent_seconds }) {
    row.dataset.state = state === "up" && role !== "down" ? "running" : "stuck";
    setText($(".state", row), here ? "here" : state === "down" ? `down, ${secondsText(silent_seconds)}` : state);
    setText($(".role", row), [role, primary && `of ${primary}`, why].filter(Boolean).join(" "));
    setText($(".region", row), region ?? "");
    setText($(".behind", row), behind === null ? "" : format.count(behind));
  },
};

// A node alone has nobody to show.
new Panel("#nodes", "nodes", ({ nodes, link }) => {
  $("#nodes").hidden = link === null;
  if (link === null) return;
  showList($("#nodes tbody"), nodes, nodeRow);
  const { connected, sent, unsent, received, lost } = link;
  setText($("#nodes .link"), `${connected ? "Connected" : "Not connected"}: ${format.count(sent)} messages sent, ` +
    `${format.count(unsent)} not sent, ${format.count(received)} letters received, ${format.count(lost)} lost`);
});

// -- the database ----------------------------------------------------------------------------------

// Averages since the server's start, and of what came since the answer before.
class Average {
  read({ count, ...mean }) {
    const all = Object.values(mean)[0];
    const recent = this.before && count > this.before.count
      ? (count * all - this.before.count * this.before.all) / (count - this.before.count)
      : undefined;
    this.before = { count, all };
    return { count, all, recent: recent === undefined ? undefined : Math.max(0, recent) };
  }
}

const averages = { batches: new Average(), commits: new Average(), reads: new Average() };

function averageText({ count, all, recent }, show) {
  if (count === 0) return "none yet";
  const now = recent === undefined ? "" : `, lately ${show(recent)}`;
  return `${show(all)} on average${now} (${format.count(count)})`;
}

function databaseFacts(database) {
  const { writer, readers, backup, schema } = database;
  return [
    ["Not ready", database.not_ready_because],
    ["Not writable", database.not_writable_because],
    ["Position", database.position],
    ["Queue", `${format.count(writer.waiting)} waiting`],
    ["Batch at work", writer.batch_age_seconds > 0 ? secondsText(writer.batch_age_seconds) : "none"],
    ["Batch size", averageText(averages.batches.read(writer.batches), (n) => fine.format(n))],
    ["Commit", averageText(averages.commits.read(writer.commits), secondsText)],
    ["Commands", `${format.count(writer.commands.committed)} committed, ${format.count(writer.commands.failed)} failed`],
    ["Turned away", turnedAway(writer.commands)],
    ["Read", averageText(averages.reads.read(readers.reads), secondsText)],
    ["Readers", `${readers.busy} of ${readers.count} busy, ${format.count(readers.waiting)} waiting`],
    ["File", `${bytesText(database.bytes) ?? "–"}, log ${bytesText(database.wal_bytes) ?? "–"}`],
    ["Free space", bytesText(database.free_space_bytes)],
    ["Schema", schema && `${schema.applied} applied, ${schema.pending} pending`],
    ["Last backup", backup.last_at ? `${ago(backup.last_at)}, ${bytesText(backup.last_bytes)}` : "none"],
    ["Backup failed", backup.trouble],
  ];
}

function turnedAway({ expired, overloaded, disk_full, refused }) {
  const counts = { expired, overloaded, "disk full": disk_full, refused };
  return Object.entries(counts).filter(([, count]) => count > 0)
    .map(([name, count]) => `${format.count(count)} ${name}`).join(", ");
}

new Panel("#database", "database", (database) =>
  showFacts($("#database .facts"), databaseFacts(database)));

// "restore: unpacking, 25 %, about 31 s left of this (12 s)"
function workText({ kind, phase, done, total, seconds, seconds_left }) {
  const share = total === null ? "" : `, ${Math.floor((100 * done) / total)} %`;
  const left = seconds_left === null ? "" : `, about ${format.count(seconds_left)} s left of this`;
  return `${kind}: ${phase || "beginning"}${share}${left} (${format.count(seconds)} s)`;
}

new Panel("#database", "work", ({ work }) => showList($("#database .under-way"), work, {
  key: ({ kind, request_id, since }) => `${kind} ${request_id ?? since}`,
  make: () => element("li"),
  fill: (row, piece) => setText(row, workText(piece)),
}));

$("#backup").addEventListener("click", async () => {
  const question = { title: "Back the database up?", verb: "Back up",
                     text: "A copy of it is written to the server's folder for backups, while it goes on." };
  if (!(await sure(question))) return;
  const outcome = $("#database .outcome");
  const made = await give("backup", {}, "Backup", outcome);
  if (made?.name) say(outcome, `Backup: ${made.name}, ${bytesText(made.bytes)}.`);
  askAll();
});
