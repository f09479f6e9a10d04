"""What is known of people: kept encrypted, returned to nobody, and found again by keyed hash.

Personal numbers are of Skatteverket's published test series, telephone numbers of those that PTS
keeps for fiction.
"""

import base64
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from app.core.crypt import CannotDecrypt
from app.core.db import table
from app.people.store import person_for_provider, same_person
from app.people.tables import MatchKey, Person
from app.schema import TABLES
from tests.kit import FIVE, Employer, Service, event, settings_for
from tests.receiver import Receiver

NUMBER, OTHER = "191212121212", "196101182803"
KIM = {"name": "Kim Exempelsson", "phone": "070-174 06 05", "email": "kim@exempel.example"}
PLAIN = [
    *("Kim", "Exempelsson", "070-174", "0701740605", "174 06 05", "kim@", "exempel.example"),
    *(NUMBER, "19121212-1212", "121212-1212", "1212121212", "121212+1212"),
]
"""What must not be found anywhere."""
ROW = {"employee": "1001", "contact": KIM, "personal_number": "121212+1212"}


def put(employer: Employer, **named: Any) -> str:
    """Say something of an employee, by default 1001; answers the id."""
    return str(employer.ok("PUT", "/v1/employees", {"employee": "1001"} | named)["id"])


def known(service: Service, employer: Employer, employee_id: str) -> dict[str, Any]:
    """What the provider of an open referral would be told."""
    with service.ctx.database.read() as conn:
        return person_for_provider(conn, service.ctx.keys, employer.tenant_id, employee_id)


def same(service: Service, employer: Employer, employee_id: str) -> list[str]:
    with service.ctx.database.read() as conn:
        return same_person(conn, service.ctx.keys, employer.tenant_id, employee_id)


def everything_stored(service: Service) -> str:
    """Every row of every table and, where the database is files, the bytes of those."""
    with service.ctx.database.read() as conn:
        rows = [repr(tuple(r)) for t in TABLES.values() for r in conn.execute(select(t))]
    database = Path(str(service.ctx.database.engine.url.database))
    files = database.parent.glob(f"{database.name}*") if database.is_absolute() else ()
    return "\n".join(rows + [file.read_bytes().decode("latin-1") for file in files])


def found_in(where: str) -> list[str]:
    return [part for part in PLAIN if part.lower() in where.lower()]


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(name.encode().ljust(32, b'.')).decode()}"


@contextmanager
def with_keys(url: str, *names: str) -> Iterator[Service]:
    """The service on the same database with another key ring, the newest key first."""
    with Service(settings_for(url, secret_keys=",".join(map(key, names)))) as service:
        yield service


class TestWhatIsNotNamed:
    def test_stays_and_null_clears(self, service: Service):
        employer = service.employer()
        kim = put(employer, contact=KIM, personal_number="121212+1212", protected=False)
        whole = {"protected": False, "contact": KIM, "personal_number": NUMBER}
        assert known(service, employer, kim) == whole
        assert put(employer, unit="norr") == kim
        assert known(service, employer, kim) == whole
        put(employer, contact={"phone": None, "email": "k@exempel.example"})
        left = {"name": KIM["name"], "phone": None, "email": "k@exempel.example"}
        assert known(service, employer, kim) == whole | {"contact": left}
        put(employer, personal_number=None)
        assert known(service, employer, kim)["personal_number"] is None
        put(employer, contact=None)
        assert set(known(service, employer, kim)["contact"].values()) == {None}

    def test_is_told_as_on_file_or_not(self, service: Service):
        employer = service.employer()
        event_only = event("2026-03-02", employee="1002")
        by_event = employer.post(event_only)[0]["employee_id"]
        kim = put(employer, contact={"phone": KIM["phone"]})

        def on_file(employee_id: str) -> tuple[bool, bool, bool]:
            shown = employer.ok("GET", f"/v1/employees/{employee_id}")
            return shown["has_contact"], shown["has_personal_number"], shown["protected"]

        assert on_file(by_event) == (False, False, False)
        assert on_file(kim) == (True, False, False)
        put(employer, contact={"phone": None}, personal_number=NUMBER, protected=True)
        assert on_file(kim) == (False, True, True)
        put(employer, personal_number=None, protected=False)
        assert on_file(kim) == (False, False, False)


