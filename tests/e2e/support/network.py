"""Hosts on a network that can be as bad as real ones. Each host is a network namespace with one
interface, a TAP device; its frames pass through this program, which loses, delays and cuts.

    network.py NAME...

Prints {"name": {"namespace", "ipv4", "ipv6"}}, then takes orders, one JSON object a line, each answered
by one:

    {"hosts": ["a"], "loss": 0.1, "delay_ms": 20}   what goes from and to a; in each direction
    {"hosts": ["a", "b"], "cut": true}              between the two nothing arrives, and nobody is told
    {"hosts": ["a", "b"], "cut": false}             … and now it does

Nothing is left to tidy up: the namespaces have no names, and are gone with their last process.
"""

import ctypes
import fcntl
import heapq
import itertools
import json
import os
import random
import select
import struct
import subprocess
import sys
import time
from dataclasses import dataclass

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
DEVICE = "eth0"
LONGEST_FRAME = 65536
FRAMES_AT_ONCE = 64
GROUP = 1  # in the first byte of a destination: it is for everybody

libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Link:
    """What becomes of frames between two hosts."""

    loss: float = 0
    delay_ms: float = 0
    cut: bool = False


class Host:
    def __init__(self, name, number):
        self.name = name
        self.ipv4 = f"10.0.0.{number}"
        self.ipv6 = f"fd00::{number:x}"
        self.mac = bytes([2, 0, 0, 0, 0, number])

    def enter_new_namespace(self):
        if libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        self.namespace = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(self.tap, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TAP | IFF_NO_PI))

    # Everybody knows where everybody is. So what doesn't arrive is not noticed by the sender's own
    # system, as beyond a router.
    def configure(self, others):
        lines = ["link set lo up",
                 f"link set {DEVICE} address {self.mac.hex(':')}",
                 f"addr add {self.ipv4}/24 dev {DEVICE}",
                 f"addr add {self.ipv6}/64 dev {DEVICE} nodad",
                 f"link set {DEVICE} up"]
        for other in others:
            for address in (other.ipv4, other.ipv6):
                lines.append(f"neigh add {address} lladdr {other.mac.hex(':')} dev {DEVICE} nud permanent")
        subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)

    def describe(self):
        return {"namespace": f"/proc/{os.getpid()}/fd/{self.namespace}",
                "ipv4": self.ipv4, "ipv6": self.ipv6}


class Network:
    def __init__(self, names):
        self.hosts = [Host(name, number) for number, name in enumerate(names, start=1)]
        self.links = {frozenset(pair): Link() for pair in itertools.combinations(names, 2)}
        self.under_way = []  # (when it is due, a number that keeps the order, tap, frame)
        self.numbers = itertools.count()
        for host in self.hosts:
            host.enter_new_namespace()
            host.configure([other for other in self.hosts if other is not host])

    def obey(self, order):
        hosts = set(order.pop("hosts"))
        for pair, link in self.links.items():
            if hosts <= pair:
                for what, value in order.items():
                    getattr(link, what)
                    setattr(link, what, value)

    def take_from(self, host):
        """Takes some of the frames that wait; whether there may be more."""
        for _ in range(FRAMES_AT_ONCE):
            try:
                frame = os.read(host.tap, LONGEST_FRAME)
            except BlockingIOError:
                return False
            for target in self.hosts:
                if target is not host and (frame[0] & GROUP or frame.startswith(target.mac)):
                    self.carry(frame, target, self.links[frozenset((host.name, target.name))])
        return True

    def carry(self, frame, target, link):
        if link.cut or random.random() < link.loss:
            return
        due = time.monotonic() + link.delay_ms / 1000
        heapq.heappush(self.under_way, (due, next(self.numbers), target.tap, frame))

    def deliver(self):
        now = time.monotonic()
        while self.under_way and self.under_way[0][0] <= now:
            _, _, tap, frame = heapq.heappop(self.under_way)
            try:
                os.write(tap, frame)
            except OSError:
                pass  # lost, as it may be

    def next_due_ms(self):
        if not self.under_way:
            return None
        return max(0, (self.under_way[0][0] - time.monotonic()) * 1000)

    def run(self):
        poll = select.poll()
        by_descriptor = {host.tap: host for host in self.hosts}
        for descriptor in (sys.stdin.fileno(), *by_descriptor):
            poll.register(descriptor, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll(self.next_due_ms()):
                if descriptor in by_descriptor:
                    self.take_from(by_descriptor[descriptor])
                elif not self.take_order():
                    return
            self.deliver()

    # What was sent before an order fares as it would have without it.
    def take_order(self):
        line = sys.stdin.buffer.raw.readline()
        if not line:
            return False
        for host in self.hosts:
            while self.take_from(host):
                pass
        self.obey(json.loads(line))
        print(json.dumps("done"), flush=True)
        return True


def main():
    network = Network(sys.argv[1:])
    print(json.dumps({host.name: host.describe() for host in network.hosts}), flush=True)
    network.run()


main()
