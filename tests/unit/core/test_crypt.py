"""Stored secrets: opened by a key of the ring, where they stand, and nowhere else."""

import base64
import os
import stat
import threading
from pathlib import Path

import pytest

from app.core.crypt import KEY_BYTES, BadKeyRing, CannotDecrypt, KeyRing, load_key_ring
from app.core.settings import Settings

OLD, NEW = b"o" * KEY_BYTES, b"n" * KEY_BYTES
PLACE = "ten_1/webhook_endpoints/secret/whe_1"


def as_text(**keys: bytes) -> str:
    return ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in keys.items())


class TestKeyRing:
    @pytest.mark.parametrize("plain", [b"", b"whsec_x", "åäö".encode(), bytes(range(256)) * 40])
    def test_opens_what_it_sealed(self, plain: bytes):
        ring = KeyRing({"k": NEW})
        assert ring.decrypt(ring.encrypt(plain, PLACE), PLACE) == plain

    def test_seals_the_same_differently_each_time(self):
        ring = KeyRing({"k": NEW})
        sealed = {ring.encrypt(b"secret", PLACE) for _ in range(100)}
        assert len(sealed) == 100
        assert not any("secret" in one for one in sealed)

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "ten_2/webhook_endpoints/secret/whe_1",
            "ten_1/webhook_endpoints/secret/whe_2",
            "ten_1/webhook_endpoints/url/whe_1",
            "ten_1/api_keys/secret/whe_1",
            "",
        ],
    )
    def test_opens_nothing_that_was_moved(self, elsewhere: str):
        ring = KeyRing({"k": NEW})
        with pytest.raises(CannotDecrypt):
            ring.decrypt(ring.encrypt(b"secret", PLACE), elsewhere)

    def test_opens_nothing_that_was_changed(self):
        ring = KeyRing({"k": NEW})
        key_id, _, text = ring.encrypt(b"secret", PLACE).partition(":")
        sealed = base64.b64decode(text)
        for place in range(len(sealed)):
            spoilt = bytearray(sealed)
            spoilt[place] ^= 1
            with pytest.raises(CannotDecrypt):
                ring.decrypt(f"{key_id}:{base64.b64encode(spoilt).decode()}", PLACE)

    @pytest.mark.parametrize(
        "stored", ["", "k", "k:", ":AAAA", "k:AAAA", "k:not base64", "other:AAAA", "k:å", "k:====="]
    )
    def test_opens_nothing_it_did_not_seal(self, stored: str):
        with pytest.raises(CannotDecrypt):
            KeyRing({"k": NEW}).decrypt(stored, PLACE)

    def test_reads_with_every_key_and_writes_with_the_newest(self):
        before = KeyRing({"old": OLD}).encrypt(b"secret", PLACE)
        rotated = KeyRing({"new": NEW, "old": OLD})
        assert rotated.decrypt(before, PLACE) == b"secret"
        after = rotated.encrypt(b"secret", PLACE)
        assert after.startswith("new:")
        assert KeyRing({"new": NEW}).decrypt(after, PLACE) == b"secret"
        with pytest.raises(CannotDecrypt):
            KeyRing({"new": NEW}).decrypt(before, PLACE)

    def test_opens_nothing_with_another_key_of_the_same_name(self):
        sealed = KeyRing({"k": OLD}).encrypt(b"secret", PLACE)
        with pytest.raises(CannotDecrypt):
            KeyRing({"k": NEW}).decrypt(sealed, PLACE)

    @pytest.mark.parametrize("keys", [{}, {"k": b"short"}, {"k": NEW + b"x"}, {"": NEW}])
    def test_needs_keys_of_32_bytes_with_names(self, keys: dict[str, bytes]):
        with pytest.raises(BadKeyRing):
            KeyRing(keys)


