"""A node with a million stored messages starts again, and everybody returns to it at once."""
import time

from benches import ward
from benches.figures import Figure, Limit, table
from benches.programs import build

SESSIONS, MEMBERS = 18_000, 100
STORED = 1_000_000
SERVING_LIMIT, SYNCED_LIMIT = 3, 20


def measure(found):
    programs = build("xom-load", "xom-node", "xom")
    population = ward.people(SESSIONS // MEMBERS, MEMBERS)
    with ward.home(programs, population, "--messages", STORED) as home:
        with ward.serving(programs, home) as node:
            node.stop()
        begin = time.monotonic()
        with ward.serving(programs, home) as node:
            serving = time.monotonic() - begin
            [line] = ward.load(programs, node, "storm", *population)
    table([("devices", "serving after s", "half synced s", "all synced s", "messages", "came again", "CPU µs per device", "appends: acknowledged, p50 / p99 ms"),
           (f"{line['devices']:,}", f"{serving:.2f}", f"{line['p50_us'] / 1e6:.1f}", f"{line['last_us'] / 1e6:.1f}", f"{line['messages']:,}",
            f"{line['again']:,}", f"{line['cpu_us_per_device']:.0f}", f"{line['acknowledged']:,} of {line['sent']:,}, "
            f"{line['acknowledged_p50_us'] / 1000:.0f} / {line['acknowledged_p99_us'] / 1000:.0f}")])
    if line.get("error"):
        print(line["error"], flush=True)
    synced, lacking = line["last_us"] / 1e6, line["sent"] - line["acknowledged"]
    found.add(Figure("storm.serving", serving, "s", note=f"{STORED:,} messages stored"), Limit("s", serving, SERVING_LIMIT))
    found.add(Figure("storm.synced", synced, "s", note=f"{SESSIONS:,} devices"), Limit("s", synced, SYNCED_LIMIT))
    found.add(Figure("storm.refused", lacking, "appends"), Limit("appends", lacking, 0))
