// Several nodes that share broadcasts and presence, over the NATS servers that they run: through the
// official client, with nodes that end, die, freeze and come back.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { addUser, command } from "./support/accounts.mjs";
import { openPage, startBrowser } from "./support/browser.mjs";
import { Client } from "./support/clients.mjs";
import { freePort } from "./support/ports.mjs";
import { nodeEnvironments, nodesOf, untilUp, withNodes } from "./support/nodes.mjs";
import { coppice, withFolder, withServer } from "./support/server.mjs";
import { find } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

const NATS = "/usr/sbin/nats-server";
const TOPIC = "room:lobby";

// Runs use(join): join(server, user) joins a room there, with the options of its Socket.
async function withRooms(use) {
  const clients = [];
  try {
    await use(async (server, user, topic = TOPIC, options = {}) => {
      const client = new Client(server, user, options);
      clients.push(client);
      return Object.assign(await client.join(topic), { client });
    });
  } finally {
    for (const client of clients) await client.disconnect();
  }
}

const numbers = (count, from = 0) => Array.from({ length: count }, (_, n) => n + from);
const present = (room) => room.presence.list((user) => user).sort().join();
const untilPresent = (room, users) =>
  until(`${users} to be present`, () => present(room) === users);

// The nats-server of a node: its process id, and its log's line.
async function natsOf(server) {
  const { stdout } = await server.command("inspect", "/cluster/nats");
  return Number(/nats-server, pid (\d+)/.exec(stdout)[1]);
}

const isAlive = async (pid) => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
};

test("a broadcast reaches the members on every node, once and in order", async () => {
  await withNodes(["a", "b", "c"], (servers) => withRooms(async (join) => {
    const rooms = [];
    for (const name of ["a", "b", "c"]) rooms.push(await join(servers[name], `user-${name}`));
    for (const n of numbers(50)) {
      for (const [from, room] of rooms.entries()) room.push("shout", { from, n });
    }
    for (const room of rooms) {
      const heard = await room.receive("shout", 150);
      for (const from of [0, 1, 2]) {
        const said = heard.filter((each) => each.from === from).map(({ n }) => n);
        assert.deepEqual(said, numbers(50));
      }
    }
  }));
});

test("what is whispered reaches all but who whispers", async () => {
  await withNodes(["a", "b"], (servers) => withRooms(async (join) => {
    const ann = await join(servers.a, "ann");
    const bob = await join(servers.b, "bob");
    ann.push("whisper", { n: 1 });
    assert.deepEqual((await bob.receive("whisper")).map(({ n }) => n), [1]);
    bob.push("shout", { n: 2 });
    await ann.receive("shout");
    assert.deepEqual(ann.of("whisper"), []);
  }));
});

test("members of all nodes are present, come and go", async () => {
  await withNodes(["a", "b"], (servers) => withRooms(async (join) => {
    const ann = await join(servers.a, "ann");
    const bob = await join(servers.b, "bob");
    await untilPresent(ann, "ann,bob");
    await untilPresent(bob, "ann,bob");
    const eve = await join(servers.b, "eve");
    await untilPresent(ann, "ann,bob,eve");
    await eve.leave();
    await untilPresent(ann, "ann,bob");
    await bob.client.disconnect();
    await untilPresent(ann, "ann");
  }));
});

test("a node that joins late sees who is present", async () => {
  await withNodes(["a", "b"], (servers, start) => withRooms(async (join) => {
    const ann = await join(servers.a, "ann");
    servers.b.signal("SIGTERM");
    await within("b's end", servers.b.ended);
    await untilUp(servers.a, []);
    for (const n of numbers(5)) await join(servers.a, `user-${n}`);
    await start("b");
    const bob = await join(servers.b, "bob");
    const all = "ann,bob,user-0,user-1,user-2,user-3,user-4";
    await untilPresent(bob, all);
    await untilPresent(ann, all);
  }));
});

