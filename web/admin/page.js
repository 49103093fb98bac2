// The operators' dashboard: what the channel `admin` tells, one actor closely, and orders.
"use strict";

const WRITER = "/database/writer";

const csrf = document.documentElement.dataset.csrf;

let channel;

const closeup = new ActorCloseup($("#actor"));
const database = new Closeup($("#database"));

function chosenPath() {
  try {
    const path = decodeURIComponent(location.hash.slice(1));
    return path.startsWith("/") ? path : undefined;
  } catch {
    return undefined; // no address of ours
  }
}

function choose() {
  const path = chosenPath();
  const section = closeup.section;
  document.body.classList.toggle("chosen", path !== undefined);
  section.hidden = path === undefined;
  for (const [each, row] of rows) row.classList.toggle("chosen", each === path);
  if (path === closeup.path) return;
  closeup.follow(path);
  say($("#actor .outcome"), "");
  $(".crash", section).hidden = true;
  $(".on-record", section).hidden = true;
  $(".on-record .list", section).replaceChildren();
  $(".facts", section).replaceChildren();
  $(".describes", section).hidden = true;
  showChosen();
}

function showChosen() {
  const path = closeup.path;
  if (path === undefined) return;
  const actor = actorAt(path);
  const section = closeup.section;
  section.dataset.state = actor?.state ?? "";
  setText($("h2", section), path);
  setText($(".state", section), actor ? actor.state : "There is no actor at this place.");
  const suspended = actor?.state === "suspended";
  $('[data-order="suspend"]', section).hidden = !actor || suspended;
  $('[data-order="resume"]', section).hidden = !suspended;
  $('[data-order="restart"]', section).hidden = !actor || actor.depth === 0;
}

addEventListener("hashchange", () => {
  choose();
  closeup.refresh();
  if (closeup.path !== undefined) $("#actor-title").focus({ preventScroll: false });
});

// -- orders ----------------------------------------------------------------------------------------

const ORDERS = {
  restart: ["Restart", "It is stopped and started again, with what its supervisor says belongs to it. Messages that wait for it may be lost."],
  suspend: ["Suspend", "It handles no messages until it is resumed; they wait in its mailbox."],
  resume: ["Resume", "It goes on with the messages that wait for it."],
};

async function order(name) {
  const path = closeup.path;
  const [verb, text] = ORDERS[name];
  if (!(await sure({ title: `${verb} ${path}?`, text, verb }))) return;
  await give(name, { path }, verb, $("#actor .outcome"));
}

for (const button of document.querySelectorAll("[data-order]")) {
  button.addEventListener("click", () => order(button.dataset.order));
}

// -- the channel -----------------------------------------------------------------------------------

function show(next) {
  overview = next;
  document.body.classList.remove("waiting");
  showTree();
  showFigures();
  showEvents();
  choose();
  showChosen();
  closeup.refresh();
  if (!$("#overview").hidden) database.refresh();
}

// `state`: "live", "lost" or "refused".
function showLink(state, text) {
  document.body.dataset.link = state;
  setText($("#link .says"), text);
}

function connect() {
  const socket = new Phoenix.Socket("/socket", { params: csrf ? { _csrf_token: csrf } : {} });
  socket.onError(() => showLink("lost", "Connection lost; trying again…"));
  channel = socket.channel("admin");
  channel.on("overview", show);
  channel.onError(() => showLink("lost", "Connection lost; trying again…"));
  channel.join()
    .receive("ok", (first) => {
      showLink("live", "Live");
      database.follow(WRITER);
      asking = false;
      show(first);
      askAll();
    })
    .receive("error", ({ reason }) => {
      if (reason !== "unauthorized") return showLink("lost", `${reason}; trying again…`);
      showLink("refused", "Not signed in any more. Reload the page to sign in.");
      channel.leave();
      socket.disconnect();
    });
  socket.connect();
}

const signOut = $("#sign-out");
signOut.hidden = !csrf;
signOut.addEventListener("click", async () => {
  await fetch("/api/session", { method: "DELETE", headers: { "x-csrf-token": csrf } });
  location.reload();
});

connect();
