"""What the fuzzers of decoders feed them: any JSON at all, and frames that are nearly right."""

from __future__ import annotations

from hypothesis import strategies as st

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["nan", "1e400", "7"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def mutated(draw: st.DrawFn, frames: list[bytes]) -> bytes:
    raw = bytearray(draw(st.sampled_from(frames)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(raw)))
        kind = draw(st.sampled_from(["set", "cut", "insert", "swap"]))
        if kind == "set" and place < len(raw):
            raw[place] = draw(st.integers(0, 255))
        elif kind == "cut":
            del raw[place : place + draw(st.integers(1, 9))]
        elif kind == "insert":
            raw[place:place] = draw(st.binary(max_size=5) | st.sampled_from([b"9" * 30, b"null", b"-", b'"', b"1e9"]))
        else:
            other = draw(st.sampled_from(frames))
            raw[place:] = other[place:]
    return bytes(raw)