test("the members of a node that ends are gone at once", async () => {
  await withNodes(["a", "b"], (servers) => withRooms(async (join) => {
    const ann = await join(servers.a, "ann");
    await join(servers.b, "bob");
    await untilPresent(ann, "ann,bob");
    servers.b.signal("SIGTERM");
    await within("b's end", servers.b.ended);
    await untilPresent(ann, "ann");
    await until("the farewell", () => /node b has left/.test(servers.a.log));
  }), { CLUSTER_NODE_TIMEOUT: "3600" });
});

test("the members of a node that is killed are absent once it has been silent for long", async () => {
  await withNodes(["a", "b"], (servers) => withRooms(async (join) => {
    const ann = await join(servers.a, "ann");
    await join(servers.b, "bob");
    await untilPresent(ann, "ann,bob");
    servers.b.signal("SIGKILL");
    await untilPresent(ann, "ann");
    const { nodes } = await nodesOf(servers.a);
    assert.equal(nodes.find(({ node }) => node === "b").state, "down");
    const { stdout } = await servers.a.command("nodes");
    assert.match(stdout, /^b +down for \d+ s /m);
  }));
});

test("a node that was frozen is back with its members, who are the same as before", async () => {
  await withNodes(["a", "b"], (servers) => withRooms(async (join) => {
    const ann = await join(servers.a, "ann");
    const bob = await join(servers.b, "bob");
    await untilPresent(ann, "ann,bob");
    const refOf = (room, user) => room.presence.state[user].metas.map(({ phx_ref }) => phx_ref);
    const before = refOf(ann, "bob");
    servers.b.signal("SIGSTOP");
    await untilPresent(ann, "ann");
    const eve = await join(servers.a, "eve");
    servers.b.signal("SIGCONT");
    await untilPresent(ann, "ann,bob,eve");
    await untilPresent(bob, "ann,bob,eve");
    assert.deepEqual(refOf(ann, "bob"), before);
    eve.push("shout", { n: 1 });
    await bob.receive("shout");
  }));
});

test("an update reaches other nodes as one diff, and its member is never away", async () => {
  await withNodes(["a", "b"], (servers) => withRooms(async (join) => {
    const ann = await join(servers.a, "ann");
    const bob = await join(servers.b, "bob");
    await untilPresent(ann, "ann,bob");
    const seen = new Set();
    ann.presence.onSync(() => seen.add(present(ann)));
    for (const n of numbers(20)) {
      bob.push("update_meta", { n });
      await until("the update", () => ann.presence.state.bob?.metas[0].n === n);
    }
    assert.deepEqual([...seen], ["ann,bob"]);
    for (const { joins, leaves } of ann.of("presence_diff").filter((diff) => "bob" in diff.leaves)) {
      assert.deepEqual(joins.bob.metas.map(({ phx_ref_prev }) => phx_ref_prev),
                       leaves.bob.metas.map(({ phx_ref }) => phx_ref));
    }
  }));
});

test("a user who is disconnected on one node is on every other, and nobody else", async () => {
  await withNodes(["a", "b"], (servers) => withRooms(async (join) => {
    const rooms = {};
    for (const server of Object.values(servers)) {  // each has a database, with the same people
      for (const email of ["ada@example.com", "eve@example.com"]) await addUser(server, email);
    }
    const token = async (server, email) => {
      const made = await command(server, ["token", "create", email, "--name", "t", "--scope", "socket"]);
      assert.equal(made.code, 0, made.stderr);
      return made.stdout.trim();
    };
    for (const user of ["ada", "eve"]) {
      const authToken = await token(servers.b, `${user}@example.com`);
      rooms[user] = await join(servers.b, user, TOPIC, { authToken });
    }
    const { code, stderr } = await command(servers.a, ["user", "disable", "ada@example.com"]);
    assert.equal(code, 0, stderr);
    const [ada, eve] = [rooms.ada.client, rooms.eve.client];
    await until("the close", () => ada.closes.length > 0);
    assert.equal(ada.closes[0], 1001);
    assert.equal((await rooms.eve.ask("ping")).status, "ok");
    assert.deepEqual(eve.closes, []);
  }));
});

