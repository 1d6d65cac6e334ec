"""Package actions in the vectors of chapter 06."""

from dataclasses import replace

from sero_reference import bundle, notes, package
from sero_reference.bundle import CIPHERTEXT_LENS, Bundle, Create, Open
from sero_reference.curve import point_to_bytes
from sero_reference.fields import R, to_bytes

from .common import carriers, hb, hf, hp, label, label_field, label_scalar

CALL = {"sender": label("package from", 20), "nonce": 9}


def actions(name, pool, nf, packages):
    """packages: ("create", owner, content, size) or ("open", id, content). `nf` is the first spend's, or None.
    Gives the actions, their rows, and what they add to bsk."""
    parts, rows, total = [], [], 0
    for i, given in enumerate(packages):
        content, rcv = given[2], label_scalar(f"{name} package rcv {i}")
        cv, proof = notes.value_commitment(content.v, content.asset, rcv), label(f"{name} package proof {i}", 128)
        row = {"action": given[0], "asset": hf(content.asset), "v": str(content.v), "rcm": hf(content.rcm),
               "data": hb(content.data), "rcv": hf(rcv), "cv": hp(cv), "proof": hb(proof)}
        if given[0] == "create":
            id_ = package.id_of_call(**CALL, index=i) if nf is None else package.id_of_spend(pool, nf, i)
            k = label(f"{name} package k {i}")
            box = package.seal(k, id_, content, given[3])
            part = Create(content.commitment(id_), cv, given[1], box.tag, box.ciphertext, proof)
            row |= {"index": i, "owner": hb(given[1]), "k": hb(k), "tag": hb(box.tag), "ciphertext": hb(box.ciphertext)}
            row |= {"from": hb(CALL["sender"]), "nonce": CALL["nonce"]} if nf is None else {"nf": hf(nf)}
            assert package.open_(k, id_, part.cm, box) == content
        else:
            id_ = given[1]
            part = Open(id_, content.commitment(id_), cv, proof)
        total += rcv if given[0] == "open" else -rcv
        parts.append(part)
        rows.append({**row, "id": hf(id_), "pkg_cm": hf(part.cm)})
    made = package.ids_of_creates(Bundle(0, [], [], [], packages=parts, pool=pool), **CALL) if nf is None else []
    assert all(x is None or hf(x) == row["id"] for x, row in zip(made, rows))
    return parts, rows, total


def hand_made(shield):
    """What reading accepts although state or signatures would not; and what it refuses."""
    point = shield.outputs[0].cv
    create = [Create(label_field(f"pkg cm {i}"), point, label(f"pkg owner {i}", 20), label(f"pkg tag {i}"),
                     label(f"pkg ciphertext {i}", n), label(f"pkg proof {i}", 128))
              for i, n in enumerate(CIPHERTEXT_LENS)]
    opened = Open(label_field("pkg id"), label_field("pkg cm 9"), point, label("pkg open proof", 128))

    def with_(*packages):
        return Bundle(0, [], shield.outputs, shield.balance, shield.binding_sig, list(packages), 3)

    accepted = [
        ("packages", with_(create[0], opened, create[3])), ("all sizes", with_(*create)),
        ("eight actions", with_(*create, *(replace(opened, id=i, cm=i) for i in (0, 1, 2, R - 1)))),
        ("an opening after a creation with its pkg_cm", with_(create[0], replace(opened, cm=create[0].cm))),
        ("two openings with one pkg_cm", with_(opened, replace(opened, id=5))),
        ("an opening with an output's cm", with_(replace(opened, cm=shield.outputs[0].cm))),
        ("owner zero", with_(replace(create[0], owner=bytes(20)))),
        ("the cv of an output, created and opened", with_(create[0], opened))]
    rows = []
    for name, b in accepted:
        assert bundle.decode(b.encode()) == b
        carried, sighash = carriers(name, b)
        rows.append({"kind": "packages", "name": name, "encoded": hb(b.encode()), "effects": hb(b.effects()), **carried,
                     "binding_message": hb(b.binding_message(sighash)), "bvk": hp(b.bvk())})
    return rows, _refused(shield, with_, create, opened)


def _refused(shield, with_, create, opened):
    def put(data, at, new):
        return data[:at] + new + data[at + len(new):]

    first = 38 + 500  # where the packages begin
    data, opening = with_(create[0], opened).encode(), with_(opened).encode()
    at = first + 1 + 64 + 20 + 32  # a creation's length
    identity, wide = to_bytes(1), b"\xff" * 32
    rows = [(f"ciphertext of {n} bytes", put(data, at, n.to_bytes(2, "big")))
            for n in (0, 1, 127, 129, 640, 1023, 1025, 2048, 65535)]
    rows += [("ciphertext of 256 bytes in 128", put(with_(create[0]).encode(), at, (256).to_bytes(2, "big"))),
             ("cut in a ciphertext", data[:at + 100]), ("cut in an opening", opening[:first + 100]),
             ("kind 2", put(data, first, b"\x02")), ("kind 255", put(data, first, b"\xff")),
             ("pool 255", put(data, 1, b"\xff")), ("255 packages", put(data, 4, b"\xff")),
             ("fewer actions than said", put(opening, 4, b"\x02")),
             ("nine openings", with_(*(replace(opened, id=i) for i in range(9))).encode()),
             ("pkg_cm of a creation not canonical", put(data, first + 1, to_bytes(create[0].cm + R))),
             ("cv of a creation identity", put(data, first + 33, identity)),
             ("cv of a creation of small order", put(data, first + 33, bytes(32))),
             ("id not canonical", put(opening, first + 1, wide)),
             ("id + r", put(opening, first + 1, to_bytes(opened.id + R))),
             ("pkg_cm of an opening not canonical", put(opening, first + 33, wide)),
             ("cv of an opening identity", put(opening, first + 65, identity)),
             ("cv of an opening of small order", put(opening, first + 65, bytes(32)))]
    assert data[first + 33:first + 65] == opening[first + 65:first + 97] == point_to_bytes(opened.cv)
    same = [("pkg_cm twice", create[0], replace(create[3], cm=create[0].cm)),
            ("pkg_cm twice, the third", create[0], create[1], replace(create[2], cm=create[0].cm)),
            ("pkg_cm of an output", replace(create[0], cm=shield.outputs[0].cm)),
            ("pkg_cm of an opening before", opened, replace(create[0], cm=opened.cm)),
            ("opened twice", opened, replace(opened, cm=label_field("pkg cm 8"))),
            ("opened twice, word for word", opened, opened),
            ("opened twice, a creation between", opened, create[0], replace(opened, cm=label_field("pkg cm 8")))]
    return rows + [(name, with_(*packages).encode()) for name, *packages in same]
