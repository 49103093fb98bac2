// What operators order: asked for once more, sent, and told of.
"use strict";

const ORDER_MS = 45_000;

function say(outcome, text, failed = false) {
  outcome.classList.toggle("failed", failed);
  setText(outcome, text);
}

// Asks the operator; true for yes.
function sure({ title, text, verb }) {
  const dialog = $("#confirm");
  setText($("h2", dialog), title);
  setText($("#confirm-text"), text);
  setText($(".sure", dialog), verb);
  dialog.returnValue = "no";
  dialog.showModal();
  $(".sure", dialog).focus();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}

// Gives an order and says in `outcome` what became of it. A promise of the answer; of undefined for
// none.
function give(event, params, verb, outcome) {
  say(outcome, `${verb}: under way…`);
  return new Promise((settle) => {
    const fail = (reason) => { say(outcome, `${verb}: ${reason}`, true); settle(undefined); };
    channel.push(event, params, ORDER_MS)
      .receive("ok", (answer) => { say(outcome, `${verb}: done.`); settle(answer); })
      .receive("error", ({ reason }) => fail(reason))
      .receive("timeout", () => fail("no answer."));
  });
}