class TestProtected:
    def test_person_is_nothing_but_protected_to_the_provider(self, service: Service):
        employer = service.employer()
        kim = put(employer, contact=KIM, personal_number=NUMBER, protected=True)
        assert known(service, employer, kim) == {"protected": True}
        put(employer, protected=False)
        assert known(service, employer, kim)["contact"] == KIM

    def test_nobody_known_by_number_alone_is(self, service: Service):
        employer = service.employer()
        made = employer.post(event("2026-03-02"))[0]["employee_id"]
        nothing = {"name": None, "phone": None, "email": None}
        assert known(service, employer, made) == {
            "protected": False,
            "contact": nothing,
            "personal_number": None,
        }


class TestNobody:
    def test_is_answered_with_any_of_it(self, service: Service):
        employer = service.employer()
        row = ROW | {"sex": "female", "unit": "norr"}
        answers = [
            employer("PUT", "/v1/employees", row),
            employer("PUT", "/v1/employees", [row, row | {"employee": "1002"}]),
            employer("POST", "/v1/employees/search", {"unit": "norr"}),
        ]
        kim = answers[0].json()["id"]
        parts = ("", "/absences", "/episodes", "/evaluation")
        answers += [employer("GET", f"/v1/employees/{kim}{part}") for part in parts]
        for answer in answers:
            assert answer.status_code == 200
            assert found_in(answer.text) == []
            assert "female" not in answer.text
            assert "sex" not in answer.text
        fields = {"id", "employee", "unit", "employment", "protected"}
        fields |= {"has_contact", "has_personal_number", "same_person"}
        assert answers[0].json().keys() == fields
        assert answers[2].json()["items"][0].keys() == fields

    def test_finds_any_of_it_where_it_is_stored_or_sent_or_logged(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ):
        """Through a referral, a message told and a webhook delivered."""
        caplog.set_level(logging.DEBUG)
        with Receiver() as receiver:
            employer = service.employer()
            provider = employer.provider()
            employer.endpoint(receiver.url, provider_id=provider)
            employer.endpoint(receiver.url)
            put(employer, **ROW, sex="female")
            employer.post(*[event(day) for day in FIVE])
            service.deliver()
            assert len(receiver.requests) == 3
            bodies = "".join(repr(post) for post in receiver.requests)
        stored = everything_stored(service)
        assert "1001" in stored  # the control: what is stored as it is is found
        assert found_in(stored) == found_in(bodies) == found_in(caplog.text) == []

    def test_finds_any_of_it_in_a_refusal(self, service: Service, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.DEBUG)
        employer = service.employer()
        before = everything_rows(service)
        for wrong in (
            ROW | {"personal_number": f"{NUMBER}1"},
            ROW | {"surprise": 1},
            ROW | {"contact": KIM | {"email": f"{KIM['email']}@x"}},
            ROW | {"contact": KIM | {"phone": f"{KIM['phone']}x"}},
            ROW | {"contact": f"{KIM}"},
            ROW | {"sex": KIM["name"]},
        ):
            answer = employer("PUT", "/v1/employees", wrong)
            assert answer.status_code == 422, wrong
            assert found_in(answer.text) == []
        assert found_in(caplog.text) == []
        assert everything_rows(service) == before


def everything_rows(service: Service) -> list[tuple[Any, ...]]:
    with service.ctx.database.read() as conn:
        return [tuple(r) for t in TABLES.values() for r in conn.execute(select(t))]


def copied(service: Service, column: str, here: tuple[str, str], there: tuple[str, str]) -> None:
    """Put the value of one person's column into another's row, as a thief of the database may."""
    persons = table(Person)
    with service.ctx.database.write() as conn:
        where = [persons.c.tenant_id == here[0], persons.c.employee_id == here[1]]
        value = conn.scalar(select(persons.c[column]).where(*where))
        where = [persons.c.tenant_id == there[0], persons.c.employee_id == there[1]]
        conn.execute(persons.update().where(*where).values({column: value}))


