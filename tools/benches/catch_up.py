"""Devices return at once, log in and fetch what they missed, while as many others are inside and chat."""
from benches import ward
from benches.figures import Figure, Limit, table
from benches.programs import build

INSIDE, RETURNING, MEMBERS, PLACES, MISSED = 1_000, 1_000, 100, 3, 100
COST_LIMIT, DELAY_LIMIT = 0.5, 1.2


def measure(found):
    programs = build("xom-load", "xom-node", "xom")
    population = ward.people((INSIDE + RETURNING) // MEMBERS * PLACES, MEMBERS, PLACES)
    with ward.node(programs, population) as node:
        *returns, line = ward.load(programs, node, "catch-up", *population, "--inside", INSIDE, "--missed", MISSED)
    rows = [("", "CPU µs per message", "seconds")]
    rows += [(f"return {i + 1}, nobody chats", f"{one['cpu_us_per_message']:.2f}", f"{one['seconds']:.2f}") for i, one in enumerate(returns)]
    rows.append(("a return beside the chat", "", f"{line['return_seconds']:.2f}"))
    table(rows)
    print(flush=True)
    table([("the chat", "deliveries", "CPU µs of each", "p50 ms", "p99 ms", "sent late, p99 ms")] +
          [(what, f"{line[key]:,}", cost, f"{line[f'{key}_p50_us'] / 1000:.1f}", f"{line[f'{key}_p99_us'] / 1000:.1f}",
            f"{line[f'{key}_late_p99_us'] / 1000:.1f}")
           for what, key, cost in (("before", "before", f"{line['cpu_us_per_delivery']:.2f}"), ("during the returns", "during", ""))])
    message, delivery = line["cpu_us_per_message"], line["cpu_us_per_delivery"]
    found.add(Figure("catch-up.cpu_per_message", message, "µs", delivery, "logging in included; the floor is a delivery of the chat"),
              Limit("times a delivery", message / delivery, COST_LIMIT))
    before, during = line["before_p99_us"] / 1000, line["during_p99_us"] / 1000
    found.add(Figure("catch-up.p99_inside", during, "ms", before, "the floor is the p99 before"),
              Limit("times that before", during / before, DELAY_LIMIT))
