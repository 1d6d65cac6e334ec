"""Poseidon over F. Spec 01, "Hashes".

The constants are not a table: they come out of the Grain LFSR of the Poseidon paper
(appendix E) with the parameters that circomlib used.
"""

from functools import lru_cache

from .fields import R, inv

FULL_ROUNDS = 8
PARTIAL_ROUNDS = {2: 56, 3: 57, 4: 56, 5: 60, 6: 60, 7: 63, 8: 64, 9: 63}
FIELD_BITS = 254

TAGS = {"plain": 0, "owner": 1, "pkr": 2, "gen": 3, "cm": 4, "node": 5, "nf": 6}


def grain_bits(width, partial_rounds):
    """The self-shrinking 80-bit Grain LFSR stream, after its 160 warm-up steps."""
    init = 0
    for value, bits in ((1, 2), (0, 4), (FIELD_BITS, 12), (width, 12),
                        (FULL_ROUNDS, 10), (partial_rounds, 10), ((1 << 30) - 1, 30)):
        init = init << bits | value
    # Bit i of the paper's state b0..b79 is bit 79-i of this integer.
    state, mask = init, (1 << 80) - 1

    def clock():
        nonlocal state
        bit = (state >> 17 ^ state >> 28 ^ state >> 41 ^ state >> 56 ^ state >> 66 ^ state >> 79) & 1
        state = (state << 1 | bit) & mask
        return bit

    for _ in range(160):
        clock()
    while True:
        keep, bit = clock(), clock()
        if keep:
            yield bit


@lru_cache(maxsize=None)
def parameters(width):
    """(round constants, one list per round; matrix) for a state of `width` elements."""
    rounds_p = PARTIAL_ROUNDS[width]
    stream = grain_bits(width, rounds_p)

    def number():
        value = 0
        for _ in range(FIELD_BITS):
            value = value << 1 | next(stream)
        return value

    def below_modulus():
        while True:
            value = number()
            if value < R:
                return value

    constants = [[below_modulus() for _ in range(width)]
                 for _ in range(FULL_ROUNDS + rounds_p)]
    while True:  # Cauchy matrix; here the numbers are reduced, not rejected
        points = [number() % R for _ in range(2 * width)]
        xs, ys = points[:width], points[width:]
        if len(set(points)) == 2 * width and all((x + y) % R for x in xs for y in ys):
            return constants, [[inv(x + y) for y in ys] for x in xs]


def permute(state):
    width = len(state)
    constants, matrix = parameters(width)
    half, partial = FULL_ROUNDS // 2, PARTIAL_ROUNDS[width]
    for index, row in enumerate(constants):
        state = [(a + c) % R for a, c in zip(state, row)]
        if half <= index < half + partial:
            state[0] = pow(state[0], 5, R)
        else:
            state = [pow(a, 5, R) for a in state]
        state = [sum(m * a for m, a in zip(line, state)) % R for line in matrix]
    return state


def poseidon(tag, *inputs):
    """P[tag](x1..xn), `tag` a name of the table or a number."""
    tag = TAGS[tag] if isinstance(tag, str) else tag
    assert all(0 <= x < R for x in inputs) and 1 <= len(inputs) <= 8
    return permute([tag, *inputs])[0]
