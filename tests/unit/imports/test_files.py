"""Pieces of files: sealed to their place, and read as the file they were cut from."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.crypt import CannotDecrypt, KeyRing
from app.imports.files import Metered, Parts, seal, unseal

KEYS = KeyRing({"k1": b"k" * 32})
PLACE = ("ten_1", "imp_1")


def test_a_piece_opens_where_it_belongs_and_nowhere_else():
    sealed = seal(KEYS, PLACE, 3, b"191212121212")
    assert unseal(KEYS, PLACE, 3, sealed) == b"191212121212"
    assert b"191212121212" not in base64.b64decode(sealed.partition(":")[2])
    for key, number in ((("ten_2", "imp_1"), 3), (("ten_1", "imp_2"), 3), (PLACE, 4)):
        with pytest.raises(CannotDecrypt):
            unseal(KEYS, key, number, sealed)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=20), st.integers(1, 50))
def test_pieces_are_read_as_one_file_and_counted(pieces: list[bytes], size: int):
    told: list[int] = []
    inner = Parts(lambda number: pieces[number] if number < len(pieces) else None)
    file = Metered(inner, lambda: told.append(1))
    with file.buffered() as stream:
        read = b"".join(iter(lambda: stream.read(size), b""))
    assert read == b"".join(pieces)
    assert file.count == len(read)
    assert told
