"""1,000 members of ten groups chat while 100 others are hostile: some never read the pages that they ask for, some read a byte a second,
some send garbage and come again when they are dropped, some come and go all the time."""
from benches import ward
from benches.figures import Figure, Limit, table
from benches.programs import build

GROUPS, NORMAL, HOSTILE = 10, 100, 10  # of each group
STORED = 20_000
DELAY_LIMIT = 1.2
# The node's queue for one session, a write that the socket did not take, and the session.
KIB_LIMIT = 512 + 64 + 16
# CPU seconds a second when the hostile are gone and nobody speaks.
AFTER_LIMIT = 0.05


def measure(found):
    programs = build("xom-load", "xom-node", "xom")
    population = ward.people(GROUPS, NORMAL + HOSTILE)
    with ward.node(programs, population, "--messages", STORED) as node:
        [line] = ward.load(programs, node, "hostile", *population, "--normal", NORMAL)
    before, during = line["before"], line["during"]
    rows = [("the chat", "deliveries", "p50 ms", "p99 ms", "most ms", "sent late, p99 ms", "CPU s a second: the node's, the generator's")]
    rows += [(what, f"{one['delivered']:,} of {one['expected']:,}", *(f"{one[key] / 1000:.1f}" for key in ("p50_us", "p99_us", "max_us", "late_p99_us")),
              f"{one['cpu']:.2f}, {one['own_cpu']:.2f}") for what, one in (("before", before), ("beside the hostile", during))]
    table(rows)
    print(f"{line['hostile']} hostile members: {line['attempts']:,} attempts to connect, {line['entered']:,} logins, {line['failed']:,} that failed, "
          f"{line['garbage']:,} times garbage, {line['dropped']:,} times dropped by the node, {line['asked']:,} requests for pages given to the kernel by who does not read")
    print(f"resident: {line['quiet_kib'] / 1024:.1f} MiB before, {line['most_kib'] / 1024:.1f} MiB at the most, "
          f"{line['after']['resident_kib'] / 1024:.1f} MiB when they are gone", flush=True)
    for error in filter(None, (line["intruders_error"], line.get("error"))):
        print(f"the last error: {error}", flush=True)
    p99 = during["p99_us"] / 1000
    found.add(Figure("hostile.p99", p99, "ms", before["p99_us"] / 1000, "the floor is the p99 before"),
              Limit("times that before", during["p99_us"] / before["p99_us"], DELAY_LIMIT))
    held = (line["most_kib"] - line["quiet_kib"]) / line["not_reading"]
    found.add(Figure("hostile.memory", held, "KiB", note=f"all above the quiet node, for each of {line['not_reading']} that read little or nothing"),
              Limit("KiB a session", held, KIB_LIMIT))
    found.add(Figure("hostile.lost", line["lost"], "sessions"), Limit("sessions", line["lost"], 0))
    lacking = before["expected"] - before["delivered"] + during["expected"] - during["delivered"]
    found.add(Figure("hostile.lacking", lacking, "deliveries"), Limit("deliveries", lacking, 0))
    after = line["after"]["cpu"]
    found.add(Figure("hostile.cpu_after", after, "CPU s a second", note="they are gone, and nobody speaks"),
              Limit("CPU s a second", after, AFTER_LIMIT))
