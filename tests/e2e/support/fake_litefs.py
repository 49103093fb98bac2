"""A cluster of stand-ins for LiteFS, as far as a server can tell: for each node a folder that shows
the database with its position file and `.lag`, `/info`, and `/events`; what is committed on the primary
is carried to the others. Nobody is mounted, so a replica's folder takes writes: that the server makes
none is its own doing.

    fake_litefs.py FOLDER DATABASE NODE=HOSTNAME[@NAMESPACE]...

A node's API is on its own loopback, in its network namespace if it has one. Prints
{"node": {"url", "mount"}}, then takes orders, one JSON object a line, each answered by one:

    {"do": "promote", "node": "b"}   hands the role over; without a node nobody has it
    {"do": "die", "node": "b"}       its mount and its API are gone
    {"do": "freeze", "node": "b"}    its mount is there, its API takes requests and doesn't answer
    {"do": "revive", "node": "b"}    ends both
    {"do": "lose"}                   what is committed from now on is not recorded
    {"do": "hold"}                   what is committed from now on arrives nowhere; with a node, not there
    {"do": "release"}                … and now it does
"""

import contextlib
import ctypes
import json
import queue
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LOOK_S = 0.002
HEARD_S = 2
BEAT_S = 0.1

libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(namespace):
    """The sockets that this thread opens meanwhile are in that network namespace."""
    with open("/proc/thread-self/ns/net") as home, open(namespace) as there:
        enter(there)
        try:
            yield
        finally:
            enter(home)


