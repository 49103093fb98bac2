// The workloads' server as one writes it with Bun.serve: bun bun.mjs
// Prints its port and ends with its input.
//   /echo         sends back what comes
//   /topic?NAME   subscribes to NAME; what comes is published to all who have
//   /room?NAME    the same for a room with presence: what comes is "+KEY" or "-KEY"
//   /idle         does nothing
import { Rooms } from "./rooms.mjs";

const rooms = new Rooms();

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request, server) {
    const url = new URL(request.url);
    const data = { path: url.pathname, topic: url.search.slice(1) };
    if (server.upgrade(request, { data })) return undefined;
    return new Response("a WebSocket is expected", { status: 426 });
  },
  websocket: {
    open(ws) {
      if (ws.data.topic) ws.subscribe(ws.data.topic);
    },
    message(ws, message) {
      const { path, topic } = ws.data;
      if (path === "/echo") {
        ws.send(message);
      } else if (path === "/topic") {
        server.publish(topic, message);
      } else if (path === "/room") {
        const key = message.slice(1);
        if (message[0] === "+") ws.send(rooms.state(topic));
        server.publish(topic, message[0] === "+" ? rooms.join(topic, key) : rooms.leave(topic, key));
      }
    },
  },
});
console.log(server.port);
process.stdin.on("end", () => process.exit(0)).resume();
