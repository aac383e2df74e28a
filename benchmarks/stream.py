"""Measure realtime.watch at a fixed rate: python -m benchmarks.stream [--rate 50000] [--seconds 300] [-- options].

Files of JSON lines are generated beforehand; every second one of them gets the current time and is renamed into place.
Visitors send six events in a minute, each in a session and from an address of its own, and every minute has other
visitors. Every seven seconds an attacker sends 60 events, which is the limit of user_rate. Options after `--` are those
of the watch.

Prints with each publication how many seconds the watch is behind, the memory of its processes, and their CPU seconds
per million events; then the seconds from the end of the second of an attack to its alert. The first minute, in which
Spark starts and catches up, is left out. Linux only.
"""

import argparse
import os
import random
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

TIME, MINUTE = b"YYYY-MM-DD hh:mm:ss", b"##"
MINUTE_S, VISIT_EVENTS, WARM_UP_S, AT_THE_END_S = 60, 6, 60, 30
ATTACK_EVERY_S, ATTACK_EVENTS, FIRST_ATTACKER = 7, 60, 900_000_000
CATEGORIES, PRODUCTS = 300, 50_000
_READ, _ALERT = re.compile(r"([\d,]+) lines?: "), re.compile(r" user_rate: user_id (9\d{8}),")
_TICKS, _PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


def event(visitor: str, session: str, ip: str, kind: str, chance: random.Random) -> str:
    product = min(int(chance.paretovariate(0.6)), PRODUCTS)
    return (
        f'{{"event_time":"{TIME.decode()} UTC","event_type":"{kind}","product_id":"{1_000_000 + product}",'
        f'"category_id":"{2_053_013_550_000_000_000 + product % CATEGORIES}","category_code":"electronics.smartphone",'
        f'"brand":"brand{product % 999}","price":"{product % 900 + 10}.90","user_id":"{visitor}",'
        f'"user_session":"{session}","ip":"{ip}"}}\n'
    )


def visitors(rate: int, chance: random.Random) -> bytes:
    """The events of one second. `##` in an id becomes the minute: each minute has visitors of its own."""
    lines, minute = list[str](), MINUTE.decode()
    for number in range(rate):
        visitor = chance.randrange(rate * MINUTE_S // VISIT_EVENTS)
        session = f"{visitor:08x}-00{minute}-4000-8000-{visitor:012x}"
        ip = f"10.{visitor >> 16 & 255}.{visitor >> 8 & 255}.{visitor & 255}"
        kind = "purchase" if number % 50 == 0 else "cart" if number % 20 == 0 else "view"
        lines.append(event(f"5{minute}{visitor:06}", session, ip, kind, chance))
    return "".join(lines).encode()


def attacker(number: int, chance: random.Random) -> bytes:
    visitor, ip = str(FIRST_ATTACKER + number), f"192.0.{number >> 8}.{number & 255}"
    return "".join(event(visitor, visitor, ip, "view", chance) for _ in range(ATTACK_EVENTS)).encode()


@dataclass
class Watch:
    """The process of the watch. `alerts` has the instant of the first alert of each attacker."""

    process: subprocess.Popen[bytes]
    rate: int
    started_at: float
    read: int = 0
    cpu: float = 0.0
    unread: bytes = b""
    alerts: dict[str, float] = field(default_factory=dict)

    def follow(self, until: float) -> None:
        """Read what it prints until this instant."""
        output = self.process.stdout
        while output and (left := until - time.time()) > 0:
            if not select.select([output], [], [], left)[0]:
                return
            if not (text := os.read(output.fileno(), 1 << 16)):
                raise SystemExit("the watch has ended")
            *lines, self.unread = (self.unread + text).split(b"\n")
            for line in lines:
                self._take(line.decode())

    def _take(self, line: str) -> None:
        if found := _ALERT.search(line):
            self.alerts.setdefault(found[1], time.time())
        elif found := _READ.match(line.strip()):
            read, cpu, passed = int(found[1].replace(",", "")), 0.0, time.time() - self.started_at
            self.read += read
            memory = {"python": 0.0, "java": 0.0}
            for pid in (self.process.pid, *_children(self.process.pid)):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                cpu += (int(fields[11]) + int(fields[12])) / _TICKS
                memory["python" if pid == self.process.pid else "java"] += int(fields[21]) * _PAGE / 1e9
            behind = passed - self.read / self.rate
            sizes = ", ".join(f"{name} {size:.2f} GB" for name, size in memory.items())
            used = f"{(cpu - self.cpu) / read * 1e6:.1f} CPU s per million events" if read else ""
            print(f"{passed:5.0f} s: {self.read:,} read, {behind:.1f} s behind; {sizes}; {used}", flush=True)
            self.cpu = cpu
        else:
            print(f"       {line}", flush=True)


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [child for one in text.split() for child in (int(one), *_children(int(one)))]


def main(rate: int, seconds: int, options: list[str]) -> None:
    chance = random.Random(7)  # noqa: S311
    templates = [visitors(rate, chance) for _ in range(min(MINUTE_S, seconds))]
    with tempfile.TemporaryDirectory(dir=".weir") as temporary:
        folder = Path(temporary).absolute()
        (folder / "events").mkdir()
        command = ["-m", "jobs", "realtime.watch", "--input", f"{folder}/events", "--lake", f"{folder}/lake", *options]
        process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        first_at = int(time.time()) + 1
        watch, crossed = Watch(process, rate, first_at), dict[str, float]()
        try:
            for number in range(seconds):
                lines = templates[number % MINUTE_S].replace(MINUTE, b"%02d" % (number // MINUTE_S))
                if number % ATTACK_EVERY_S == 0:
                    lines += attacker(number, chance)
                    crossed[str(FIRST_ATTACKER + number)] = first_at + number + 1
                at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(first_at + number)).encode()
                hidden = folder / "events" / f".{number}"
                hidden.write_bytes(lines.replace(TIME, at))
                watch.follow(first_at + number + 1)
                hidden.rename(folder / "events" / f"{number:06}.json")
            watch.follow(time.time() + AT_THE_END_S)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    later = {key: at for key, at in crossed.items() if at > first_at + WARM_UP_S}
    waits = sorted(watch.alerts[key] - at for key, at in later.items() if key in watch.alerts)
    print(f"{len(waits)} of {len(later)} attacks after the first minute alerted", end="")
    print(f" after {median(waits):.1f} s, p95 {quantiles(waits, n=20)[-1]:.1f} s, at most {waits[-1]:.1f} s")
    print(f"producer {time.process_time():.0f} CPU s, generation included")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=50_000)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("options", nargs="*")
    main(**vars(parser.parse_args()))
