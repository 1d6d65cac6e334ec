#!/usr/bin/env python3
"""Writes docs/spec/vectors/*.json from the reference model; `--check` only compares."""

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from cases import accounts, boxes, disclosures, ledger, primitives, signatures, transactions, values  # noqa: E402

VECTORS = HERE.parent / "vectors"
FILES = {
    "poseidon": primitives.poseidon_cases,
    "hash": primitives.hash_cases,
    "point": primitives.point_cases,
    "field": primitives.field_cases,
    "map": primitives.map_cases,
    "signature": signatures.signature_cases,
    "keys": accounts.key_cases,
    "pkr": accounts.pkr_cases,
    "asset": values.asset_cases,
    "note": values.note_cases,
    "encryption": values.encryption_cases,
    "tree": ledger.tree_cases,
    "bundle": ledger.bundle_cases,
    "disclosure": disclosures.disclosure_cases,
    "package": boxes.package_cases,
    "transaction": transactions.transaction_cases,
}


def render(document):
    """One case a line, so that a change shows as a small difference."""
    cases = ",\n".join("  " + json.dumps(case) for case in document["cases"])
    head = "".join(f" {json.dumps(k)}: {json.dumps(document[k])},\n" for k in ("description", "spec"))
    return "{\n" + head + ' "cases": [\n' + cases + "\n ]\n}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 if a file differs")
    check = parser.parse_args().check
    stale = []
    for name, build in FILES.items():
        path, text = VECTORS / f"{name}.json", render(build())
        if check:
            if not path.is_file() or path.read_text() != text:
                stale.append(str(path))
        else:
            VECTORS.mkdir(exist_ok=True)
            path.write_text(text)
    stale += [str(p) for p in VECTORS.glob("*.json") if p.stem not in FILES] if check else []
    for path in stale:
        print(f"differs: {path}", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
