"""What the cases need of Ethereum: Keccak-256, RLP, and transactions in the form that JSON-RPC takes, with their sender."""

P = 2**256 - 2**32 - 977
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
BASE = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
LANES = 2**64 - 1
RATE = 136


def round_constants():
    """Bits of a linear feedback shift register at places 2^j - 1 of 24 lanes."""
    register, constants = 1, []
    for _ in range(24):
        constant = 0
        for j in range(7):
            if register & 1:
                constant |= 1 << (2**j - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return constants


CONSTANTS = round_constants()


def rotated(lane, by):
    by %= 64
    return ((lane << by) | (lane >> (64 - by))) & LANES


def permuted(state):
    """Keccak-f[1600]; lane x, y is at x + 5 y."""
    for constant in CONSTANTS:
        column = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] for x in range(5)]
        state = [
            lane ^ column[(i - 1) % 5] ^ rotated(column[(i + 1) % 5], 1)
            for i, lane in enumerate(state)
        ]
        moved, (x, y), lane = state[:], (1, 0), state[1]
        for t in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            at = x + 5 * y
            lane, moved[at] = state[at], rotated(lane, (t + 1) * (t + 2) // 2)
        state = [
            moved[i] ^ (~moved[i - i % 5 + (i + 1) % 5] & moved[i - i % 5 + (i + 2) % 5] & LANES)
            for i in range(25)
        ]
        state[0] ^= constant
    return state


def keccak(data):
    data += b"\x01" + bytes(-(len(data) + 1) % RATE)
    data = data[:-1] + bytes([data[-1] | 0x80])
    state = [0] * 25
    for start in range(0, len(data), RATE):
        for i in range(RATE // 8):
            state[i] ^= int.from_bytes(data[start + 8 * i : start + 8 * i + 8], "little")
        state = permuted(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def rlp_encoded(item):
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        body, offset = item, 0x80
    else:
        body, offset = b"".join(map(rlp_encoded, item)), 0xC0
    if len(body) < 56:
        return bytes([offset + len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([offset + 55 + len(size)]) + size + body


def rlp_decoded(data):
    item, rest = rlp_first(data)
    if rest:
        raise ValueError(f"{len(rest)} bytes behind the RLP")
    return item


def rlp_first(data):
    """The first item, and what is behind it."""
    first = data[0]
    if first < 0x80:
        return data[:1], data[1:]
    is_list = first >= 0xC0
    size, start = first - (0xC0 if is_list else 0x80), 1
    if size > 55:
        start += size - 55
        size = int.from_bytes(data[1:start], "big")
    body, rest = data[start : start + size], data[start + size :]
    if len(body) != size:
        raise ValueError("RLP is cut off")
    if not is_list:
        return body, rest
    items = []
    while body:
        item, body = rlp_first(body)
        items.append(item)
    return items, rest


def added(a, b):
    """Sum of two points of secp256k1; None is the point at infinity."""
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiplied(point, by):
    product = None
    while by:
        if by & 1:
            product = added(product, point)
        point, by = added(point, point), by >> 1
    return product


def recovered(digest, parity, r, s):
    """The address whose key signed."""
    root = pow(r**3 + 7, (P + 1) // 4, P)
    if root * root % P != (r**3 + 7) % P:
        raise ValueError("r is on no point of the curve")
    point = r, root if root & 1 == parity else P - root
    inverse = pow(r, -1, ORDER)
    hashed = int.from_bytes(digest, "big")
    key = added(
        multiplied(point, s * inverse % ORDER), multiplied(BASE, -hashed * inverse % ORDER)
    )
    return keccak(key[0].to_bytes(32, "big") + key[1].to_bytes(32, "big"))[12:]


def number(data):
    return int.from_bytes(data, "big")


def quantity(data):
    return hex(number(data))


def text(data):
    return "0x" + data.hex()


LEGACY = ["nonce", "gasPrice", "gas", "to", "value", "input"]
FEES = ["maxPriorityFeePerGas", "maxFeePerGas"]
REST = ["gas", "to", "value", "input", "accessList"]
FIELDS = {
    1: ["chainId", "nonce", "gasPrice", *REST],
    2: ["chainId", "nonce", *FEES, *REST],
    3: ["chainId", "nonce", *FEES, *REST, "maxFeePerBlobGas", "blobVersionedHashes"],
    4: ["chainId", "nonce", *FEES, *REST, "authorizationList"],
}


def transaction(raw):
    """A signed transaction in the form that JSON-RPC takes, with `from`."""
    if raw[0] < 0xC0:
        kind, items = raw[0], rlp_decoded(raw[1:])
        names = FIELDS[kind]
        parity = number(items[-3])
        digest = keccak(raw[:1] + rlp_encoded(items[:-3]))
    else:
        kind, items, names = 0, rlp_decoded(raw), LEGACY
        v = number(items[6])
        chain = [items[6] and bytes_of((v - 35) // 2), b"", b""] if v >= 35 else []
        parity = (v - 35) % 2 if chain else v - 27
        digest = keccak(rlp_encoded(items[:6] + chain))
    if len(items) != len(names) + 3:
        raise ValueError(f"{len(items)} fields in a transaction of type {kind}")
    sender = recovered(digest, parity, number(items[-2]), number(items[-1]))
    form = {"type": hex(kind), "from": text(sender)}
    for name, item in zip(names, items):
        form[name] = FORMS.get(name, quantity)(item)
    if form["to"] == "0x":
        del form["to"]
    return form


def bytes_of(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def access_list(items):
    return [{"address": text(address), "storageKeys": list(map(text, keys))} for address, keys in items]


def authorization(item):
    names = ["chainId", "address", "nonce", "yParity", "r", "s"]
    return {name: text(part) if name == "address" else quantity(part) for name, part in zip(names, item)}


FORMS = {
    "to": text,
    "input": text,
    "accessList": access_list,
    "blobVersionedHashes": lambda items: list(map(text, items)),
    "authorizationList": lambda items: list(map(authorization, items)),
}
