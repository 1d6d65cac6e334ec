"""Random EVM code that gets far: every piece leaves the stack as it found it, and jumps are relative, so that any piece can be
taken away and the rest still runs."""

from ethereum.forks.osaka.vm.instructions import Ops

from inputs import calldata

OPS = {one.name: one.value for one in Ops}
TWO = "ADD MUL SUB DIV SDIV MOD SMOD EXP SIGNEXTEND LT GT SLT SGT EQ AND OR XOR BYTE SHL SHR SAR".split()
PLAIN = (
    "ADDRESS ORIGIN CALLER CALLVALUE CALLDATASIZE CODESIZE GASPRICE RETURNDATASIZE COINBASE TIMESTAMP NUMBER GASLIMIT "
    "CHAINID SELFBALANCE BASEFEE BLOBBASEFEE PC MSIZE GAS"
).split()
EDGES = (0, 1, 2, 31, 32, 33, 255, 256, 2**63, 2**64 - 1, 2**128, 2**160 - 1, 2**255 - 1, 2**255, 2**256 - 1)


def op(*names):
    return bytes(OPS[name] for name in names)


def push(number, size=None):
    if size is None:
        size = (number.bit_length() + 7) // 8
    return bytes([OPS["PUSH0"] + size]) + number.to_bytes(size, "big")


def assemble(text):
    """Code of a few lines: names of operations, hexadecimal numbers, `name:` for a place and `@name` for its number."""
    out, places, holes = bytearray(), {}, []
    for token in text.split():
        if token.endswith(":"):
            places[token[:-1]] = len(out)
            out += op("JUMPDEST")
        elif token.startswith("@"):
            holes.append((len(out) + 1, token[1:]))
            out += push(0, 2)
        elif token.startswith("0x"):
            out += push(int(token, 16))
        else:
            out += op(token)
    for at, name in holes:
        out[at : at + 2] = places[name].to_bytes(2, "big")
    return bytes(out)


def stored(data, at=0):
    """Writes bytes to memory, a word at a time."""
    out = b""
    for start in range(0, len(data), 32):
        part = data[start : start + 32]
        number = int.from_bytes(part.ljust(32, b"\0"), "big")
        out += push(number) + push(at + start) + op("MSTORE")
    return out


