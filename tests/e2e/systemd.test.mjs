// What systemd hears of a server: that it is ready, how it is, that it lives, that it stops.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { withManager } from "./support/notify.mjs";
import { Server, withFolder } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

async function withService(env, addressIn, use) {
  await withFolder(async (folder) => {
    await withManager(addressIn(folder), async (manager) => {
      const server = new Server(folder, { NOTIFY_SOCKET: manager.address, ...env });
      try {
        await server.start();
        await use(server, manager);
      } finally {
        await server.destroy();
      }
    });
  });
}

const inFolder = (folder) => join(folder, "notify.sock");
const abstract = () => `@coppice-e2e-${process.pid}`;

for (const [kind, address] of [["a path", inFolder], ["an abstract address", abstract]]) {
  test(`a manager at ${kind} hears of the start and of the end`, async () => {
    await withService({}, address, async (server, manager) => {
      const ready = await manager.heard(/^READY=1$/m);
      assert.match(ready, new RegExp(`^STATUS=listening on port ${server.port}$`, "m"));
      server.signal("SIGTERM");
      await manager.heard(/^STOPPING=1\nSTATUS=stopping$/);
      assert.deepEqual(await within("the end", server.ended), { code: 0, signal: null });
      assert.ok(!manager.said.includes("WATCHDOG=1"), "nobody has asked for signs of life");
    });
  });
}

test("signs of life come as often as the manager wants them", async () => {
  await withService({ WATCHDOG_USEC: "200000" }, inFolder, async (server, manager) => {
    await until("signs of life", () => manager.said.filter((line) => line === "WATCHDOG=1").length > 3);
  });
});

test("an address that is none is named, and the server runs", async () => {
  await withFolder(async (folder) => {
    const server = new Server(folder, { NOTIFY_SOCKET: "nonsense" });
    try {
      await server.start();
      assert.match(server.log, /the service manager is told nothing: NOTIFY_SOCKET must be a path/);
      assert.equal((await server.json("/api/health")).status, 200);
    } finally {
      await server.destroy();
    }
  });
});
