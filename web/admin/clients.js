// Clients: their connections, which can be ended, and the topics that they have joined.
"use strict";

// What it is about is looked up when it is pressed: a connection that spoke HTTP may be a socket by then.
function rowButton(row, name, press) {
  const button = element("button", name);
  button.type = "button";
  button.addEventListener("click", () => press(row.connection));
  return button;
}

const connectionRow = {
  key: (connection) => connection.id,
  make({ id }) {
    const row = element("li");
    const parts = element("p");
    parts.append(...["id", "kind", "user", "address", "since", "traffic", "topic"].map((name) =>
      element("span", name)));
    const end = rowButton(row, "one", disconnect);
    setText(end, "Disconnect…");
    end.setAttribute("aria-label", `Disconnect ${id}`);
    const buttons = element("div", "orders");
    buttons.append(end, rowButton(row, "all", disconnectUser));
    row.append(parts, buttons);
    return row;
  },
  fill(row, connection) {
    row.connection = connection;
    fillButtonForAll($("button.all", row), connection.user);
    const { received, sent, queued_bytes: queued } = connection;
    const waiting = queued > 0 ? `, ${bytesText(queued)} queued` : "";
    const traffic = connection.transport === "http"
      ? countText(received, received, "request")
      : `${format.count(received)} in, ${format.count(sent)} out${waiting}`;
    fillRowParts(row, {
      id: connection.id,
      kind: connection.transport,
      user: connection.user === null ? "nobody" : `user ${connection.user}`,
      address: connection.address,
      since: `for ${ago(connection.since).replace(" ago", "")}`,
      traffic,
      topic: connection.topics.join(" "),
    });
  },
};

function fillButtonForAll(button, user) {
  button.hidden = user === null;
  if (button.hidden) return;
  setText(button, `All of user ${user}…`);
  button.setAttribute("aria-label", `Disconnect all of user ${user}`);
}

// What is not in a list, and why.
function restText(shown, { matching, unanswered }, one) {
  return [countText(shown, matching, one), ...(unanswered ?? [])].join("; ");
}

const connections = new Panel("#connections", "connections", (answer) => {
  showList($("#connections .list"), answer.connections, connectionRow);
  setText($("#connections .rest"), restText(answer.connections.length, answer, "connection"));
}, () => fieldsOf($("#connections form")));

async function disconnect({ id, transport, address, user }) {
  const whose = user === null ? address : `user ${user}, ${address}`;
  const back = transport === "http" ? "" : " Its client may come back.";
  const question = { title: `Disconnect ${id}?`, verb: "Disconnect",
                     text: `The connection of ${whose} is ended.${back}` };
  if (!(await sure(question))) return;
  await give("disconnect", { id }, "Disconnect", $("#connections .outcome"));
  askAll([connections]);
}

async function disconnectUser({ user }) {
  const question = { title: `Disconnect all of user ${user}?`, verb: "Disconnect all",
                     text: "Their sockets are ended, those that are not in this list too. Their clients may come back." };
  if (!(await sure(question))) return;
  const outcome = $("#connections .outcome");
  const answer = await give("disconnect", { user }, "Disconnect", outcome);
  if (answer) {
    const { disconnected: count, unanswered } = answer;
    const ended = `${countText(count, count, "socket")} of user ${user} ended`;
    say(outcome, `Disconnect: ${[ended, ...unanswered].join("; ")}.`);
  }
  askAll([connections]);
}

const topicRow = {
  key: ({ topic }) => topic,
  make: () => listRow("topic", "subscribers", "present"),
  fill: (row, { topic, subscribers, present }) => fillRowParts(row, {
    topic,
    subscribers: countText(subscribers, subscribers, "subscriber"),
    present: present > 0 ? `${format.count(present)} present` : "",
  }),
};

new Panel("#topics", "topics", (answer) => {
  showList($("#topics .list"), answer.topics, topicRow);
  setText($("#topics .rest"), restText(answer.topics.length, answer, "topic"));
}, () => fieldsOf($("#topics form")));