class Writer:
    """Makes pieces. `pool` are addresses to name, `later` contracts that come after the one that is written, and `ends` addresses that
    call nobody."""

    def __init__(self, rng, pool, later, ends, precompiles, fork, portable):
        self.rng, self.pool, self.later, self.ends = rng, pool, later or ends, ends
        self.precompiles = precompiles
        self.one = ["ISZERO", "NOT"] + (["CLZ"] if fork not in ("cancun", "prague") else [])
        self.portable = portable

    def body(self, count):
        return [self.statement(0) for _ in range(count)]

    def number(self):
        rng = self.rng
        way = rng.random()
        if way < 0.4:
            return push(rng.randrange(0, 40))
        if way < 0.6:
            return push(rng.choice(EDGES))
        size = rng.randrange(1, 33)
        return push(rng.getrandbits(size * 8), size)

    def slot(self):
        return push(self.rng.randrange(0, 6))

    def offset(self):
        rng = self.rng
        way = rng.random()
        if way < 0.004:
            return push(rng.choice((0x8000, 0x20000, 2**32, 2**64, 2**256 - 32)))
        return push(rng.randrange(0, 0x100) if way < 0.3 else 32 * rng.randrange(0, 9))

    def length(self):
        return push(self.rng.choice((0, 1, 4, 31, 32, 33, 64, 96)))

    def address(self):
        rng = self.rng
        way = rng.random()
        if way < 0.08:
            return op(rng.choice(("ADDRESS", "CALLER", "ORIGIN")))
        if way < 0.12:
            return push(0) + op("CALLDATALOAD")
        if way < 0.2:
            return self.slot() + op("SLOAD")
        return push(int.from_bytes(rng.choice(self.pool), "big"), 20)

    def expression(self, depth=0):
        rng = self.rng
        way = rng.random()
        if depth > 2 or way < 0.25:
            return self.leaf()
        if way < 0.35:
            return self.expression(depth + 1) + op(rng.choice(self.one))
        if way < 0.75:
            name = rng.choice(TWO)
            left = push(rng.randrange(0, 300)) if name in ("SHL", "SHR", "SAR", "BYTE") else None
            if name == "EXP":  # the exponent is below the base
                return push(rng.choice((0, 1, 2, 3, 255, 256, 65537))) + self.expression(depth + 1) + op(name)
            first = self.expression(depth + 1)
            return first + (left or self.expression(depth + 1)) + op(name)
        if way < 0.85:
            parts = b"".join(self.expression(depth + 1) for _ in range(3))
            return parts + op(rng.choice(("ADDMOD", "MULMOD")))
        if way < 0.92:
            return self.length() + self.offset() + op("KECCAK")
        return self.address() + op(rng.choice(("BALANCE", "EXTCODESIZE", "EXTCODEHASH")))

    def leaf(self):
        rng = self.rng
        way = rng.random()
        if way < 0.35:
            return self.number()
        if way < 0.55:
            return op(rng.choice(PLAIN))
        if way < 0.7:
            return self.slot() + op(rng.choice(("SLOAD", "SLOAD", "TLOAD")))
        if way < 0.8:
            return self.offset() + op("MLOAD")
        if way < 0.9:
            return push(rng.choice((0, 32, 64, 5, 2**64))) + op("CALLDATALOAD")
        if way < 0.94 or self.portable:
            return push(rng.randrange(0, 3)) + op("BLOBHASH")
        if way < 0.97:
            back = push(rng.choice((0, 1, 2, 5, 255, 256, 257)))
            return back + op("NUMBER", "SUB", "BLOCKHASH")
        return op("PREVRANDAO")

    def statement(self, depth):
        kinds = [
            (20, self.write),
            (8, self.memory),
            (7, self.copy),
            (6, self.log),
            (5, self.shuffle),
            (24, self.call),
            (4, self.returned),
            (4, self.create),
            (3, self.precompile),
            (1, self.leave),
        ]
        if depth < 2:
            kinds += [(6, self.branch), (3, self.loop)]
        weights, makers = zip(*kinds)
        maker = self.rng.choices(makers, weights)[0]
        return maker(depth) if maker in (self.branch, self.loop) else maker()

    def write(self):
        rng = self.rng
        value = push(0) if rng.random() < 0.25 else self.expression()
        return value + self.slot() + op("SSTORE" if rng.random() < 0.75 else "TSTORE")

    def memory(self):
        return self.expression() + self.offset() + op(self.rng.choice(("MSTORE", "MSTORE", "MSTORE8")))

    def copy(self):
        rng = self.rng
        name = rng.choice(("CALLDATACOPY", "CODECOPY", "MCOPY", "MCOPY", "EXTCODECOPY"))
        out = self.length() + self.offset() + self.offset()
        return out + (self.address() if name == "EXTCODECOPY" else b"") + op(name)

    def log(self):
        topics = self.rng.randrange(5)
        out = b"".join(self.expression(1) for _ in range(topics))
        return out + self.length() + self.offset() + op(f"LOG{topics}")

    def shuffle(self):
        """Fills the stack, moves it about, and folds it into one number for memory."""
        rng = self.rng
        height = rng.randrange(2, 18)
        out = b"".join(self.number() for _ in range(height))
        for _ in range(rng.randrange(1, 6)):
            if rng.random() < 0.5:
                out += op(f"DUP{rng.randrange(1, min(height, 16) + 1)}")
                height += 1
            else:
                out += op(f"SWAP{rng.randrange(1, min(height, 17))}")
        out += b"".join(op(rng.choice(("ADD", "XOR", "SUB", "MUL"))) for _ in range(height - 1))
        return out + self.offset() + op("MSTORE")

    def sweep(self):
        """A piece for every operation on the stack, and every plain one."""
        rng = self.rng
        pieces = []
        place = lambda: push(32 * rng.randrange(9))  # noqa: E731 - never so far that the gas ends
        for at in range(1, 17):
            for name, fill in ((f"DUP{at}", at), (f"SWAP{at}", at + 1)):
                left = fill - 1 + name.startswith("DUP")
                out = b"".join(self.number() for _ in range(fill)) + op(name) + op("XOR") * left
                pieces.append(out + place() + op("MSTORE"))
        for size in range(33):
            pieces.append(push(rng.getrandbits(8 * size), size) + place() + op("MSTORE"))
        for name in PLAIN + self.one:
            pieces.append((push(7) if name in self.one else b"") + op(name) + place() + op("MSTORE"))
        for name in TWO:
            pieces.append(self.number() + self.number() + op(name) + place() + op("MSTORE"))
        for name in ("BALANCE", "EXTCODESIZE", "EXTCODEHASH", "BLOBHASH", "CALLDATALOAD", "SLOAD", "TLOAD", "MLOAD"):
            pieces.append(push(rng.randrange(9)) + op(name) + place() + op("MSTORE"))
        for name in ("CALLDATACOPY", "CODECOPY", "MCOPY", "RETURNDATACOPY", "EXTCODECOPY"):
            of = op("ADDRESS") if name == "EXTCODECOPY" else b""
            pieces.append(push(0 if name == "RETURNDATACOPY" else 40) + push(0) + push(7) + of + op(name))
        for topics in range(5):
            pieces.append(b"".join(self.number() for _ in range(topics)) + push(50) + push(9) + op(f"LOG{topics}"))
        if not self.portable:
            pieces.append(push(1) + op("NUMBER", "SUB", "BLOCKHASH") + push(3) + op("SSTORE"))
            pieces.append(op("PREVRANDAO") + push(4) + op("SSTORE"))
        rng.shuffle(pieces)
        pieces.append(push(8) + push(7) + push(5) + op("ADDMOD") + push(5) + op("TSTORE"))
        pieces.append(push(8) + push(7) + push(5) + op("MULMOD") + push(0x21) + op("MSTORE8"))
        return [*pieces, push(0x140) + push(0) + op("KECCAK"), push(1) + op("SSTORE", "STOP")]

    def amount(self):
        rng = self.rng
        way = rng.random()
        if way < 0.7:
            return push(0)
        return push(rng.choice((1, 1000))) if way < 0.96 else push(2**100)

    def used(self):
        """Does something with the number on the stack."""
        way = self.rng.random()
        if way < 0.4:
            return op("POP")
        return self.slot() + op("SSTORE" if way < 0.7 else "TSTORE") if way < 0.85 else self.offset() + op("MSTORE")

    def call(self):
        rng = self.rng
        name = rng.choice(("CALL", "CALL", "DELEGATECALL", "STATICCALL", "CALLCODE"))
        out = self.length() + self.offset() + self.length() + self.offset()
        if name in ("CALL", "CALLCODE"):
            out += self.amount()
        way = rng.random()
        again = way > 0.8  # may come back to where it is, and must end some time
        if way < 0.6:
            out += push(int.from_bytes(rng.choice(self.later), "big"), 20)
        elif way < 0.8:
            out += push(int.from_bytes(rng.choice(self.ends), "big"), 20)
        else:
            out += self.address()
        way = rng.random()
        if way < 0.6:
            out += op("GAS")
        elif way < 0.65:
            out += push(rng.choice((0, 700, 2300, 2**64, 2**256 - 1)))
        else:
            out += push(rng.randrange(30_000, 200_000))
        out += op(name) + self.used()
        if again and rng.random() < 0.9:
            enough = push(rng.randrange(100_000, 300_000)) + op("GAS", "LT")
            out = enough + push(len(out) + 3, 2) + op("PC", "ADD", "JUMPI") + out + op("JUMPDEST")
        return out

    def returned(self):
        """Copies what a call returned; now and then one byte more than there is."""
        if self.rng.random() < 0.02:
            return push(1) + op("RETURNDATASIZE") + push(0) + op("RETURNDATACOPY")
        if self.rng.random() < 0.5:
            return op("RETURNDATASIZE") + push(0) + self.offset() + op("RETURNDATACOPY")
        return push(0) + op("RETURNDATASIZE") + self.offset() + op("RETURNDATACOPY")

    def initial(self):
        """Code of a constructor, short enough for memory."""
        rng = self.rng
        way = rng.random()
        runtime = rng.choice(
            (
                assemble("0x0 SLOAD 0x1 ADD 0x0 SSTORE CALLVALUE 0x1 SSTORE STOP"),
                assemble("CALLDATASIZE 0x0 0x0 CALLDATACOPY CALLDATASIZE 0x0 RETURN"),
                assemble("ADDRESS 0x0 MSTORE 0x20 0x0 REVERT"),
                assemble("CALLER SELFDESTRUCT"),
                assemble("0x1 0x1 TSTORE 0x1 TLOAD 0x0 MSTORE 0x20 0x0 RETURN"),
            )
        )
        if way < 0.06:
            return assemble("0x0 MLOAD 0x2 SSTORE 0x20 0x0 REVERT")
        if way < 0.1:
            return assemble("0xef 0x0 MSTORE8 0x1 0x0 RETURN")
        if way < 0.14:
            return op("CALLER", "SELFDESTRUCT")
        if way < 0.16:
            return push(2**16) + op("PUSH0", "RETURN")
        if way < 0.18:
            return b"\xfe"
        start = b""
        if rng.random() < 0.5:
            start = push(rng.getrandbits(64)) + self.slot() + op("SSTORE")
        head = len(start) + 9
        return (
            start + push(len(runtime)) + op("DUP1") + push(head) + op("PUSH0", "CODECOPY", "PUSH0", "RETURN") + runtime
        )

    def create(self):
        rng = self.rng
        initial = self.initial()
        out = stored(initial, 0x20)
        second = rng.random() < 0.5
        if second:
            out += push(rng.choice((0, 1, rng.getrandbits(256))))
        out += push(len(initial)) + push(0x20) + self.amount() + op("CREATE2" if second else "CREATE")
        if rng.random() < 0.6:  # calls what it made
            out += op("PUSH0", "PUSH0", "PUSH0", "PUSH0") + self.amount() + op("DUP6")
            out += op("GAS", "CALL", "POP")
        return out + self.used()

    def precompile(self):
        rng = self.rng
        number = rng.choice(self.precompiles)
        data = calldata(rng, number)
        out = stored(data) + push(rng.choice((0, 32, 64))) + push(0x80) + push(len(data)) + push(0)
        name = rng.choice(("STATICCALL", "STATICCALL", "DELEGATECALL", "CALL", "CALLCODE"))
        if name in ("CALL", "CALLCODE"):
            out += push(0)
        return out + push(number) + op("GAS", name) + self.used()

    def branch(self, depth):
        inside = b"".join(self.statement(depth + 1) for _ in range(self.rng.randrange(1, 3)))
        return self.expression() + push(len(inside) + 3, 2) + op("PC", "ADD", "JUMPI") + inside + op("JUMPDEST")

    def loop(self, depth):
        inside = op("JUMPDEST") + self.statement(depth + 1)
        inside += push(1) + op("SWAP1", "SUB", "DUP1")
        turns = push(self.rng.randrange(1, 5))
        return turns + inside + push(len(inside) + 3, 2) + op("PC", "SUB", "JUMPI", "POP")

    def leave(self):
        """An end in the middle, behind a condition."""
        end = self.end()
        return self.expression() + push(len(end) + 3, 2) + op("PC", "ADD", "JUMPI") + end + op("JUMPDEST")

    def end(self):
        rng = self.rng
        way = rng.random()
        if way < 0.25:
            return op("STOP")
        if way < 0.62:
            return self.length() + self.offset() + op("RETURN")
        if way < 0.76:
            return self.length() + self.offset() + op("REVERT")
        if way < 0.88:
            return self.address() + op("SELFDESTRUCT")
        if way < 0.92:
            return push(3) + op("JUMP")  # into the middle of something
        if way < 0.95:
            return op("POP" if rng.random() < 0.5 else "SWAP16") * 20
        if way < 0.97:  # until the stack is full
            return op("JUMPDEST", "PUSH0") + push(4) + op("PC", "SUB", "JUMP")
        return bytes([rng.choice((0xFE, 0x0C, 0xEF, 0x21))])
