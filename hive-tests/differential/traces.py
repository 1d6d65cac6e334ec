"""Steps of EIP-3155 as EELS tells them, beside `debug_traceTransaction`'s struct logs."""

from ethereum.trace import TransactionEnd
from ethereum_spec_tools.evm_tools.t8n.evm_trace.eip3155 import Eip3155Tracer, FinalTrace

from rpc import RpcError

UNKNOWN = "no debug_traceTransaction"
# Names that differ by taste.
NAMES = {"KECCAK": "KECCAK256", "PREVRANDAO": "DIFFICULTY", "Invalid": "INVALID", "SHA3": "KECCAK256"}


class Nowhere:
    """Takes what the tracer would write."""

    def write(self, _text):
        pass


class Recorder(Eip3155Tracer):
    """Keeps every transaction's steps."""

    def __init__(self):
        super().__init__(trace_memory=True, trace_stack=True, output_basedir=Nowhere())
        self.steps = {}

    def __call__(self, evm, event):
        super().__call__(evm, event)
        if isinstance(event, TransactionEnd) and evm.message.tx_env.tx_hash is not None:
            kept = [one for one in self.active_traces if not isinstance(one, FinalTrace) and not one.precompile]
            self.steps[bytes(evm.message.tx_env.tx_hash)] = kept


def compare(rpc, tx, steps, lenient=False):
    """The first step that differs; None if none does. `lenient` is for anvil, whose creations cost what they hand on too, and
    take a step where there is no code."""
    options = {"enableMemory": True, "disableStorage": True, "enableReturnData": False}
    try:
        found = rpc.call("debug_traceTransaction", "0x" + tx.hash.hex(), options)
    except RpcError as error:
        text = str(error).lower()
        missing = "not found" in text or "does not exist" in text or "unknown method" in text
        # A node may refuse to make an answer of hundreds of megabytes.
        too_long = "exceeds the limit" in text
        return UNKNOWN if missing or too_long else str(error)
    logs = found["structLogs"]
    if lenient:
        logs = without_empty_creations(logs, steps)
    for index, (given, wanted) in enumerate(zip(logs, steps)):
        reason = difference(given, wanted, lenient)
        if reason:
            return f"step {index} (pc {wanted.pc}, {wanted.opName}, depth {wanted.depth}): {reason}"
    if len(logs) != len(steps):
        return f"{len(logs)} steps, EELS has {len(steps)}"
    return None


def without_empty_creations(logs, steps):
    """Leaves out the first step of a frame that has none in EELS."""
    out = []
    for log in logs:
        wanted = steps[len(out)] if len(out) < len(steps) else None
        starts = log["op"] == "STOP" and log["pc"] == 0
        if starts and (wanted is None or wanted.depth != log["depth"] or wanted.pc != 0):
            continue
        out.append(log)
    return out


def difference(given, wanted, lenient):
    expected = {
        "pc": wanted.pc,
        "depth": wanted.depth,
        "gas": int(wanted.gas, 16),
        "stack": [int(one, 16) for one in wanted.stack],
    }
    memory = given.get("memory")
    have = {
        "pc": given["pc"],
        "depth": given["depth"],
        "gas": given["gas"],
        "stack": [int(one, 16) for one in given["stack"] or []],
    }
    if wanted.opName != "InvalidOpcode":  # which everyone names in another way
        expected["op"] = NAMES.get(wanted.opName, wanted.opName)
        have["op"] = NAMES.get(given["op"], given["op"])
    creates = wanted.opName in ("CREATE", "CREATE2")
    # What a step costs that cannot be paid is told in many ways.
    if wanted.error is None and not (lenient and creates):
        expected["gasCost"], have["gasCost"] = int(wanted.gasCost, 16), given["gasCost"]
    if memory is not None:
        expected["memory"] = (wanted.memory or "0x")[2:]
        have["memory"] = "".join(one.removeprefix("0x") for one in memory)
    for key, value in expected.items():
        if have[key] != value:
            return f"{key} is {have[key]}, EELS has {value}"
    return None
