// What both peers share: who is in which room, for the presence workload.

// The members of rooms by key, and the messages that tell of them.
export class Rooms {
  #members = new Map(); // room → (key → since when)

  #room(name) {
    let members = this.#members.get(name);
    if (!members) this.#members.set(name, (members = new Map()));
    return members;
  }

  state(name) {
    return JSON.stringify(["state", Object.fromEntries(this.#room(name))]);
  }

  join(name, key) {
    const since = { online_at: String(Math.floor(Date.now() / 1000)) };
    this.#room(name).set(key, since);
    return JSON.stringify(["diff", { joins: { [key]: since }, leaves: {} }]);
  }

  leave(name, key) {
    const since = this.#room(name).get(key);
    this.#room(name).delete(key);
    return JSON.stringify(["diff", { joins: {}, leaves: { [key]: since } }]);
  }
}
