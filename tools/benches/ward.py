"""A fresh node of this build with people in it, and the floor: what the load generator is put on."""
import contextlib
import dataclasses
import json
import pathlib
import socket
import subprocess
import tempfile
import time

from benches.programs import Broken, results
from testing.run import end_group, run, start

START_SECONDS = 60
SEED_SECONDS = 600
STOP_SECONDS = 60
# A process here may have 20,000 open files; the store needs some.
MOST_SESSIONS = 19_000


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def must(command, seconds):
    """What it printed."""
    finished = run(command, seconds)
    if not finished.good:
        raise Broken(f"{' '.join(map(str, command[:3]))}: {finished.why()}\n{finished.output}")
    return finished.output


def wait_for(port, process, what):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise Broken(f"{what} has ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise Broken(f"{what} does not listen")


class Server:
    """A process that listens on a port of 127.0.0.1; a node's `data` is its folder."""

    def __init__(self, port, process, data=None):
        self.port = port
        self.process = process
        self.data = data

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        """In its own way."""
        self.process.terminate()
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise Broken(f"it did not stop within {STOP_SECONDS} s") from None
        if code != 0:
            raise Broken(f"it stopped with {code}")


@contextlib.contextmanager
def running(command, port, what, data=None):
    with tempfile.TemporaryFile() as output:
        process = start(command, output=output)
        try:
            wait_for(port, process, what)
            yield Server(port, process, data)
        except Broken as problem:
            output.seek(0)
            raise Broken(f"{problem}\n{output.read().decode('utf-8', 'replace')[-2000:]}") from None
        finally:
            end_group(process)


def people(groups, members, places=1):
    """The population as the generator's options: the same for seed and load."""
    return "--groups", groups, "--members", members, "--places", places


@dataclasses.dataclass
class Home:
    """A node that can be started: its folder, and its administrator's things."""
    data: pathlib.Path
    port: int
    authority: pathlib.Path
    passphrase: pathlib.Path


def certify(folder):
    """The lines of a configuration with a certificate that the node signs for itself."""
    certificate, key = folder / "tls.crt", folder / "tls.key"
    must(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2",
          "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate], 60)
    return f'tls_certificate = "{certificate}"\ntls_key = "{key}"\n'


@contextlib.contextmanager
def home(programs, population, *seeds, tls=False):
    """On a disk, for these people(); `seeds`: further options of seed; `tls`: it speaks nothing else."""
    with tempfile.TemporaryDirectory(prefix="xom-bench-", dir=programs.parent) as place:
        place = pathlib.Path(place)
        made = Home(place / "data", free_port(), place / "authority.key", place / "passphrase")
        made.passphrase.write_text("tám con mèo đi dạo\n", encoding="utf-8")
        must([programs / "xom", "authority", "create", "--file", made.authority, "--passphrase-file", made.passphrase], 60)
        must([programs / "xom", "node", "init", "--data", made.data, "--authority", made.authority,
              "--listen", f"127.0.0.1:{made.port}"], 60)
        with open(made.data / "xom.toml", "a", encoding="utf-8") as config:
            config.write(f'log_level = "warn"\nmax_sessions = {MOST_SESSIONS}\n')
            if tls:
                config.write(certify(place))
        must([programs / "xom-load", "seed", "--data", made.data, *population, *seeds], SEED_SECONDS)
        yield made


@contextlib.contextmanager
def serving(programs, place):
    """The node of a home()."""
    with running([programs / "xom-node", "--data", place.data], place.port, "xom-node", place.data) as server:
        yield server


@contextlib.contextmanager
def node(programs, population, *seeds, publisher=False, tls=False):
    """A fresh one; `publisher`: it is the root of a tree, and device 0 may publish (not with `tls`)."""
    with home(programs, population, *seeds, tls=tls) as place, serving(programs, place) as server:
        if publisher:
            office = ("--node", f"http://127.0.0.1:{place.port}", "--authority", place.authority, "--passphrase-file", place.passphrase)
            account = must([programs / "xom-load", "account", "--device", 0], 60).strip()
            must([programs / "xom", "root", *office, "--name", "Phường", "--level", "Phường"], 60)
            must([programs / "xom", "appoint", *office, "--account", account, "--office", "publisher", "--name", "Lan"], 60)
        yield server


@contextlib.contextmanager
def floor(programs):
    port = free_port()
    with running([programs / "xom-load", "floor", "--port", port], port, "the floor") as server:
        yield server


def load(programs, server, workload, *options):
    """The generator's lines."""
    return list(results([programs / "xom-load", workload, "--port", server.port, "--server", server.pid, *options]))
