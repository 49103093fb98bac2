// The same server as one writes it with Node and `ws`, which knows no topics: node ws.mjs
// Prints its port and ends with its input. See bun.mjs for the paths.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { Rooms } from "./rooms.mjs";

const rooms = new Rooms();
const subscribers = new Map(); // topic → set of sockets

function subscribe(topic, socket) {
  let all = subscribers.get(topic);
  if (!all) subscribers.set(topic, (all = new Set()));
  all.add(socket);
  socket.on("close", () => all.delete(socket));
}

function publish(topic, message) {
  for (const socket of subscribers.get(topic)) socket.send(message, { binary: false });
}

function serve(socket, request) {
  const [path, topic] = request.url.split("?");
  if (topic) subscribe(topic, socket);
  socket.on("error", () => {});
  socket.on("message", (message) => {
    if (path === "/echo") {
      socket.send(message, { binary: false });
    } else if (path === "/topic") {
      publish(topic, message);
    } else if (path === "/room") {
      const [sign, key] = [String.fromCharCode(message[0]), message.toString("utf8", 1)];
      if (sign === "+") socket.send(rooms.state(topic));
      publish(topic, sign === "+" ? rooms.join(topic, key) : rooms.leave(topic, key));
    }
  });
}

const http = createServer();
new WebSocketServer({ server: http, perMessageDeflate: false }).on("connection", serve);
http.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => console.log(http.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
