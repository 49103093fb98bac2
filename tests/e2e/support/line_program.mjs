// A program that says something first, and then takes orders: a line of JSON each, answered by one.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { within } from "./wait.mjs";

export class LineProgram {
  #child;
  #lines;

  // Starts it, and returns what it says first.
  start(program, args) {
    this.name = args[0] ?? program;
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdin.on("error", () => {}); // of one that has ended
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    return this.#answer("its start");
  }

  order(order) {
    const line = JSON.stringify(order);
    this.#child.stdin.write(`${line}\n`);
    return this.#answer(line);
  }

  async #answer(what) {
    const { value, done } = await within(`${what}, of ${this.name}`, this.#lines.next());
    if (done) throw new Error(`${this.name} has ended, waiting for ${what}`);
    return JSON.parse(value);
  }

  async end() {
    if (!this.#child) return;
    const ended = new Promise((done) => this.#child.once("close", done));
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await ended;
  }
}
