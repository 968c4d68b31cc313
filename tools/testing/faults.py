"""Kills and power losses: what was acknowledged must be there afterwards; and sabotaged runs that must be found out."""
import random

from testing import native
from testing.run import folder, run

# Rounds of the whole stage and of its short form, which is part of every run.
FULL, SHORT = 200, 8
# Enough for a sabotage to be found in; the run stops at the first.
CONTROL = 50
ROUND_SECONDS = 15


def fault(report, rounds):
    seed = random.SystemRandom().randrange(1, 1 << 32)
    print(f"seed {seed}", flush=True)
    if native.build(report, "release", ["xom_power_loss"]):
        program = folder("release") / "bin" / "xom_power_loss"
        must_hold(report, f"{rounds} power losses", [program, rounds, seed], rounds)
        for sabotage in ("nosync", "early-ack"):
            must_break(report, f"power loss finds the sabotage {sabotage}",
                       [program, CONTROL, seed, f"--sabotage={sabotage}"], CONTROL)
    if native.build(report, "release", ["xom-node", "xom", "xom_kill_rounds"]):
        program = folder("release") / "bin" / "xom_kill_rounds"
        must_hold(report, f"{rounds} kills of a node", [program, rounds, seed], rounds)


def must_hold(report, name, command, rounds):
    finished = run(command, 60 + rounds * ROUND_SECONDS)
    print(f"{name}: {summary(finished.output)}", flush=True)
    if finished.good:
        report.ok()
    else:
        report.fail(f"{name}: {finished.why()}", finished.output)


def must_break(report, name, command, rounds):
    """A control: the program must say, by exit code 1, that a promise was broken."""
    finished = run(command, 60 + rounds * ROUND_SECONDS)
    print(f"{name}: {summary(finished.output)}", flush=True)
    if finished.code == 1 and not finished.late:
        report.ok()
    else:
        report.fail(f"{name}: it did not", finished.output)


def summary(output):
    lines = [line for line in output.splitlines() if "rounds" in line]
    return lines[-1] if lines else "no summary"
