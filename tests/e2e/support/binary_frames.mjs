// Binary Channels frames, V2: as clients lay them out, and as the server does.

const KINDS = ["push", "reply", "broadcast"];

// The names of the fields in each kind that the server sends.
const FIELDS = {
  push: ["joinRef", "topic", "event"],
  reply: ["joinRef", "ref", "topic", "status"],
  broadcast: ["topic", "event"],
};

// A client's push.
export function encodePush({ joinRef = "", ref = "", topic, event, payload = [], kind = 0 }) {
  const fields = [joinRef, ref, topic, event].map((text) => Buffer.from(text));
  const sizes = fields.map(({ length }) => length);
  return Buffer.concat([Buffer.from([kind, ...sizes]), ...fields, Buffer.from(payload)]);
}

// What the server has sent: {kind, …its fields, payload}.
export function decode(bytes) {
  const kind = KINDS[bytes[0]];
  if (!kind) throw new Error(`a frame of kind ${bytes[0]}`);
  const frame = { kind };
  let at = 1 + FIELDS[kind].length;
  for (const [index, name] of FIELDS[kind].entries()) {
    const size = bytes[1 + index];
    frame[name] = bytes.subarray(at, at + size).toString();
    at += size;
  }
  frame.payload = [...bytes.subarray(at)];
  return frame;
}
