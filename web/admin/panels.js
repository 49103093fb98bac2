// Views, of which one is shown, and the panels in them: each asks its question again and again while
// it can be seen. Not with each overview: who sends those may be on a shard that is held.
"use strict";

const ASKED_MS = 2_000;

const VIEWS = ["overview", "clients", "requests", "crashes", "log"];
const panels = [];

let asking = false;

class Panel {
  // `show` is told each answer; `params` gives the question's.
  constructor(selector, event, show, params = () => ({})) {
    Object.assign(this, { section: $(selector), event, show, params });
    panels.push(this);
    for (const form of this.section.querySelectorAll("form.filter[role=search]")) {
      form.addEventListener("submit", (submit) => submit.preventDefault());
      form.addEventListener("input", () => this.askSoon());
    }
  }

  isSeen() {
    return !this.section.closest(".view").hidden;
  }

  // After the last of several changes.
  askSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => asking ? this.askSoon() : askAll([this]), 250);
  }

  tell(answer) {
    this.refused = false;
    this.show(answer);
  }

  // The reason stays until there is an answer, and what an order has said until the next.
  refuse(reason) {
    if (reason === "busy") return;
    this.refused = true;
    say($(".outcome", this.section), reason, true);
  }

  clear() {
    if (this.refused) say($(".outcome", this.section), "");
  }
}

// One question after the other, so that nobody takes more than one of the server's turns.
function askAll(wanted = panels) {
  if (channel?.state !== "joined" || asking) return;
  askNext(wanted.filter((panel) => panel.isSeen()));
}

function askNext(left) {
  const [panel, ...others] = left;
  asking = panel !== undefined;
  if (!asking) return;
  const go = (use) => (answer) => {
    try {
      use(answer);
    } finally {
      askNext(others);
    }
  };
  channel.push(panel.event, panel.params())
    .receive("ok", go((answer) => { panel.clear(); panel.tell(answer); }))
    .receive("error", go(({ reason }) => panel.refuse(reason)))
    .receive("timeout", go(() => panel.refuse("The server does not answer.")));
}

function chosenView() {
  const name = location.hash.slice(1);
  return VIEWS.includes(name) ? name : "overview";
}

function showView() {
  const chosen = chosenView();
  for (const name of VIEWS) $(`#${name}`).hidden = name !== chosen;
  for (const link of document.querySelectorAll("#views a")) {
    const isChosen = (link.hash.slice(1) || "overview") === chosen;
    if (isChosen) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

addEventListener("hashchange", () => {
  showView();
  askAll();
});
showView();
setInterval(askAll, ASKED_MS);
