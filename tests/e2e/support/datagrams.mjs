// UDP between hosts, for another process; see inside.mjs: nobody repeats what is lost.
import { createSocket } from "node:dgram";
import { once } from "node:events";

const socket = createSocket("udp4");
const arrived = []; // {text, at}, where at is the time in milliseconds

socket.on("message", (bytes) => arrived.push({ text: bytes.toString(), at: Date.now() }));

export async function open(address) {
  socket.bind(0, address);
  await once(socket, "listening");
  return socket.address().port;
}

export async function send(texts, address, port) {
  const at = Date.now();
  for (const text of texts) await new Promise((sent) => socket.send(text, port, address, sent));
  return at;
}

export const received = () => arrived;
