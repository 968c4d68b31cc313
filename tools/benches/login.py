"""Devices log in as fast as they can: the challenge is signed and checked. What must be done in any case is a connection, and one
verification of a signature."""
import statistics

from benches import ward
from benches.figures import Figure, Limit, table
from benches.programs import build

DEVICES, MEMBERS = 10_000, 100
PAIRS = 3
CPU_LIMIT = 3


def measure(found):
    programs = build("xom-load", "xom-node", "xom")
    population = ward.people(DEVICES // MEMBERS, MEMBERS)
    rows = [("", "node", "floor + verification", "ratio", "logins/s of the node, connections/s of the floor")]
    pairs = []
    for i in range(PAIRS):
        with ward.floor(programs) as floor:
            [below] = ward.load(programs, floor, "login", "--floor", *population)
        with ward.node(programs, population) as node:
            [ours] = ward.load(programs, node, "login", *population)
        a, b = ours["cpu_us_per_login"], below["cpu_us_per_login"] + ours["verification_us"]
        pairs.append((a, b))
        rows.append((f"CPU µs per login, pair {i + 1}", f"{a:.0f}", f"{below['cpu_us_per_login']:.0f} + {ours['verification_us']:.0f}",
                     f"{a / b:.2f}", f"{ours['per_second']:,.0f}, {below['per_second']:,.0f}"))
    table(rows)
    a, b = sorted(pairs, key=lambda pair: pair[0] / pair[1])[len(pairs) // 2]
    ratio = statistics.median(a / b for a, b in pairs)
    found.add(Figure("login.cpu", a, "µs", b, f"the median pair of {PAIRS}; the floor is a connection and one verification"),
              Limit("times the floor", ratio, CPU_LIMIT))
