"""A signed alert to all sessions of a node, which verifies it and brings it to the disk first; the sessions chat a little meanwhile."""
import statistics

from benches import ward
from benches.figures import Figure, Limit, table
from benches.programs import build

SESSIONS, MEMBERS = (10_000, 18_000), 100
PAIRS = 3
LAST_LIMIT, FIRST_LIMIT, CHAT_LIMIT = 1.2, 5, 250


def measure(found):
    programs = build("xom-load", "xom-node", "xom")
    rows = [("ms, medians of the rounds", "last has it", "floor", "ratio", "first", "a sync", "chat p99", "CPU µs per delivery: node, floor")]
    for sessions in SESSIONS:
        population = ward.people(sessions // MEMBERS, MEMBERS)
        pairs = []
        for i in range(PAIRS):
            with ward.node(programs, population, publisher=True) as node:
                *_, ours = ward.load(programs, node, "alert", *population, "--folder", node.data.parent)
            with ward.floor(programs) as floor:
                *_, below = ward.load(programs, floor, "alert", "--floor", "--floor-frame", ours["frame"], *population)
            for line in (ours, below):
                if line["chat"] != line["chat_expected"] or line["lost"]:
                    print(f"only {line['chat']} of {line['chat_expected']} deliveries of the chat, {line['lost']} connections lost: "
                          f"{line.get('error', '')}", flush=True)
            pairs.append((ours, below))
            rows.append((f"{sessions:,} sessions, pair {i + 1}", *(f"{value:.1f}" for value in (ms(ours), ms(below))), f"{ratio(ours, below):.2f}",
                         *(f"{ms(ours, key):.1f}" for key in ("first_us", "sync_us", "chat_p99_us")),
                         f"{ours['cpu_us_per_delivery']:.1f}, {below['cpu_us_per_delivery']:.1f}"))
        ours, below = sorted(pairs, key=lambda pair: ratio(*pair))[PAIRS // 2]
        name = f"alert.{sessions}"
        found.add(Figure(f"{name}.last", ms(ours), "ms", ms(below), f"the median pair of {PAIRS}"),
                  Limit("times the floor", ratio(ours, below), LAST_LIMIT))
        first = statistics.median(ms(line, "first_us") - ms(line, "sync_us") for line, _ in pairs)
        found.add(Figure(f"{name}.first", first, "ms", note="since the alert was sent, less a sync"), Limit("ms", first, FIRST_LIMIT))
        chat = statistics.median(ms(line, "chat_p99_us") for line, _ in pairs)
        found.add(Figure(f"{name}.chat_p99", chat, "ms"), Limit("ms", chat, CHAT_LIMIT))
    table(rows)


def ms(line, key="last_us"):
    return line[key] / 1000


def ratio(ours, below):
    return ms(ours) / ms(below)