def enter(namespace):
    if libc.setns(namespace.fileno(), 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Node:
    def __init__(self, cluster, name, place, folder):
        self.cluster = cluster
        self.hostname, _, namespace = place.partition("@")
        self.mount = folder / name / "mount"
        self.mount.mkdir(parents=True)
        self.data = folder / name / "data"
        self.data.mkdir()
        self.away = folder / name / "mount-away"
        self.transaction = 0
        self.subscribers = []
        self.state = "alive"
        self.bolted = False
        self.carrying = True
        self.heard = None  # from the primary, the last time
        with inside(namespace) if namespace else contextlib.nullcontext():
            self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def database(self):
        return self.mount / self.cluster.database

    def report(self):
        primary = self.cluster.primary
        if primary is self:
            return {"isPrimary": True}
        return {"isPrimary": False} | ({"hostname": primary.hostname} if primary else {})

    def bolt(self):
        """Lets its server commit nothing until that has heard that it is not the primary any more.
        LiteFS would refuse the commit."""
        if not self.database.exists():
            return
        lock = connect(self.database)
        lock.execute("BEGIN IMMEDIATE")
        self.bolted = True
        threading.Timer(HEARD_S, self.unbolt, [lock]).start()

    def unbolt(self, lock):
        lock.close()
        self.bolted = False

    def tell(self, event):
        for subscriber in list(self.subscribers):
            subscriber.put(event)

    def recorded(self, transaction):
        self.transaction = transaction
        write_in_place(self.mount / f"{self.cluster.database}-pos",
                       f"{transaction:016x}/{transaction:016x}\n")
        self.tell({"type": "tx", "db": self.cluster.database,
                   "data": {"txID": f"{transaction:016x}", "pageSize": 4096, "commit": 1}})


    def beat(self, now):
        """Hears from the primary, unless nothing gets here, and says how long ago that was."""
        if self.state != "alive":
            return
        primary = self.cluster.primary
        if primary and primary.state == "alive" and self.carrying:
            self.heard = now
        age = 2**31 - 1 if self.heard is None else int((now - self.heard) * 1000)
        with contextlib.suppress(OSError):  # the mount may be going away
            write_in_place(self.mount / ".lag", f"+{age:09d}\n")


def write_in_place(path, text):
    """Whoever has it open sees the new text, and nobody none."""
    with open(path, "r+" if path.exists() else "w") as file:
        file.write(text)
        file.truncate()


def handler_for(node):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def answer(self, body):
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            while node.state == "frozen":
                time.sleep(0.02)
            if node.state == "dead":
                return
            if self.path == "/info":
                report = node.report()
                name = node.hostname if report["isPrimary"] else report.get("hostname", "")
                self.answer(json.dumps({
                    "clusterID": "LFSC0000000000000000", "isPrimary": report["isPrimary"],
                    "candidate": True, "path": str(node.data),
                    "primary": {"hostname": name}}, indent=2).encode())
            elif self.path == "/events":
                self.stream()
            else:
                self.send_error(404)

        def stream(self):
            events = queue.Queue()
            events.put({"type": "init", "data": node.report()})
            node.subscribers.append(events)
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            try:
                while node.state != "dead":
                    try:
                        event = events.get(timeout=0.02)
                    except queue.Empty:
                        continue
                    while node.state == "frozen":
                        time.sleep(0.02)
                    self.wfile.write(json.dumps(event).encode() + b"\n")
                    self.wfile.flush()
            except OSError:
                pass
            finally:
                node.subscribers.remove(events)

    return Handler


class Cluster:
    def __init__(self, folder, database, names):
        self.database = database
        self.nodes = {}
        self.primary = None
        self.recording = True
        self.lock = threading.RLock()
        self.watched = None
        for name, place in names:
            self.nodes[name] = Node(self, name, place, folder)
        self.primary = self.nodes[names[0][0]]
        threading.Thread(target=self.watch, daemon=True).start()
        threading.Thread(target=self.beat, daemon=True).start()

    def beat(self):
        while True:
            for node in self.nodes.values():
                node.beat(time.monotonic())
            time.sleep(BEAT_S)

    def watch(self):
        while True:
            with self.lock:
                self.record_and_carry()
            time.sleep(LOOK_S)

    def record_and_carry(self):
        if self.committed() and self.recording:
            self.primary.recorded(self.primary.transaction + 1)
        self.carry()

    def committed(self):
        """Whether the primary's database has changed since the last time."""
        if not self.primary or not self.primary.database.exists():
            return False
        if not self.watched:
            self.watched = (connect(self.primary.database), None)
        connection, before = self.watched
        now = connection.execute("PRAGMA data_version").fetchone()[0]
        self.watched = (connection, now)
        return now != before

    def carry(self):
        if not self.primary:
            return
        for node in self.nodes.values():
            behind = node.transaction != self.primary.transaction
            if node.state == "alive" and node.carrying and behind and not node.bolted:
                copy(self.primary.database, node.database)
                node.recorded(self.primary.transaction)

    def promote(self, name):
        while name and self.nodes[name].bolted:  # it has not caught up
            time.sleep(LOOK_S)
        with self.lock:
            if self.primary:
                self.primary.bolt()
            self.record_and_carry()
            self.watched = None
            self.primary = None
            for node in self.nodes.values():
                node.tell({"type": "primaryChange", "data": node.report()})
            if not name:
                return
            self.primary = self.nodes[name]
            self.committed()
            for node in self.nodes.values():
                node.tell({"type": "primaryChange", "data": node.report()})


def connect(path):
    return sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)


def copy(source, target):
    source, target = connect(source), connect(target)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()


def obey(cluster, order):
    what, node = order["do"], cluster.nodes.get(order.get("node"))
    if what == "promote":
        cluster.promote(order.get("node"))
    elif what == "die":
        node.state = "dead"
        node.mount.rename(node.away)
    elif what == "freeze":
        node.state = "frozen"
    elif what == "revive":
        if node.away.exists():
            node.away.rename(node.mount)
        node.state = "alive"
    elif what == "lose":
        cluster.recording = False
    elif what in ("hold", "release"):
        for each in [node] if node else cluster.nodes.values():
            each.carrying = what == "release"
    else:
        raise ValueError(what)


def main():
    folder, database, *names = sys.argv[1:]
    cluster = Cluster(Path(folder), database, [name.split("=", 1) for name in names])
    print(json.dumps({name: {"url": node.url, "mount": str(node.mount), "data": str(node.data)}
                      for name, node in cluster.nodes.items()}), flush=True)
    for line in sys.stdin:
        obey(cluster, json.loads(line))
        print(json.dumps("done"), flush=True)


main()
