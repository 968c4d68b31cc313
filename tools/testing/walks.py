"""Long random walks of the trusted core's clients; the short ones are unit tests."""
import random

from testing import native
from testing.run import folder, run

STEPS, MEMBERS = 10_000, 60
SECONDS = 30 * 60


def walk(report):
    seed = random.SystemRandom().randrange(1, 1 << 32)
    for preset in ("release", "asan"):
        if not native.build(report, preset, ["xom-walks"]):
            continue
        finished = run([folder(preset) / "bin" / "xom-walks", "--seed", seed, "--steps", STEPS, "--members", MEMBERS], SECONDS)
        print(f"{preset}: {finished.output.strip()}", flush=True)
        if finished.good:
            report.ok()
        else:
            report.fail(f"a random walk of {STEPS} steps, {preset}: {finished.why()}", finished.output)
