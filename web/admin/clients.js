// Clients: their connections, which can be ended, and the topics that they have joined.
"use strict";

const connectionRow = {
  key: (connection) => connection.id,
  make(connection) {
    const row = element("li");
    const parts = element("p");
    parts.append(...["id", "kind", "user", "address", "since", "traffic", "topic"].map((name) =>
      element("span", name)));
    const end = element("button", "", "Disconnect…");
    end.type = "button";
    end.setAttribute("aria-label", `Disconnect ${connection.id}`);
    end.addEventListener("click", () => disconnect(connection));
    row.append(parts, end);
    return row;
  },
  fill(row, connection) {
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
