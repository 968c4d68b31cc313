"""The benchmarks of tools/bench."""
import argparse
import os
import pathlib
import signal
import sys

from benches import alert, append, catch_up, core, disk, fanout, growth, hostile, idle, login, storm
from benches.figures import Results
from benches.programs import Broken

BENCHES = {"core": core.measure, "fanout": fanout.measure, "idle": idle.measure, "login": login.measure, "append": append.measure,
           "growth": growth.measure, "alert": alert.measure, "catch-up": catch_up.measure, "disk": disk.measure, "storm": storm.measure,
           "hostile": hostile.measure}

USAGE = """tools/bench [NAME...] [--json FILE]   without a name: all of them

  core   the trusted core in Chromium beside core-crypto (OpenMLS) and ts-mls, in groups of 50, 200, 500 and 1,000: joining,
         changes, messages, what is stored; and natively what a node does with an update. The floor is the signatures alone
  fanout 100 groups of 100 on a node, 300 bytes a message, each on the disk before it is acknowledged or pushed: the node's CPU for
         a delivery at 10,000 a second, and how many a second it sustains. The floor is a bare server that only sends
  idle   2,000, 10,000 and 18,000 sessions, each with a group and two channels open, do nothing: the node's memory for each;
         and 10,000 with TLS 1.3
  login  10,000 devices log in as fast as they can: the node's CPU for each, beside the floor's for a connection and one verification
  append 64 writers with 8 messages each on their way, into 1,000 groups: messages a second that are on the disk, and how long each
         waits for its acknowledgement, beside what a sync of a small record takes there
  growth fan-out's CPU for a delivery with groups of 10 to 10,000 members, and with 10 to 100,000 groups in the store
  alert  a signed alert to 10,000 and 18,000 sessions that chat a little: when the first and the last have it, and the chat's p99
  catch-up
         1,000 devices return at once and fetch 100 messages in each of 3 groups: the node's CPU for a message, beside that for a
         delivery, and how long the deliveries to 1,000 others take meanwhile
  storm  a node with a million messages starts again and 18,000 devices return: when it serves, when all have what they missed
  hostile
         100 members who never read, read a byte a second, send garbage, or come and go all the time: the chat's p99 of 1,000 others,
         and how much of the node's memory each holds who does not read, and what the node still does when they are gone
  disk   a million messages of 300 bytes, the node restarted: what its store takes at rest, and how much was written for it

Prints a table: figure, floor, ratio, and how each limit is kept. Times are medians; compare ratios, and run it on a quiet machine.
--json FILE   writes a line per figure: {"name", "value", "unit", "floor", "ratio", "note"}

The exit code is 1 if something could not be measured, whatever the figures are."""


def main(arguments):
    if "--help" in arguments or "-h" in arguments:
        print(USAGE)
        return 0
    parser = argparse.ArgumentParser(prog="tools/bench", add_help=False, usage="tools/bench [NAME...] [--json FILE]; see --help")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--json", type=pathlib.Path)
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in BENCHES]
    if unknown:
        print(f"tools/bench: unknown benchmark {unknown[0]!r}\n\n{USAGE}", file=sys.stderr)
        return 2
    # A polite end, so that what was started is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    found = Results()
    broken = False
    for name in asked.names or BENCHES:
        print(f"\n== {name}", flush=True)
        try:
            BENCHES[name](found)
        except Broken as problem:
            print(f"tools/bench: {name}: {problem}", file=sys.stderr)
            broken = True
    found.print_limits()
    if asked.json:
        # As the caller wrote it, who may stand elsewhere than in the repository.
        found.write(pathlib.Path(os.environ.get("XOM_CALLED_FROM", ".")) / asked.json)
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
