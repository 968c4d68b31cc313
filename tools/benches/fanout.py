"""One member of each of 100 groups writes, all 100 read: every message is on the disk before it is acknowledged or pushed."""
import statistics

from benches import ward
from benches.figures import Figure, Limit, table
from benches.programs import build

GROUPS, MEMBERS = 100, 100
RATE, PAIRS = 10_000, 5
CPU_LIMIT, RATE_LIMIT = 1.3, 0.9


def measure(found):
    programs = build("xom-load", "xom-node", "xom")
    population = ward.people(GROUPS, MEMBERS)
    rows = [("", "node", "floor", "ratio", "p50 / p99 ms of the node, of the floor")]
    pairs = []
    # A pair is made within a minute: machines that are shared change slowly.
    for i in range(PAIRS):
        with ward.floor(programs) as floor:
            [below] = ward.load(programs, floor, "fanout", "--floor", "--rate", RATE, *population)
        with ward.node(programs, population) as node:
            [ours] = ward.load(programs, node, "fanout", "--rate", RATE, *population)
        check(below), check(ours)
        a, b = ours["cpu_us_per_delivery"], below["cpu_us_per_delivery"]
        pairs.append((a, b))
        times = ", ".join(f"{line['p50_us'] / 1000:.1f} / {line['p99_us'] / 1000:.1f}" for line in (ours, below))
        rows.append((f"CPU µs per delivery, pair {i + 1}", f"{a:.2f}", f"{b:.2f}", f"{a / b:.2f}", times))
    with ward.floor(programs) as floor:
        below = best(ward.load(programs, floor, "fanout", "--floor", "--rate", 3 * RATE, "--rising", *population))
    with ward.node(programs, population) as node:
        ours = best(ward.load(programs, node, "fanout", "--rate", 2 * RATE, "--rising", *population))
    rows.append(("deliveries/s sustained", f"{ours:,.0f}", f"{below:,.0f}", f"{ours / below if below else 0:.2f}", ""))
    table(rows)
    middle = sorted(pairs, key=lambda pair: pair[0] / pair[1])[len(pairs) // 2]
    ratio = statistics.median(a / b for a, b in pairs)
    found.add(Figure("fanout.cpu_per_delivery", middle[0], "µs", middle[1], f"the median pair of {PAIRS}"),
              Limit("times the floor", ratio, CPU_LIMIT))
    found.add(Figure("fanout.sustained", ours, "deliveries/s", below), Limit("of the floor", ours / below if below else 0,
                                                                             RATE_LIMIT, at_least=True))


def check(line):
    if line["delivered"] != line["expected"]:
        print(f"only {line['delivered']} of {line['expected']} deliveries, {line['lost']} connections lost: {line.get('error', '')}", flush=True)


def best(lines):
    """The highest rate that was sustained."""
    return max((line["rate"] for line in lines if line["sustained"]), default=0)
