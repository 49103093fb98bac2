"""Kills a database server under load again and again, and looks at what it left behind.

Usage: campaign.py [--kills N] [--seed N] [--server PATH]

Several clients write through tests/crash/crash_server.cpp: rows, and posts with their tags and
search index. The server is ended by SIGKILL: at random moments from outside, and in the middle of
single writes by itself: to the log (a commit), to the database (a checkpoint), and during the
migrations of its first start. After each restart every acknowledged write must be there, none
twice, whole, and the database and its search index sound. What had no answer is asked for again
with the same idempotency key; in the end the database has what was acknowledged and nothing else.
The seed is printed; with the same one
the same kills are planned, though the threads' timing remains their own.
"""

import argparse
import collections
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 16
LIVES_OF_A_DATABASE = 10
LONGEST_LIFE_S = 0.25
START_LIMIT_S = 60


class Failure(Exception):
    """What was promised did not hold."""


class Server:
    """One life of the server program."""

    def __init__(self, program, database, torn_write=None):
        argv = [program, str(database), str(CLIENTS)] + ([torn_write] if torn_write else [])
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, client, kind, key):
        try:
            self.process.stdin.write(f"{client} {kind} {key}\n")
        except BrokenPipeError:
            pass  # killed meanwhile, as its output will tell

    def read(self):
        """The next answer's words; none at the end."""
        return self.process.stdout.readline().split(maxsplit=3)

    def is_ready(self):
        """False if it died before it was ready."""
        guard = threading.Timer(START_LIMIT_S, self.process.kill)
        guard.start()
        words = self.read()
        guard.cancel()
        return words == ["ready"]

    def ended_by_kill(self):
        code = self.process.wait()
        errors = self.process.stderr.read()
        self.close()
        if code != -signal.SIGKILL:
            raise Failure(f"the server ended by itself, with {code}: {errors}")

    def stop(self):
        """Ends it in good order."""
        self.process.stdin.close()
        code = self.process.wait(timeout=START_LIMIT_S)
        if code != 0:
            raise Failure(f"the server's end failed with {code}: {self.process.stderr.read()}")
        self.close()

    def close(self):
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                stream.close()
            except BrokenPipeError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.close()


class Ledger:
    """What the clients know of one database."""

    def __init__(self):
        self.acknowledged = {}  # key → kind
        self.unanswered = {}  # client → (kind, key)
        self.asked = 0

    def next_write(self, client, chance):
        """The write that the client still waits for, or a new one."""
        if client in self.unanswered:
            return self.unanswered[client]
        kind = "post" if chance.random() < 0.3 else "entry"
        self.asked += 1
        self.unanswered[client] = (kind, f"w{self.asked}")
        return self.unanswered[client]

    def acknowledge(self, client, key):
        kind, expected = self.unanswered.pop(client)
        if key != expected:
            raise Failure(f"client {client} asked for {expected} and was answered for {key}")
        self.acknowledged[key] = kind

    def keys(self, kind):
        return {key for key, its_kind in self.acknowledged.items() if its_kind == kind}


def take_answer(server, ledger):
    """The client that was answered; None once the server is dead."""
    words = server.read()
    if not words:
        return None
    if words[0] != "ok":
        raise Failure(f"a write failed: {' '.join(words)}")
    client = int(words[1])
    ledger.acknowledge(client, words[2])
    return client


def load(server, ledger, chance):
    """Keeps every client busy until the server is dead."""
    for client in range(CLIENTS):
        server.ask(client, *ledger.next_write(client, chance))
    while (client := take_answer(server, ledger)) is not None:
        server.ask(client, *ledger.next_write(client, chance))


def settle(server, ledger):
    """Asks again for what has no answer yet, until all of it has."""
    for client, write in ledger.unanswered.items():
        server.ask(client, *write)
    while ledger.unanswered:
        require(take_answer(server, ledger) is not None, "the server ended by itself")


def require(holds, what):
    if not holds:
        raise Failure(what)


def check(database, ledger):
    """Compares what the database has with what the clients were told; counts what it has more."""
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        verdict, = connection.execute("PRAGMA integrity_check").fetchone()
        require(verdict == "ok", f"integrity_check: {verdict}")
        check_totals(connection)
        check_search_index(connection)
        entries = [key for key, in connection.execute("SELECT key FROM crash_entries")]
        posts = dict(connection.execute(
            "SELECT slug, (SELECT count(*) FROM posts_tags WHERE post_id = posts.id) FROM posts"))
    finally:
        connection.close()
    twice = [key for key, count in collections.Counter(entries).items() if count > 1]
    require(not twice, f"there twice: {twice[:5]}")
    check_kept(ledger.keys("entry"), set(entries))
    check_kept(ledger.keys("post"), set(posts))
    partial = [slug for slug, tags in posts.items() if tags != 2]
    require(not partial, f"posts without their tags: {partial[:5]}")
    return len(entries) + len(posts) - len(ledger.acknowledged)