class TestStolenValue:
    @pytest.mark.parametrize("column", ["contact", "personal_number"])
    def test_does_not_open_in_another_row_or_at_another_employer(
        self, service: Service, column: str
    ):
        one, other = service.employer(), service.employer()
        kim = put(one, contact=KIM, personal_number=NUMBER)
        robin = put(one, employee="1002", contact=KIM, personal_number=OTHER)
        theirs = put(other, contact=KIM, personal_number=NUMBER)
        here = (one.tenant_id, kim)
        for employer, employee_id in ((one, robin), (other, theirs)):
            copied(service, column, here, (employer.tenant_id, employee_id))
            with pytest.raises(CannotDecrypt):
                known(service, employer, employee_id)
        assert known(service, one, kim)["contact"] == KIM

    def test_does_not_open_in_another_column(self, service: Service):
        employer = service.employer()
        kim = put(employer, contact=KIM, personal_number=NUMBER)
        with service.ctx.database.write() as conn:
            conn.execute(text("UPDATE persons SET personal_number = contact"))
        with pytest.raises(CannotDecrypt):
            known(service, employer, kim)

    def test_says_nothing_of_a_number_without_the_keys(self, service: Service):
        """The same number at two employers has different hashes, and none that can be tried."""
        one, other = service.employer(), service.employer()
        put(one, personal_number=NUMBER)
        put(other, personal_number=NUMBER)
        with service.ctx.database.read() as conn:
            hashes = list(conn.scalars(select(Person.personal_hash)))
            secrets = list(conn.scalars(select(MatchKey.secret)))
        assert len(set(hashes)) == len(set(secrets)) == 2
        assert all(secret.startswith("test1:") for secret in secrets)  # encrypted by the ring


class TestSamePerson:
    def test_is_found_in_every_employment_and_form(self, service: Service):
        employer, elsewhere = service.employer(), service.employer()
        forms = ["121212+1212", "191212121212", "19121212-1212"]
        ids = [put(employer, employee=f"{n}", personal_number=f) for n, f in enumerate(forms)]
        put(employer, employee="other", personal_number=OTHER)
        put(elsewhere, personal_number=NUMBER)
        assert [same(service, employer, one) for one in ids] == [sorted(ids)] * 3

    def test_without_a_number_is_themselves(self, service: Service):
        employer = service.employer()
        one = put(employer)
        two = put(employer, employee="1002", contact=KIM)
        assert (same(service, employer, one), same(service, employer, two)) == ([one], [two])

    def test_is_no_longer_when_the_number_is_another_or_none(self, service: Service):
        employer = service.employer()
        one = put(employer, personal_number=NUMBER)
        two = put(employer, employee="1002", personal_number=NUMBER)
        put(employer, personal_number=OTHER)
        assert same(service, employer, two) == [two]
        put(employer, personal_number=NUMBER)
        assert same(service, employer, two) == sorted([one, two])
        put(employer, personal_number=None)
        assert (same(service, employer, one), same(service, employer, two)) == ([one], [two])


class TestKeyRing:
    def test_that_has_turned_opens_what_was_and_seals_with_the_newest(self, database_url: str):
        with with_keys(database_url, "old") as service:
            employer = service.employer()
            one = put(employer, contact=KIM, personal_number=NUMBER)
        with with_keys(database_url, "new", "old") as service:
            employer = Employer(service, employer.tenant_id, employer.key)
            two = put(employer, employee="1002", contact=KIM, personal_number=NUMBER)
            assert known(service, employer, one) == known(service, employer, two)
            assert same(service, employer, one) == sorted([one, two])
            with service.ctx.database.read() as conn:
                sealed = dict(conn.execute(select(Person.employee_id, Person.contact)).all())
            assert {i: s.partition(":")[0] for i, s in sealed.items()} == {one: "old", two: "new"}

    def test_that_lost_a_key_goes_on_and_finds_all_when_it_is_back(
        self, database_url: str, caplog: pytest.LogCaptureFixture
    ):
        with with_keys(database_url, "old") as service:
            employer = service.employer()
            one = put(employer, contact=KIM, personal_number=NUMBER)
        with with_keys(database_url, "new") as service:
            employer = Employer(service, employer.tenant_id, employer.key)
            with pytest.raises(CannotDecrypt):
                known(service, employer, one)
            two = put(employer, employee="1002", contact=KIM, personal_number=NUMBER)
            assert same(service, employer, two) == [two]
            before = everything_rows(service)
            partly = {"employee": "1001", "unit": "norr", "contact": {"phone": "070-174 06 06"}}
            employer.refused(500, "PUT", "/v1/employees", partly)
            assert everything_rows(service) == before  # not even the unit
            assert employer.ok("GET", f"/v1/employees/{one}")["has_contact"] is True
        with with_keys(database_url, "new", "old") as service:
            employer = Employer(service, employer.tenant_id, employer.key)
            assert same(service, employer, one) == same(service, employer, two)
            assert same(service, employer, one) == sorted([one, two])
            assert known(service, employer, one)["contact"] == KIM
        assert found_in(caplog.text) == []


