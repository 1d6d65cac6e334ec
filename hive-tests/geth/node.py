"""A node on a chain that has its genesis and nothing else, and what else the scripts here share."""

import http.client
import json
import shutil
import subprocess
import urllib.parse

TIMEOUT_S = 60


class Unusable(Exception):
    """The product refuses the genesis, or does not start on it."""


class Node:
    """Lives as long as its `with`. `folder` is emptied first."""

    def __init__(self, product, folder, genesis):
        self.product, self.folder, self.genesis = product, folder, genesis

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        genesis, chain, database = (self.folder / name for name in ("genesis.json", "chain.rlp", "database"))
        genesis.write_text(json.dumps(self.genesis))
        chain.write_bytes(b"")
        flags = ["--genesis", genesis, "--chain", chain, "--data-dir", database]
        done = subprocess.run(
            [self.product, "import", *flags], capture_output=True, text=True, timeout=TIMEOUT_S
        )
        if done.returncode != 0:
            raise Unusable(f"import: {done.stderr.strip()}")
        flags = ["--data-dir", database, "--http-port", "0", "--json"]
        with (self.folder / "node.log").open("w") as log:
            self.process = subprocess.Popen(
                [self.product, "node", *flags], stdout=subprocess.PIPE, stderr=log, text=True
            )
        line = self.process.stdout.readline()
        if not line:
            self.__exit__()
            raise Unusable(f"the node does not start: {(self.folder / 'node.log').read_text().strip()}")
        place = urllib.parse.urlsplit(json.loads(line)["rpc"])
        self.connection = http.client.HTTPConnection(place.hostname, place.port, timeout=TIMEOUT_S)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def call(self, method, params):
        """The answer, with `result` or `error`."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        self.connection.request("POST", "/", body, {"content-type": "application/json"})
        return json.loads(self.connection.getresponse().read())


def sampled(items, count):
    """So many items, evenly spread."""
    if count is None or count >= len(items):
        return items
    return [items[index * len(items) // count] for index in range(count)]
