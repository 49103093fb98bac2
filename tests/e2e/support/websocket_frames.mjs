// WebSocket frames as bytes: what `ws` would not send, and what it does not show.

const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

// A client's frame. Its mask is zero, so that the payload stays readable.
export function frame(kind, payload = "", { final = true, masked = true, reserved = 0 } = {}) {
  const bytes = Buffer.from(payload);
  const size = sizeBytes(bytes.length);
  const first = (final ? 0x80 : 0) | reserved | OPCODES[kind];
  const head = Buffer.from([first, (masked ? 0x80 : 0) | size[0], ...size.slice(1)]);
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), bytes]);
}

// The head of one that announces a payload of `length` bytes, and sends none of it.
export function announce(kind, length, options) {
  const size = sizeBytes(length);
  const whole = frame(kind, "", options);
  return Buffer.concat([whole.subarray(0, 1), Buffer.from([0x80 | size[0], ...size.slice(1)]),
                        Buffer.alloc(4)]);
}

export function closePayload(code, reason = "") {
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}

function sizeBytes(length) {
  if (length < 126) return [length];
  if (length < 0x10000) return [126, length >> 8, length & 0xff];
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(length));
  return [127, ...size];
}

// Every frame that a server has sent, of bytes that end with a whole one: {kind, payload}.
export function readFrames(bytes) {
  const frames = [];
  for (let at = 0; at < bytes.length;) {
    const kind = Object.keys(OPCODES).find((name) => OPCODES[name] === (bytes[at] & 0x0f));
    let size = bytes[at + 1];
    at += 2;
    if (size === 126) [size, at] = [bytes.readUInt16BE(at), at + 2];
    else if (size === 127) [size, at] = [Number(bytes.readBigUInt64BE(at)), at + 8];
    frames.push({ kind, payload: bytes.subarray(at, at + size) });
    at += size;
  }
  return frames;
}