NOT_A_NUMBER = ["", "x", "19121212121", f"{NUMBER}\n", "191212121213", "19T212121212", "2" * 100]


class TestRefused:
    def test_is_a_list_with_one_wrong_number_and_nothing_is_stored(self, service: Service):
        service.set_day("2007-02-27")
        employer = service.employer()
        before = everything_rows(service)
        listed = [
            {"employee": "1", "personal_number": NUMBER, "contact": KIM},
            {"employee": "2", "personal_number": "191212121213"},
            {"employee": "3"},
            {"employee": "4", "personal_number": "20070228-2393"},  # born tomorrow
        ]
        problem = employer.refused(422, "PUT", "/v1/employees", listed)
        assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [
            ("#/1/personal_number", "invalid_personal_number"),
            ("#/3/personal_number", "invalid_personal_number"),
        ]
        assert everything_rows(service) == before

    @pytest.mark.parametrize("number", NOT_A_NUMBER)
    def test_is_what_is_no_number(self, service: Service, number: str):
        body = {"employee": "1", "personal_number": number}
        problem = service.employer().refused(422, "PUT", "/v1/employees", body)
        [error] = problem["errors"]
        assert (error["pointer"], error["code"]) == (
            "#/personal_number",
            "invalid_personal_number",
        )

    def test_is_what_is_of_another_kind(self, service: Service):
        employer = service.employer()
        for named, pointer, code in (
            ({"personal_number": 191212121212}, "#/personal_number", "invalid_string"),
            ({"personal_number": [NUMBER]}, "#/personal_number", "invalid_string"),
            ({"protected": None}, "#/protected", "invalid_boolean"),
            ({"protected": "true"}, "#/protected", "invalid_boolean"),
            ({"sex": "other"}, "#/sex", "invalid_choice"),
            ({"sex": 1}, "#/sex", "invalid_choice"),
            ({"contact": []}, "#/contact", "invalid_object"),
            ({"contact": {"name": ""}}, "#/contact/name", "too_short"),
            ({"contact": {"name": "Kim\nBcc: x"}}, "#/contact/name", "invalid_format"),
            ({"contact": {"name": "x" * 201}}, "#/contact/name", "too_long"),
            ({"contact": {"phone": "ring mig"}}, "#/contact/phone", "invalid_format"),
            ({"contact": {"phone": "1" * 41}}, "#/contact/phone", "too_long"),
            ({"contact": {"mobile": "1"}}, "#/contact/mobile", "unknown_field"),
            ({"contact": {"note": "1"}}, "#/contact/note", "forbidden_field"),
            ({"diagnosis": "x"}, "#/diagnosis", "forbidden_field"),
        ):
            problem = employer.refused(422, "PUT", "/v1/employees", {"employee": "1"} | named)
            assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [(pointer, code)]

    @pytest.mark.parametrize(
        "address",
        [
            "kim",
            "kim@",
            "@x.se",
            "kim@x@y.se",
            "kim@x.se\r\nBcc: a@b.se",
            "kim@x.se\n",
            "kim @x.se",
            "kim@x.se,bo@x.se",
            "kim@x.se;bo@x.se",
            "Kim <kim@x.se>",
            '"kim"@x.se',
            "kim(comment)@x.se",
            "kim@[127.0.0.1]",
            "kim\x7f@x.se",
            "kim\u2028@x.se",
        ],
    )
    def test_is_an_address_that_could_be_more_than_one(self, service: Service, address: str):
        body = {"employee": "1", "contact": {"email": address}}
        problem = service.employer().refused(422, "PUT", "/v1/employees", body)
        assert [(e["pointer"], e["code"]) for e in problem["errors"]] == [
            ("#/contact/email", "invalid_format")
        ]

    def test_is_not_what_people_have(self, service: Service):
        """The control: names, numbers and addresses as they are."""
        employer = service.employer()
        for contact in (
            {"name": "Åsa-Märta d'Älv, f. Öst"},
            {"phone": "+46 (0)8-465 004 00"},
            {"phone": "08/465 004"},
            {"email": "åsa.öst+jobb@exempel.example"},
        ):
            kim = put(employer, contact=contact)
            shown = known(service, employer, kim)["contact"]
            assert {member: shown[member] for member in contact} == contact
