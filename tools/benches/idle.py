"""Sessions that are logged in, each with its group and the node's two channels open, while nothing happens; and so with TLS."""
from benches import ward
from benches.figures import Figure, Limit, table
from benches.programs import build

SESSIONS = (2_000, 10_000, 18_000)
MEMBERS = 100
KIB_LIMIT = 5
TLS_SESSIONS, TLS_KIB_LIMIT = 10_000, 24
# What a session costs from the second number on, to what it costs up to the first.
SLOPE_LIMIT = 1.25


def measure(found):
    programs = build("xom-load", "xom-node", "xom")
    population = ward.people(max(SESSIONS) // MEMBERS, MEMBERS)
    with ward.node(programs, population) as node:
        empty, *lines = ward.load(programs, node, "idle", *population, "--sessions", *SESSIONS)
    rows = [("sessions", "resident MiB", "KiB a session", "by share (Pss)", "KiB for each since the number before", "CPU µs to come in, for each of them")]
    with ward.node(programs, population, tls=True) as node:
        secure = ward.load(programs, node, "idle", "--tls", *population, "--sessions", TLS_SESSIONS)
    before, slopes = empty, []
    for line in lines:
        each, share = above(empty, line), above(empty, line, "proportional_kib")
        slopes.append(above(before, line))
        coming, before = coming_us(before, line), line
        rows.append((f"{line['sessions']:,}", f"{line['resident_kib'] / 1024:.1f}", f"{each:.2f}", f"{share:.2f}", f"{slopes[-1]:.2f}", coming))
        found.add(Figure(f"idle.{line['sessions']}", each, "KiB", note=lost(line)), Limit("KiB a session", each, KIB_LIMIT))
    bare, line = secure
    each, share = above(bare, line), above(bare, line, "proportional_kib")
    rows.append((f"{line['sessions']:,} with TLS 1.3", f"{line['resident_kib'] / 1024:.1f}", f"{each:.2f}", f"{share:.2f}", "", coming_us(bare, line)))
    found.add(Figure(f"idle.tls.{line['sessions']}", each, "KiB", note=lost(line)), Limit("KiB a session", each, TLS_KIB_LIMIT))
    table(rows)
    growth = max(slopes[1:]) / slopes[0]
    found.add(Figure("idle.growth", growth, "times", note="a session more at the most, to one of the first"),
              Limit("times the first slope", growth, SLOPE_LIMIT))


def coming_us(before, after):
    return f"{after['coming_cpu_us'] / (after['sessions'] - before['sessions']):.0f}"


def lost(line):
    return f"{line['lost']} connections were lost" if line["lost"] else ""


def above(before, after, key="resident_kib"):
    """KiB of each session that has come between the two."""
    return (after[key] - before[key]) / (after["sessions"] - before["sessions"])