test("a node that is killed and started anew has none of its old members", async () => {
  await withNodes(["a", "b"], (servers, start) => withRooms(async (join) => {
    const ann = await join(servers.a, "ann");
    await join(servers.b, "bob");
    await untilPresent(ann, "ann,bob");
    servers.b.signal("SIGKILL");
    await within("b's end", servers.b.ended);
    await start("b");
    await join(servers.b, "eve");
    await untilPresent(ann, "ann,eve");
  }), { CLUSTER_NODE_TIMEOUT: "3600" });
});

test("a NATS server that dies is started anew, and no member notices", async () => {
  await withNodes(["a", "b"], (servers) => withRooms(async (join) => {
    const ann = await join(servers.a, "ann");
    const bob = await join(servers.b, "bob");
    await untilPresent(ann, "ann,bob");
    const before = await natsOf(servers.a);
    process.kill(before, "SIGKILL");
    await until("another one", async () => (await natsOf(servers.a)) !== before);
    await until("how it ended", () =>
      /nats-server was ended by signal 9 \(SIGKILL\)/.test(servers.a.log));
    await untilUp(servers.a, ["b"]);
    const eve = await join(servers.a, "eve");
    await untilPresent(bob, "ann,bob,eve");
    await until("the way to be open", async () => (await nodesOf(servers.a)).link.connected);
    // Whether b has been reached shows only in what it hears.
    await until("a broadcast to arrive", async () => {
      eve.push("shout", { n: 1 });
      return bob.of("shout").length > 0;
    });
    assert.deepEqual([ann.client.closes, bob.client.closes], [[], []]);
  }), { CLUSTER_NODE_TIMEOUT: "3600" });
});

test("each part of the cluster can be restarted, and all of it", async () => {
  await withNodes(["a", "b"], (servers) => withRooms(async (join) => {
    const ann = await join(servers.a, "ann");
    const bob = await join(servers.b, "bob");
    for (const part of ["/questions", "/members", "/link", "/nats", "/discovery", ""]) {
      const { code, stderr } = await servers.a.command("restart", `/cluster${part}`);
      assert.equal(code, 0, `${part}: ${stderr}`);
      const count = bob.of("shout").length;
      await until(`a broadcast after the restart of /cluster${part}`, async () => {
        ann.push("shout", { part });
        return bob.of("shout").length > count;
      });
    }
    await untilUp(servers.b, ["a"]);
    await untilPresent(bob, "ann,bob");
    assert.deepEqual([ann.client.closes, bob.client.closes], [[], []]);
  }), { CLUSTER_NODE_TIMEOUT: "3600" });
});

test("the NATS server ends with its node, however that ends", async () => {
  await withNodes(["a", "b"], async (servers) => {
    const [ofA, ofB] = [await natsOf(servers.a), await natsOf(servers.b)];
    servers.a.signal("SIGTERM");
    assert.deepEqual(await within("a's end", servers.a.ended), { code: 0, signal: null });
    assert.equal(await isAlive(ofA), false);
    servers.b.signal("SIGKILL");
    await within("b's end", servers.b.ended);
    await until("the end of b's NATS server", async () => !(await isAlive(ofB)));
  });
});

