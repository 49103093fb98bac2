// Signs an administrator in, by the same API that other clients use.
"use strict";

const { csrf, who } = document.documentElement.dataset;
const outcome = document.querySelector(".outcome");

function say(text) {
  outcome.textContent = text;
}

async function send(method, body) {
  const headers = body ? { "content-type": "application/json" } : {};
  if (csrf) headers["x-csrf-token"] = csrf;
  return await fetch("/api/session", { method, headers, body: body && JSON.stringify(body) });
}

// Runs what a form does, with its button out of reach meanwhile.
function handle(form, action) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    say("");
    try {
      await action();
    } catch {
      say("The server can't be reached.");
    }
    button.disabled = false;
  });
}

const enter = document.getElementById("enter");
const leave = document.getElementById("leave");

handle(enter, async () => {
  const fields = new FormData(enter);
  const answer = await send("POST",
                            { email: fields.get("email"), password: fields.get("password") });
  if (answer.ok) return location.reload();
  if (answer.status === 401) return say("That is not the email and password of an account.");
  if (answer.status === 429) return say("Too many attempts; wait a little.");
  say(`The server answered ${answer.status}.`);
});

handle(leave, async () => {
  const answer = await send("DELETE");
  if (answer.ok) return location.reload();
  say(`The server answered ${answer.status}.`);
});

(who ? leave : enter).hidden = false;
if (!who) enter.querySelector("input").focus();
