#!/usr/bin/env python3
# A slow, lossy link between two network namespaces, from a seed: real TCP, real programs, no kernel module.
#
# Each namespace gets a TUN device; what enters one leaves the other after the line's own time, the delay, and unless it is
# lost. Kernels without sch_netem (this project's build machine) have no other way. As root:
#
#   emulator.py TAG --rate 50000 --delay 0.25 --loss 0.05 [--queue 30] [--seed 1] [--cut PERIOD,LENGTH] [--dead FROM,LENGTH]
#
# makes namespaces aTAG (10.9.0.1) and bTAG (10.9.0.2), prints READY, and runs until SIGTERM, which prints what passed as
# one line of JSON. SIGUSR1 begins the counting anew. --cut: dead for LENGTH seconds in every PERIOD; --dead: once, so long
# after SIGUSR1.
import argparse
import fcntl
import heapq
import json
import os
import random
import select
import signal
import struct
import subprocess
import time

MTU = 1500
TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("tag")
    p.add_argument("--rate", type=float, default=50_000, help="bits per second, each way")
    p.add_argument("--delay", type=float, default=0.25, help="seconds, one way")
    p.add_argument("--loss", type=float, default=0.0, help="share of packets lost, each way")
    p.add_argument("--queue", type=int, default=30, help="packets that wait at the head of the line before more are dropped")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--cut", default="", help="PERIOD,LENGTH in seconds")
    p.add_argument("--dead", default="", help="FROM,LENGTH in seconds after the counting began")
    return p.parse_args()


def tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN_NO_PI))
    return fd


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def side(namespace, own, other):
    fd = tun(f"t{namespace}")
    ip("netns", "add", namespace)
    ip("link", "set", f"t{namespace}", "netns", namespace)
    for words in (["addr", "add", own, "peer", other, "dev", f"t{namespace}"],
                  ["link", "set", f"t{namespace}", "up", "mtu", str(MTU)], ["link", "set", "lo", "up"]):
        ip("-n", namespace, *words)
    return fd


class Link:
    def __init__(self, args, up, down):
        self.args, self.other = args, {up: down, down: up}
        self.name = {up: "up", down: "down"}
        self.chance = random.Random(args.seed)
        self.flying, self.order = [], 0
        self.free = {up: 0.0, down: 0.0}
        pair = lambda text: tuple(map(float, text.split(","))) if text else (0.0, 0.0)
        self.cut, self.dead = pair(args.cut), pair(args.dead)
        self.begin()

    def begin(self):
        self.began = time.monotonic()
        self.stat = {"up_bytes": 0, "down_bytes": 0, "up_packets": 0, "down_packets": 0, "lost": 0, "dropped": 0}
        self.first = self.last = None

    def is_dead(self, now):
        at = now - self.began
        period, length = self.cut
        start, long = self.dead
        return bool(period and at % period > period - length) or bool(long and start <= at < start + long)

    def enter(self, fd, packet, now):
        kind, rate = self.name[fd], self.args.rate
        start = max(now, self.free[fd])
        if (start - now) * rate / 8 / MTU > self.args.queue:
            self.stat["dropped"] += 1
            return
        self.free[fd] = start + len(packet) * 8 / rate
        self.stat[f"{kind}_bytes"] += len(packet)
        self.stat[f"{kind}_packets"] += 1
        self.first = self.first or now
        if self.is_dead(now) or self.chance.random() < self.args.loss:
            self.stat["lost"] += 1
            return
        self.order += 1
        heapq.heappush(self.flying, (self.free[fd] + self.args.delay, self.order, self.other[fd], packet))

    def leave(self, now):
        while self.flying and self.flying[0][0] <= now:
            _, _, fd, packet = heapq.heappop(self.flying)
            self.last = now
            try:
                os.write(fd, packet)
            except OSError:
                pass

    def told(self):
        seconds = (self.last - self.first) if self.first and self.last else 0
        return json.dumps({**self.stat, "seconds": round(seconds, 2)})


def main():
    args = arguments()
    a, b = f"a{args.tag}", f"b{args.tag}"
    over = []
    signal.signal(signal.SIGTERM, lambda *_: over.append(True))
    try:
        up, down = side(a, "10.9.0.1", "10.9.0.2"), side(b, "10.9.0.2", "10.9.0.1")
        link = Link(args, up, down)
        signal.signal(signal.SIGUSR1, lambda *_: link.begin())
        poll = select.poll()
        poll.register(up, select.POLLIN)
        poll.register(down, select.POLLIN)
        print("READY", flush=True)
        while not over:
            wait = 0.1
            if link.flying:
                wait = max(0.0, min(wait, link.flying[0][0] - time.monotonic()))
            for fd, _ in poll.poll(wait * 1000):
                while True:
                    try:
                        packet = os.read(fd, 2048)
                    except BlockingIOError:
                        break
                    link.enter(fd, packet, time.monotonic())
            link.leave(time.monotonic())
        print(link.told(), flush=True)
    finally:
        for namespace in (a, b):
            subprocess.run(["ip", "netns", "del", namespace], check=False)


main()