test("a NATS server of somebody else carries the messages", async () => {
  const port = await freePort();
  const nats = spawn(NATS, ["-a", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  try {
    const url = { CLUSTER_NODES: "", NATS_URL: `nats://127.0.0.1:${port}` };
    await withNodes(["a", "b"], (servers) => withRooms(async (join) => {
      const ann = await join(servers.a, "ann");
      const bob = await join(servers.b, "bob");
      await untilPresent(ann, "ann,bob");
      ann.push("shout", { n: 1 });
      await bob.receive("shout");
      assert.doesNotMatch((await servers.a.command("tree")).stdout, / nats /);
    }), url);
  } finally {
    nats.kill("SIGKILL");
  }
});

test("a server goes on alone while NATS is away, and is found when it is there", async () => {
  const port = await freePort();
  const url = { CLUSTER_NODES: "", NATS_URL: `nats://127.0.0.1:${port}` };
  const environments = await nodeEnvironments(["a", "b"], url);
  await withServer({ env: environments.a }, (a) => withServer({ env: environments.b }, async (b) => {
    assert.equal((await a.get("/health")).status, 200);
    assert.match((await a.command("nodes")).stdout, /^not connected to NATS/m);
    const nats = spawn(NATS, ["-a", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
    try {
      await untilUp(a, ["b"]);
      await untilUp(b, ["a"]);
    } finally {
      nats.kill("SIGKILL");
    }
  }));
});

test("a NATS that refuses a node for a while is tried again, and that is said", async () => {
  const port = await freePort();
  const start = (token) => spawn(NATS, ["-a", "127.0.0.1", "-p", String(port), "--auth", token], { stdio: "ignore" });
  const env = { CLUSTER_NODES: "", NATS_URL: `nats://right@127.0.0.1:${port}` };
  const environments = await nodeEnvironments(["a", "b"], env);
  let nats = start("wrong");
  try {
    await withServer({ env: environments.a }, (a) => withServer({ env: environments.b }, async (b) => {
      await until("the refusal", () => /NATS does not take this node: .*of NATS_URL right/.test(a.log));
      nats.kill("SIGKILL");
      nats = start("right");
      await untilUp(a, ["b"]);
      await untilUp(b, ["a"]);
    }));
  } finally {
    nats.kill("SIGKILL");
  }
});

test("nodes are found by the addresses of a name", async () => {
  const addresses = { a: "127.0.0.2", b: "127.0.0.1" }; // the name is b's
  const environments = await nodeEnvironments(["a", "b"], { DNS_CLUSTER_QUERY: "localhost", CLUSTER_NODES: "" });
  const port = String(await freePort());
  const env = (name) => ({ ...environments[name], CLUSTER_PORT: port, CLUSTER_LISTEN_ADDRESS: addresses[name] });
  await withServer({ env: env("a") }, (a) => withServer({ env: env("b") }, async (b) => {
    await untilUp(a, ["b"]);
    await untilUp(b, ["a"]);
    assert.match((await a.command("inspect", "/cluster/discovery")).stdout, /127\.0\.0\.1/);
  }));
});

test("who does not have the cluster's secret hears nothing and is not heard", async () => {
  await withFolder(async (folder) => {
    const { a, b } = await nodeEnvironments(["a", "b"]);
    await withServer({ env: a }, (first) =>
      withServer({ env: { ...b, SECRET_KEY_BASE: "t".repeat(64) } }, async (second) => {
        await until("the stranger to be refused", () =>
          /nats-server: .*(Authorization|authentication|Cluster)/i.test(first.log + second.log));
        assert.deepEqual((await nodesOf(first)).nodes.map(({ node }) => node), ["a"]);
        assert.deepEqual((await nodesOf(second)).nodes.map(({ node }) => node), ["b"]);
        assert.ok(folder);
      }));
  });
});

test("operators see the nodes, and the trees of all of them, from any", async () => {
  await withNodes(["a", "b"], async (servers) => {
    const { stdout } = await servers.a.command("nodes");
    assert.match(stdout, /^NODE +STATE +ROLE +REGION /m);
    assert.match(stdout, /^a \(here\) +up +- +region-a /m);
    assert.match(stdout, /^b +up +- +region-b /m);
    assert.match(stdout, /^connected to NATS; \d+ messages sent, 0 not sent; /m);
    const trees = await servers.b.command("tree", "--cluster");
    assert.match(trees.stdout, /^node b\nACTOR [^]*\/?writer[^]*^node a\nACTOR /m);
    const { nodes } = JSON.parse((await servers.a.command("tree", "--cluster", "--json")).stdout);
    assert.deepEqual(nodes.map(({ node }) => node), ["a", "b"]);
    for (const { tree } of nodes) assert.ok(tree.children.length > 5);
    const connections = nodes.map(({ tree }) => find(tree, "/http/connections"));
    assert.deepEqual(connections.map(({ children, children_count }) => [children, children_count]),
      [[undefined, 0], [undefined, 0]]);
  });
});

test("the dashboard shows the nodes", async () => {
  const browser = await startBrowser();
  try {
    await withNodes(["a", "b"], async (servers) => {
      const { page, trouble } = await openPage(browser, `${servers.a.url}/admin`);
      const row = (node) => `#nodes tbody tr:has(th:text-is("${node}"))`;
      await page.waitForSelector(`${row("b")} .region:text-is("region-b")`);
      await page.waitForSelector(`${row("a")} .state:text-is("here")`);
      await page.waitForSelector('#nodes .link:has-text("Connected: ")');
      servers.b.signal("SIGKILL");
      await page.waitForSelector(`${row("b")}[data-state="stuck"] .state:has-text("down, ")`);
      assert.deepEqual(trouble, []);
    });
  } finally {
    await browser.close();
  }
});

test("a node that does not answer is named", async () => {
  await withNodes(["a", "b"], async (servers) => {
    servers.b.signal("SIGSTOP");
    const { stdout } = await servers.a.command("tree", "--cluster");
    servers.b.signal("SIGCONT");
    assert.match(stdout, /^node b\n {2}has not answered within 2 s$/m);
  }, { CLUSTER_NODE_TIMEOUT: "3600" });
});

test("a server alone says that it is", async () => {
  await withServer({ env: { NODE_NAME: "solo" } }, async (server) => {
    const { stdout } = await server.command("nodes");
    assert.match(stdout, /^solo \(here\) +up /m);
    assert.match(stdout, /this node is alone: see DNS_CLUSTER_QUERY and CLUSTER_NODES/);
    const { nodes } = JSON.parse((await server.command("tree", "--cluster", "--json")).stdout);
    assert.deepEqual(nodes.map(({ node }) => node), ["solo"]);
  });
});

test("two nodes of one name are told apart by nobody, and that is said", async () => {
  const { a, b } = await nodeEnvironments(["a", "b"]);
  await withServer({ env: a }, (first) => withServer({ env: { ...b, NODE_NAME: "a" } }, () =>
    until("it to be said", () =>
      /two nodes are called a: give each a NODE_NAME of its own/.test(first.log))));
});

test("what can't be the start of a node stops the start and is named", async () => {
  await withFolder(async (folder) => {
    const { a } = await nodeEnvironments(["a"]);
    const start = (changed) => coppice(["server"], {
      cwd: folder,
      env: { PORT: "0", TMPDIR: folder, DATABASE_PATH: `${folder}/test.db`, ADMIN_SOCKET: `${folder}/a.sock`, ...a,
        ...changed },
    });
    const cases = [
      [{ SECRET_KEY_BASE: "" }, 2, /SECRET_KEY_BASE is ""; accepted: the same 64 random characters/],
      [{ NATS_URL: "localhost:4222" }, 2, /NATS_URL is "localhost:4222"; accepted: /],
      [{ NATS_URL: "nats://ann:secret@a,nats://b" }, 2, /NATS_URL is "\[…\]@a,nats:\/\/b"; accepted: /],
      [{ NODE_NAME: "a b" }, 2, /NODE_NAME is "a b"; accepted: /],
      [{ CLUSTER_NODES: "a\"b" }, 2, /CLUSTER_NODES is "a"b"; accepted: /],
      [{ CLUSTER_LISTEN_ADDRESS: "lan" }, 2, /CLUSTER_LISTEN_ADDRESS is "lan"; accepted: /],
      [{ NATS_SERVER: "no-such-program" }, 1, /no-such-program can't be started: .*not in PATH/],
    ];
    for (const [changed, expected, message] of cases) {
      const { code, stderr } = await start(changed);
      assert.match(stderr, message);
      assert.equal(code, expected, stderr);
    }
  });
});

test("a port that is taken stops the start and is named", async () => {
  await withNodes(["a"], async (servers) => {
    await withFolder(async (folder) => {
      const { CLUSTER_PORT, ...rest } = servers.a.env;
      const { code, stderr } = await coppice(["server"], {
        cwd: folder,
        env: { ...rest, CLUSTER_PORT, DATABASE_PATH: `${folder}/test.db`,
          ADMIN_SOCKET: `${folder}/a.sock`, NODE_NAME: "other" },
      });
      assert.equal(code, 1, stderr);
      assert.match(stderr, new RegExp(`nats-server ended with exit code 1 before it was ready; last line: .*${CLUSTER_PORT}`));
    });
  });
});
