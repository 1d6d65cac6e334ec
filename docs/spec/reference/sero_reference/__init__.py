"""Reference model of the SERO protocol, written from docs/spec/*.md alone.

Slow, readable, standard library only. It shares no code with the Rust crates; the
vectors in docs/spec/vectors are what both must agree on. Not for production: nothing
here runs in constant time.
"""


class SpecError(ValueError):
    """Something the specification refuses. `reason` is a short fixed word."""

    def __init__(self, reason, detail=""):
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
