"""The trusted core beside others, and beside what its signatures alone cost."""
import gzip

from benches.figures import Figure, Limit, table
from benches.programs import build, must, results
from testing.run import ROOT, folder

SIZES = (50, 200, 500, 1000)
# fresh: everybody was added and nobody has committed since, so all parents of the ratchet tree are blank. used: members have.
TREES = ("fresh", "used")
OTHERS = ("core-crypto", "ts-mls")
MODULE_BYTES = 160 * 1024

NOTES = """Xóm is the WebAssembly module through the client's engine, in the tests' build that no policy judges, for the others
know nothing of vouchers. core-crypto 10.3 keeps its database in memory here, and the ends of its transactions are not counted.
ts-mls 1.6.4 runs on its default primitives. All are in one group, join by the same Welcome, process the same commits and open the
same messages of 200 bytes; each starts from the same state every time, and they take turns. `signatures` is what the signatures
and verifications alone cost that the core's part comes to, by the same module in the same turns. An update or Remove of a fresh
tree seals a secret for each member besides, which no signature is."""


def measure(found):
    must(["tools/build-wasm", "--tests"], "build of the core as WebAssembly")
    must(["npm", "--prefix", "web", "run", "schema"], "the client's schema")
    programs = build("xom_bench_core")
    module = len(gzip.compress((folder("wasm") / "xom_core.wasm").read_bytes(), 9))
    size = found.add(Figure("core/module", module, "bytes gzip"), Limit("bytes", module, MODULE_BYTES))
    print(f"the module: {module} bytes gzip ({size.note})")
    native(found, programs / "xom_bench_core")
    print(f"\nIn Chromium, one run. {NOTES}")
    asked = [f"{members}:{tree}" for members in SIZES for tree in TREES]
    for measured in results(["node", ROOT / "web/bench/run.mjs", *asked]):
        in_chromium(found, measured)


def native(found, program):
    print("\nNatively: a node that follows a group judges an update (PublicGroup, without policy), and its two verifications alone")
    rows = [("members, tree", "update", "signatures", "judged", "ratio", "limit")]
    for one in results([program]):
        where = f"{one['members']} {one['tree']}"
        figure = Figure(f"core/native/{one['members']}/{one['tree']}/judge update", one["ms"], "ms", one["signatures"])
        found.add(figure, Limit("× signatures", figure.ratio, 1.3))
        rows.append((where, kilobytes(one["bytes"]), ms(one["signatures"]), ms(one["ms"]), f"{figure.ratio:.2f}", figure.note))
    table(rows)


def in_chromium(found, measured):
    members, tree = measured["members"], measured["tree"]
    prefix = f"core/{members}/{tree}"
    sizes = measured["bytes"]
    print(f"\n{members} members, {tree} tree; Welcome {kilobytes(sizes['welcome'])}, update {kilobytes(sizes['update'])}")
    rows = [("ms", "signatures", "Xóm", "ratio", *OTHERS, "limit")]
    for what, times in measured["times"].items():
        floor = times["signatures"]
        ours = found.add(Figure(f"{prefix}/{what}/xom", times["xom"], "ms", floor, counted(measured["counts"][what])),
                         *limits(what, members, times))
        others = [found.add(Figure(f"{prefix}/{what}/{name}", times.get(name), "ms", floor, measured["missing"].get(name, "")))
                  for name in OTHERS]
        outcome = ours.note.partition("; ")[2]
        rows.append((what, ms(floor), ms(ours.value), f"{ours.ratio:.2f}", *(ms(other.value) for other in others), outcome))
    for what, stored in measured["stored"].items():
        values = {name: found.add(Figure(f"{prefix}/{what} stores/{name}", stored.get(name), "bytes", None, STORED[name]))
                  for name in ("xom", *OTHERS)}
        rows.append((f"{what}: bytes stored", "", *(bytes_of(values["xom"].value), ""), *(bytes_of(values[n].value) for n in OTHERS), ""))
    table(rows)
    for name, reason in measured["missing"].items():
        print(f"- {name}: {reason}")


STORED = {
    "xom": "records of the state that the message changes",
    "core-crypto": "pages of its database that it writes to IndexedDB",
    "ts-mls": "the state as a whole; it has no smaller part",
}


def limits(what, members, times):
    """What issue 3 asks of the core."""
    ours, floor = times["xom"], times["signatures"]
    beside = {name: times[name] for name in OTHERS if name in times}
    if what == "join":
        yield Limit("× signatures", ours / floor, 1.5)
    if what == "process update" and members in (200, 500) and "ts-mls" in beside:
        yield Limit("times as fast as ts-mls", beside["ts-mls"] / ours, 10, at_least=True)
    if what in ("join", "process update") and "core-crypto" in beside:
        yield Limit("× core-crypto", ours / beside["core-crypto"], 1)
    if what in ("encrypt", "decrypt"):
        yield Limit("× signature", ours / floor, 2)


def counted(count):
    parts = [f"{count[what]} {name}" for what, name in (("sign", "signatures made"), ("verify", "verifications")) if count[what]]
    return ", ".join(parts)


def ms(value):
    if value is None:
        return "-"
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def bytes_of(value):
    return "-" if value is None else f"{value:,.0f}"


def kilobytes(size):
    return f"{size / 1000:.1f} KB"
