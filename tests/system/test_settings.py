"""Settings: `.env.example` tells of every one what it means and what it is when nothing is said."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.core.settings import Settings

FILE = Path(__file__).parents[2] / ".env.example"
NAMES = sorted(Settings.model_fields)


def written(value: Any) -> str:
    """A value as the environment has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def described() -> dict[str, tuple[str, str]]:
    """Meaning and default of every entry: a line of meaning, and below it `# NAME=default`."""
    entries = re.findall(r"^# (\S.*)\n# ?(OMTANKE_[A-Z_]+)=(.*)$", FILE.read_text("utf-8"), re.M)
    assert len(entries) == len({name for _, name, _ in entries})
    return {name: (meaning, default) for meaning, name, default in entries}


class TestEnvExample:
    def test_lists_every_setting_with_its_meaning_and_default(self):
        assert described() == {
            f"OMTANKE_{name.upper()}": (field.description, written(field.default))
            for name, field in Settings.model_fields.items()
        }

    def test_sets_nothing_as_it_stands(self):
        lines = FILE.read_text("utf-8").splitlines()
        assert [line for line in lines if line and not line.startswith("#")] == []

    def test_names_nothing_else(self):
        named = set(re.findall(r"OMTANKE_[A-Z_]+", FILE.read_text("utf-8")))
        assert named == {f"OMTANKE_{name.upper()}" for name in NAMES}

    def test_states_defaults_that_are_read_as_the_defaults(self, monkeypatch: pytest.MonkeyPatch):
        for name, (_, default) in described().items():
            monkeypatch.setenv(name, default)
        assert Settings() == Settings.model_construct()


class TestSettings:
    @pytest.mark.parametrize("name", NAMES)
    def test_are_read_from_the_environment(self, monkeypatch: pytest.MonkeyPatch, name: str):
        value, read = OTHERWISE[name]
        monkeypatch.setenv(f"OMTANKE_{name.upper()}", value)
        assert getattr(Settings(), name) == read
        assert read != Settings.model_fields[name].default

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("private_targets", "10.0.0.0/33"),
            ("private_targets", "10.0.0.1/8"),
            ("private_targets", "0.0.0.0/0"),
            ("private_targets", "::/0"),
            ("private_targets", "everywhere"),
            ("retry_schedule", "5,soon"),
            ("retry_schedule", "0"),
            ("retry_schedule", "-5"),
            ("retry_schedule", "604801"),
            ("delivery_deadline_s", "0"),
            ("delivery_deadline_s", "nan"),
            ("delivery_deadline_s", "121"),
            ("delivery_threads", "0"),
            ("queue_capacity", "0"),
            ("queue_capacity", "many"),
            ("body_timeout_s", "0"),
            ("body_timeout_s", "nan"),
            ("body_rate", "0"),
            ("tick_s", "0"),
            ("tick_s", "inf"),
            ("docs", "perhaps"),
            ("mail_from", "nobody"),
            ("mail_from", "Omtanke <nobody>"),
            ("case_url", "javascript:alert(1)"),
            ("smtp_security", "perhaps"),
            ("smtp_port", "0"),
        ],
    )
    def test_that_make_no_sense_are_refused_at_the_start(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ):
        monkeypatch.setenv(f"OMTANKE_{name.upper()}", value)
        with pytest.raises(ValidationError) as refused:
            Settings()
        assert [error["loc"] for error in refused.value.errors()] in ([(name,)], [(name, 0)])

    def test_do_not_change_while_the_service_runs(self):
        with pytest.raises(ValidationError):
            Settings().docs = False

    def test_keep_the_keys_out_of_what_is_printed(self):
        assert "geheim" not in repr(Settings(secret_keys="geheim:AAAA"))


OTHERWISE: dict[str, tuple[str, Any]] = {
    "database_url": ("postgresql+psycopg://db/omtanke", "postgresql+psycopg://db/omtanke"),
    "secret_keys": ("a:AAAA", "a:AAAA"),
    "private_targets": (
        "10.1.0.0/16, fd00::/8",
        (ip_network("10.1.0.0/16"), ip_network("fd00::/8")),
    ),
    "retry_schedule": ("1, 2,3", (1, 2, 3)),
    "delivery_deadline_s": ("2.5", 2.5),
    "delivery_threads": ("2", 2),
    "queue_capacity": ("7", 7),
    "body_timeout_s": ("2.5", 2.5),
    "body_rate": ("7", 7),
    "tick_s": ("0.5", 0.5),
    "case_url": ("https://hr.example/", "https://hr.example/"),
    "smtp_host": ("mail.example", "mail.example"),
    "smtp_port": ("2525", 2525),
    "smtp_security": ("none", "none"),
    "smtp_user": ("omtanke", "omtanke"),
    "smtp_password": ("not a secret", "not a secret"),
    "mail_from": ("omtanke@hr.example", "omtanke@hr.example"),
    "docs": ("false", False),
}
