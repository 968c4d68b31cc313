"""What a delivery costs as groups get larger and more: fan-out's CPU at one rate, with the same 10,000 sessions."""
import statistics

from benches import ward
from benches.fanout import check
from benches.figures import Figure, Limit, table
from benches.programs import build

SESSIONS, RATE = 10_000, 10_000
SIZES = (10, 100, 1_000, 10_000)
FLAT_FROM = 100
# Groups in the store; the sessions are in the first ten, in the others nobody speaks.
STORED, SPEAKING = (10, 1_000, 100_000), 10
FLAT = 1.25
ROUNDS = 3


def measure(found):
    programs = build("xom-load", "xom-node", "xom")
    # What varies, and the number of groups that the sessions are in, and how many more there are.
    cases = [("members", size, SESSIONS // size, 0) for size in SIZES] + \
            [("groups", stored, SPEAKING, stored - SPEAKING) for stored in STORED]
    costs = {case: [] for case in cases}
    # Each round has all of them: machines that are shared change slowly.
    for _ in range(ROUNDS):
        for case in cases:
            costs[case].append(cost(programs, *case[2:]))
    rows = [("", "CPU µs per delivery", "of each round")]
    middle = {}
    for case in cases:
        what, number = case[:2]
        middle[case] = statistics.median(costs[case])
        rows.append((f"{number:,} {what}", f"{middle[case]:.2f}", ", ".join(f"{value:.2f}" for value in costs[case])))
        found.add(Figure(f"growth.{what}_{number}", middle[case], "µs", note=f"the median of {ROUNDS}"))
    table(rows)
    for what, least in (("members", FLAT_FROM), ("groups", 0)):
        values = [value for case, value in middle.items() if case[0] == what and case[1] >= least]
        spread = max(values) / min(values)
        found.add(Figure(f"growth.{what}", spread, "times", note="the dearest, to the cheapest"), Limit("times the cheapest", spread, FLAT))


def cost(programs, groups, further):
    """The node's CPU in microseconds for a delivery."""
    population = ward.people(groups, SESSIONS // groups)
    with ward.node(programs, population, "--further", further) as node:
        [line] = ward.load(programs, node, "fanout", "--rate", RATE, *population)
    check(line)
    return line["cpu_us_per_delivery"]
