"""Writers that always have messages on their way, into many groups that nobody reads: each is on the disk before it is acknowledged."""
from benches import ward
from benches.figures import Figure, Limit, table
from benches.programs import build

GROUPS, MEMBERS, PLACES = 1_000, 8, 125  # 64 writers, each in 125 groups
OUTSTANDING = 8
SECONDS = 8
LEAST, SYNCS = 25_000, 10


def measure(found):
    programs = build("xom-load", "xom-node", "xom")
    population = ward.people(GROUPS, MEMBERS, PLACES)
    rows = [("", "appends/s", "p50 ms", "p99 ms", "sync ms", "sync ms meanwhile", "CPU µs per append: the node's, the generator's")]
    lines = []
    # A node handles the requests of one connection one after the other: what that costs, the second row shows.
    for what, form in (("one connection a writer", ("--outstanding", OUTSTANDING)),
                       (f"{OUTSTANDING} connections a writer", ("--outstanding", 1, "--lines", OUTSTANDING))):
        with ward.node(programs, population) as node:
            [line] = ward.load(programs, node, "append", *population, *form, "--seconds", SECONDS, "--folder", node.data.parent)
        if line["appended"] != line["sent"]:
            print(f"only {line['appended']} of {line['sent']} were appended: {line.get('error', '')}", flush=True)
        rows.append((what, f"{line['per_second']:,.0f}",
                     *(f"{line[key] / 1000:.2f}" for key in ("p50_us", "p99_us", "sync_us", "sync_meanwhile_us")),
                     f"{line['cpu_us_per_append']:.1f}, {line['own_cpu_us_per_append']:.1f}"))
        lines.append(line)
    table(rows)
    plain, spread = lines
    rate, p99 = plain["per_second"], plain["p99_us"] / plain["sync_us"]
    found.add(Figure("append.rate", rate, "appends/s"), Limit("appends/s", rate, LEAST, at_least=True))
    found.add(Figure("append.p99", plain["p99_us"] / 1000, "ms", plain["sync_us"] / 1000, "the floor is a sync before the load"),
              Limit("times a sync", p99, SYNCS))
    note = f"each writer's {OUTSTANDING} messages on connections of their own"
    found.add(Figure("append.rate_spread", spread["per_second"], "appends/s", note=note))
    found.add(Figure("append.p99_spread", spread["p99_us"] / 1000, "ms", spread["sync_us"] / 1000, note))