def check_kept(acknowledged, stored):
    lost = acknowledged - stored
    require(not lost, f"acknowledged and lost: {sorted(lost)[:5]}")


def check_totals(connection):
    total, = connection.execute("SELECT (SELECT entries FROM crash_totals) - "
                                "(SELECT count(*) FROM crash_entries)").fetchone()
    require(total == 0, f"a commit is there in part: the total is off by {total}")


def check_search_index(connection):
    for table in ("posts_fts", "projects_fts"):
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
    columns = "post_id, title, raw_body, excerpt, tags"
    for left, right in (("posts_fts", "posts_fts_source"), ("posts_fts_source", "posts_fts")):
        odd, = connection.execute(f"SELECT count(*) FROM (SELECT {columns} FROM {left} "
                                  f"EXCEPT SELECT {columns} FROM {right})").fetchone()
        require(odd == 0, f"{odd} rows of {left} are not in {right}")


def first_kill(chance):
    """A write on the way of a new database, from its first page through its migrations."""
    return chance.choice([f"journal:{chance.randint(1, 3)}", f"db:{chance.randint(1, 2)}"] +
                         [f"wal:{chance.randint(1, 250)}"] * 4)


def later_kill(chance):
    """A write under load, or None for a kill from outside."""
    return chance.choice([f"wal:{chance.randint(1, 1500)}", f"db:{chance.randint(1, 120)}", None])


class Campaign:
    def __init__(self, program, seed):
        self.program = program
        self.chance = random.Random(seed)
        self.kills = collections.Counter()
        self.acknowledged = 0
        self.kept_unanswered = 0

    def run(self, kills):
        while sum(self.kills.values()) < kills:
            folder = tempfile.mkdtemp(prefix="coppice_crash_")
            try:
                self.live_and_die(Path(folder) / "app.db",
                                  min(LIVES_OF_A_DATABASE, kills - sum(self.kills.values())))
            finally:
                shutil.rmtree(folder)

    def live_and_die(self, database, lives):
        """One database through that many kills, and to an end in good order."""
        ledger = Ledger()
        for life in range(lives):
            torn_write = (first_kill if life == 0 else later_kill)(self.chance)
            with Server(self.program, database, torn_write) as server:
                self.live(server, database, ledger, torn_write)
        with Server(self.program, database) as server:
            require(server.is_ready(), "no restart")
            self.kept_unanswered += check(database, ledger)
            settle(server, ledger)
            server.stop()
        require(check(database, ledger) == 0, "there is more than was acknowledged")
        self.acknowledged += len(ledger.acknowledged)

    def live(self, server, database, ledger, torn_write):
        if not server.is_ready():
            server.ended_by_kill()
            self.kills["first start" if ledger.asked == 0 else "restart"] += 1
            return
        self.kept_unanswered += check(database, ledger)
        from_outside = threading.Timer(self.chance.uniform(0, LONGEST_LIFE_S),
                                       server.process.kill)
        if torn_write is None:
            from_outside.start()
        # A planned write that never comes about must not let the campaign wait for ever.
        limit = threading.Timer(START_LIMIT_S, server.process.kill)
        limit.start()
        load(server, ledger, self.chance)
        limit.cancel()
        server.ended_by_kill()
        places = {"wal": "commit", "db": "checkpoint", "journal": "commit"}
        self.kills[places[torn_write.split(":")[0]] if torn_write else "any moment"] += 1

    def summary(self):
        kills = ", ".join(f"{count} at {place}" for place, count in sorted(self.kills.items()))
        return (f"{sum(self.kills.values())} kills ({kills}); {self.acknowledged} acknowledged "
                f"writes, each there once; {self.kept_unanswered} were there before their "
                f"clients asked again")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "little"))
    parser.add_argument("--server", default=str(ROOT / "build/release/crash_server"))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    campaign = Campaign(options.server, options.seed)
    try:
        campaign.run(options.kills)
    except Failure as failure:
        print(f"after {sum(campaign.kills.values())} kills: {failure}")
        return 1
    print(campaign.summary())
    return 0


if __name__ == "__main__":
    sys.exit(main())