class TestLoadKeyRing:
    def test_takes_the_keys_of_the_settings_newest_first(self):
        ring = load_key_ring(Settings(secret_keys=as_text(new=NEW, old=OLD)))
        assert ring.encrypt(b"x", PLACE).startswith("new:")
        assert ring.decrypt(KeyRing({"old": OLD}).encrypt(b"x", PLACE), PLACE) == b"x"

    def test_takes_them_with_spaces_between(self):
        text = as_text(new=NEW, old=OLD).replace(",", " , ")
        assert load_key_ring(Settings(secret_keys=text)).encrypt(b"x", PLACE).startswith("new:")

    @pytest.mark.parametrize("text", ["k", "k:AAAA", "k:%%%", f"{as_text(k=NEW)},", ":", "k:å"])
    def test_refuses_what_is_no_key_ring(self, text: str):
        with pytest.raises(BadKeyRing) as refused:
            load_key_ring(Settings(secret_keys=text))
        assert text not in str(refused.value)

    def test_makes_a_key_file_beside_the_database_for_its_owner_alone(self, tmp_path: Path):
        settings = Settings(database_url=f"sqlite:///{tmp_path}/data/omtanke.db")
        sealed = load_key_ring(settings).encrypt(b"secret", PLACE)
        [file] = (tmp_path / "data").iterdir()
        assert file.name == "omtanke.db.key"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert load_key_ring(settings).decrypt(sealed, PLACE) == b"secret"

    def test_makes_another_key_for_another_database(self, tmp_path: Path):
        rings = [
            load_key_ring(Settings(database_url=f"sqlite:///{tmp_path}/{name}.db"))
            for name in ("a", "b")
        ]
        with pytest.raises(CannotDecrypt):
            rings[1].decrypt(rings[0].encrypt(b"secret", PLACE), PLACE)

    def test_never_makes_a_new_key_where_one_is_spoilt(self, tmp_path: Path):
        """What the old one sealed would be lost without a word."""
        (tmp_path / "omtanke.db.key").write_text("spoilt")
        with pytest.raises(BadKeyRing):
            load_key_ring(Settings(database_url=f"sqlite:///{tmp_path}/omtanke.db"))
        assert (tmp_path / "omtanke.db.key").read_text() == "spoilt"

    def test_makes_one_key_whoever_starts_first(self, tmp_path: Path):
        settings = Settings(database_url=f"sqlite:///{tmp_path}/omtanke.db")
        start, sealed = threading.Barrier(8), []

        def begin() -> None:
            start.wait()
            sealed.append(load_key_ring(settings).encrypt(b"secret", PLACE))

        threads = [threading.Thread(target=begin) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ring = load_key_ring(settings)
        assert [ring.decrypt(one, PLACE) for one in sealed] == [b"secret"] * 8
        assert [path.name for path in tmp_path.iterdir()] == ["omtanke.db.key"]

    def test_makes_it_also_after_dying_while_it_was_made(self, tmp_path: Path):
        """In a container the next process often has the same number as the last."""
        for name in (f"omtanke.db.key.{os.getpid()}", "omtanke.db.key.1"):
            (tmp_path / name).write_text("")
        settings = Settings(database_url=f"sqlite:///{tmp_path}/omtanke.db")
        sealed = load_key_ring(settings).encrypt(b"secret", PLACE)
        assert load_key_ring(settings).decrypt(sealed, PLACE) == b"secret"

    def test_prefers_the_settings_to_the_file(self, tmp_path: Path):
        url = f"sqlite:///{tmp_path}/omtanke.db"
        load_key_ring(Settings(database_url=url, secret_keys=as_text(k=NEW)))
        assert list(tmp_path.iterdir()) == []

    def test_refuses_to_start_on_postgresql_without_keys(self):
        with pytest.raises(BadKeyRing, match="OMTANKE_SECRET_KEYS"):
            load_key_ring(Settings(database_url="postgresql+psycopg://db/omtanke"))
        load_key_ring(
            Settings(database_url="postgresql+psycopg://db/omtanke", secret_keys=as_text(k=NEW))
        )
