"""What messages take on the disk: a million, the node stopped and started again, and its store when nothing is rewritten any more."""
import pathlib
import time

from benches import ward
from benches.figures import Figure, Limit, table
from benches.programs import Broken, build

GROUPS, MEMBERS, PLACES = 1_000, 8, 125  # as in append
MESSAGES, SIZE = 1_000_000, 300
OUTSTANDING = 8
LIMIT = 1.25
# The store is at rest when its size has not changed for so long.
REST_SECONDS, MOST_SECONDS = 10, 300


def measure(found):
    programs = build("xom-load", "xom-node", "xom")
    population = ward.people(GROUPS, MEMBERS, PLACES)
    with ward.home(programs, population) as home:
        store = home.data / "store"
        before = size_of(store)
        with ward.serving(programs, home) as node:
            [line] = ward.load(programs, node, "append", *population, "--outstanding", OUTSTANDING, "--count", MESSAGES, "--size", SIZE,
                               "--folder", home.data.parent)
            if line["appended"] != MESSAGES:
                raise Broken(f"only {line['appended']} of {MESSAGES} were appended: {line.get('error', '')}")
            written, running = written_by(node.pid), size_of(store)
            node.stop()
        with ward.serving(programs, home) as node:
            at_rest = rest(store)
            rewritten = written_by(node.pid)
    payload = MESSAGES * SIZE
    rows = [("", "MiB", "times the payload")]
    for what, value in (("payload", payload), ("store, when the last is acknowledged", running), ("store, at rest after a restart", at_rest),
                        ("store, before the first", before), ("written by the node while they came", written),
                        ("written after the restart", rewritten)):
        rows.append((what, f"{value / 2**20:,.1f}", f"{value / payload:.2f}"))
    table(rows)
    found.add(Figure("disk.at_rest", (at_rest - before) / 2**20, "MiB", payload / 2**20, "the floor is the payload"),
              Limit("times the payload", (at_rest - before) / payload, LIMIT))
    found.add(Figure("disk.written", (written + rewritten) / 2**20, "MiB", payload / 2**20, "the ratio is the write amplification"))
    found.add(Figure("disk.appends", line["per_second"], "appends/s", note=f"{MESSAGES:,} messages"))


def size_of(folder):
    """Bytes that the files take."""
    total = 0
    for path in pathlib.Path(folder).iterdir():
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:  # rewritten meanwhile
            pass
    return total


def rest(folder):
    """The size at last."""
    last, since, end = size_of(folder), time.monotonic(), time.monotonic() + MOST_SECONDS
    while time.monotonic() < min(end, since + REST_SECONDS):
        time.sleep(0.5)
        now = size_of(folder)
        if now != last:
            last, since = now, time.monotonic()
    return last


def written_by(process):
    """Bytes that it has caused to be written to a disk."""
    for line in pathlib.Path(f"/proc/{process}/io").read_text().splitlines():
        name, _, value = line.partition(": ")
        if name == "write_bytes":
            return int(value)
    raise Broken("/proc says nothing of what was written")
