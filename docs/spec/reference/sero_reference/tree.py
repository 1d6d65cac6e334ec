"""The note tree: arity 8, depth 11. Spec 04, "Tree and nullifiers"."""

from .poseidon import poseidon

ARITY, DEPTH = 8, 11
MAX_LEAVES = ARITY ** DEPTH - 1


def node(children):
    return poseidon("node", *children)


def _empty_roots():
    roots = [0]
    for _ in range(DEPTH):
        roots.append(node([roots[-1]] * ARITY))
    return roots


EMPTY = _empty_roots()  # EMPTY[k]: root of an empty subtree of height k


def level_up(row, height):
    row = row + [EMPTY[height]] * (-len(row) % ARITY)
    return [node(row[i:i + ARITY]) for i in range(0, len(row), ARITY)]


def root(leaves):
    """Naive: hashes every level of the occupied part."""
    row = list(leaves)
    for height in range(DEPTH):
        row = level_up(row, height) or [EMPTY[height + 1]]
    assert len(row) == 1
    return row[0]


def path(leaves, position):
    """Siblings from the leaf upwards: per level 7 elements in order, own place left out."""
    assert position < len(leaves)
    row, siblings = list(leaves), []
    for height in range(DEPTH):
        row += [EMPTY[height]] * (-len(row) % ARITY)
        start = position - position % ARITY
        siblings.append(row[start:position] + row[position + 1:start + ARITY])
        row, position = level_up(row, height), position // ARITY
    return siblings


def root_from_path(leaf, position, siblings):
    current = leaf
    for level in siblings:
        place = position % ARITY
        current = node(level[:place] + [current] + level[place:])
        position //= ARITY
    return current


class Tree:
    """Append-only: keeps, per level, the finished nodes of the open group."""

    def __init__(self):
        self.count = 0
        self.open = [[] for _ in range(DEPTH)]

    def append(self, leaf):
        assert self.count < MAX_LEAVES
        self.count += 1
        value = leaf
        for group in self.open:
            group.append(value)
            if len(group) < ARITY:
                return
            value = node(group)
            group.clear()
        raise AssertionError("full tree")

    def root(self):
        carry = []
        for height, group in enumerate(self.open):
            row = group + carry
            carry = level_up(row, height) if row else []
        return carry[0] if carry else EMPTY[DEPTH]
