// One actor closely: its last minutes in charts, and what it says of itself.
"use strict";

function chartsOf(actor) {
  const mailbox = actor.count === undefined
    ? ["mailbox", new Chart("Mailbox", format.count, { least: 5 })]
    : ["count", new Chart("Children", format.count, { least: 5 })];
  return new Map([
    mailbox,
    ["rate", new Chart("Messages/s", format.rate, { least: 1 })],
    ["busy", new Chart("Busy", format.share, { least: 0.05, most: 1 })],
  ]);
}

// A section that shows the charts of one actor.
class Closeup {
  constructor(section) {
    this.section = section;
    this.path = undefined;
  }

  // Looks at another actor, or with undefined at none.
  follow(path) {
    this.path = path;
    this.charts = undefined;
    $(".charts", this.section).replaceChildren();
  }

  refresh() {
    const { path } = this;
    const actor = actorAt(path);
    if (!actor || channel.state !== "joined") return;
    channel.push("series", { path })
      .receive("ok", (series) => this.path === path && this.#draw(actor, series));
  }

  #draw(actor, series) {
    if (!this.charts) {
      this.charts = chartsOf(actor);
      const figures = [...this.charts.values()].map((chart) => chart.figure);
      $(".charts", this.section).replaceChildren(...figures);
    }
    for (const [name, chart] of this.charts) chart.draw(series[name], series.restarts, series);
  }
}

function showFacts(list, facts) {
  const shown = facts.filter(([, value]) => value !== undefined && value !== "" && value !== null);
  list.replaceChildren(...shown.map(([name, value]) => {
    const pair = element("div");
    pair.append(element("dt", "", name), element("dd", "", String(value)));
    return pair;
  }));
}

// "Execute × 3 (for 1.2 s), Flush (for 0 s)"
function waiting(types) {
  return Object.entries(types ?? {}).map(([type, { count, waited_ms: waited }]) =>
    `${count > 1 ? `${type} × ${count}` : type} (for ${format.rate(waited / 1000)} s)`).join(", ");
}

// Actors by their places; by their pids where they have none.
const named = (actors) => actors?.map(({ pid, path }) => path ?? pid).join(" ");

// One of those that the ledger has of the actor's place, with its stack.
const ownCrashRow = {
  key: ({ id }) => id,
  make: () => keptCrash("at", "count", "reason"),
  fill(row, crash) {
    fillKeptCrash(row, crash);
    setText($("pre", row), stackText(crash));
  },
};

// And what it says of itself.
class ActorCloseup extends Closeup {
  refresh() {
    super.refresh();
    const { path } = this;
    if (!actorAt(path) || channel.state !== "joined") return;
    if (this.asked === path) return; // and has not been told yet
    this.asked = path;
    const told = () => { if (this.asked === path) this.asked = undefined; };
    channel.push("inspect", { path })
      .receive("ok", (actor) => { told(); if (this.path === path) this.#tell(actor); })
      .receive("error", told)
      .receive("timeout", told);
  }

  #tell(actor) {
    const { section } = this;
    const describes = $(".describes", section);
    describes.hidden = !actor.describes_itself;
    setText(describes, actor.describes_itself ?? "");
    showFacts($(".facts", section), [
      ["Type", actor.type],
      ["Kind", actor.kind],
      ["Spec", actor.spec],
      ["Process", actor.pid],
      ["Incarnation", actor.incarnation],
      ["Restarts", actor.restarts],
      ["Handled", actor.handled === undefined ? undefined : format.count(actor.handled)],
      ["Waiting messages", waiting(actor.waiting_by_type) || "none"],
      ["Waited at most", actor.mailbox_high_water],
      ["Waits at", actor.awaiting?.join(" ← ")],
      ["Links", named(actor.links)],
      ["Monitors", named(actor.monitors)],
      ["Monitored by", named(actor.monitored_by)],
      ["Can't be asked", actor.unreachable],
    ]);
    this.#showCrash(actor.last_crash);
    this.#showKept(actor.crashes ?? [], actor.crashes_unread);
  }

  #showKept(crashes, unread) {
    const box = $(".on-record", this.section);
    box.hidden = crashes.length === 0 && !unread;
    showList($(".list", box), crashes, ownCrashRow);
    setText($(".unread", box), unread ? `Those written down can't be read: ${unread}` : "");
  }

  #showCrash(crash) {
    const box = $(".crash", this.section);
    box.hidden = !crash;
    if (!crash) return;
    setText($(".reason", box), crash.reason);
    const parts = [ago(crash.at), crash.message && `handling ${crash.message}`,
                   `incarnation ${crash.incarnation}`];
    setText($(".note", box), parts.filter(Boolean).join(" · "));
    $("details", box).hidden = !crash.stack;
    setText($("pre", box), crash.stack ?? "");
  }
}
