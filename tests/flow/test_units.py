"""Units as the employer describes them: who leads them and when, HR, closures, and who is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text

from app.core.crypt import CannotDecrypt
from app.people.store import load_units, mail_address
from app.people.tables import UnitManager
from app.people.units import Units
from tests.flow.test_people import everything_rows, everything_stored, found_in, with_keys
from tests.kit import Employer, Service

KIM = {"name": "Kim Exempelsson", "phone": "070-174 06 05", "email": "kim@exempel.example"}
HR = {"name": "HR-enheten", "phone": None, "email": "hr@exempel.example"}
LED = {"employee": "2001", "contact": KIM, "from": "2026-01-01"}
NORTH: dict[str, Any] = {
    "unit": "norr",
    "parent": "omsorg",
    "managers": [LED],
    "hr_fallback": HR,
    "closures": [{"first_day": "2026-07-06", "last_day": "2026-08-02"}],
    "alignment_from_day": 1,
}
CARE = {"unit": "omsorg", "hr_fallback": {"email": "omsorg@exempel.example"}}
TODAY = date(2026, 3, 2)


def put(employer: Employer, *units: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = employer.ok("PUT", "/v1/units", list(units))["items"]
    return items


def change(employer: Employer, **named: Any) -> dict[str, Any]:
    """Say something of the north; answers what is then known."""
    made: dict[str, Any] = employer.ok("PUT", "/v1/units", {"unit": "norr"} | named)
    return made


def units_of(service: Service, employer: Employer) -> Units:
    with service.ctx.database.read() as conn:
        return load_units(conn, employer.tenant_id)


def address(service: Service, employer: Employer, recipient: str | None) -> str | None:
    assert recipient is not None
    with service.ctx.database.read() as conn:
        return mail_address(conn, service.ctx.keys, employer.tenant_id, recipient)


@pytest.fixture
def employer(service: Service) -> Employer:
    """An employer with two units, one below the other."""
    made = service.employer()
    put(made, NORTH, CARE)
    return made


class TestUnit:
    def test_is_answered_as_it_was_said_with_ids(self, employer: Employer):
        north, care = employer.items("/v1/units")
        manager_id, unit_id = north["managers"][0]["id"], north["id"]
        assert (manager_id[:4], unit_id[:4]) == ("mgr_", "unt_")
        assert north == NORTH | {"id": unit_id, "managers": [LED | {"id": manager_id}]}
        assert care == {
            "id": care["id"],
            "unit": "omsorg",
            "parent": None,
            "managers": [],
            "hr_fallback": {"name": None, "phone": None, "email": "omsorg@exempel.example"},
            "closures": [],
            "alignment_from_day": None,
        }
        assert put(employer, NORTH, CARE) == [north, care]

    def test_keeps_what_is_not_named_and_null_clears(self, employer: Employer):
        before = employer.items("/v1/units?unit=norr")[0]
        assert change(employer) == before
        one_less = {"name": None, "phone": None, "email": HR["email"]}
        assert change(employer, hr_fallback={"name": None}) == before | {"hr_fallback": one_less}
        nothing = {"parent": None, "hr_fallback": None, "alignment_from_day": None}
        assert change(employer, **nothing) == before | nothing
        assert change(employer, closures=[], managers=[]) == before | nothing | {
            "closures": [],
            "managers": [],
        }

    def test_is_found_by_its_code(self, employer: Employer):
        assert [one["unit"] for one in employer.items("/v1/units?unit=omsorg")] == ["omsorg"]
        assert employer.items("/v1/units?unit=syd") == []

    def test_is_listed_in_pages(self, employer: Employer):
        put(employer, *[{"unit": f"u{n}"} for n in range(7)])
        first = employer.ok("GET", "/v1/units?limit=4")
        rest = employer.ok("GET", f"/v1/units?limit=200&cursor={first['next_cursor']}")
        codes = [one["unit"] for one in first["items"] + rest["items"]]
        assert codes == ["norr", "omsorg", *[f"u{n}" for n in range(7)]]
        assert rest["next_cursor"] is None

    def test_is_changed_by_an_admin_and_seen_by_who_reads_cases(self, employer: Employer):
        reader = employer.key_for("cases:read", "cases:write", "events:write")
        assert len(reader.items("/v1/units")) == 2
        reader.refused(403, "PUT", "/v1/units", NORTH)
        for caller in (
            employer.key_for("events:write"),
            employer.key_for("provider", provider=employer.provider()),
        ):
            caller.refused(403, "GET", "/v1/units")
            caller.refused(403, "PUT", "/v1/units", NORTH)

    def test_of_another_employer_is_neither_seen_nor_changed_nor_a_parent(
        self, service: Service, employer: Employer
    ):
        other = service.employer()
        assert other.items("/v1/units") == []
        other.refused(422, "PUT", "/v1/units", {"unit": "x", "parent": "omsorg"})
        before = employer.items("/v1/units")
        [theirs] = put(other, {"unit": "norr", "managers": [LED | {"contact": HR}]})
        assert theirs["id"] != before[0]["id"]
        assert employer.items("/v1/units") == before
        mine, manager = units_of(service, employer), theirs["managers"][0]["id"]
        assert mine.units_led_by(manager, TODAY) == set()
        assert address(service, employer, f"manager:{manager}") is None


class TestManager:
    def test_keeps_the_id_as_long_as_number_and_first_day_are_the_same(self, employer: Employer):
        [first] = change(employer)["managers"]
        second = {"employee": "2002", "contact": {"email": "bo@exempel.example"}}
        third = {"contact": None, "employee": None, "from": "2026-09-01"}
        said = [third, second | {"from": "2026-06-01"}, LED | {"contact": {"phone": None}}]
        managers = change(employer, managers=said)["managers"]
        assert [m["from"] for m in managers] == ["2026-01-01", "2026-06-01", "2026-09-01"]
        assert managers[0] == first | {"contact": KIM | {"phone": None}}
        ids = [m["id"] for m in managers]
        again = change(employer, managers=[{"employee": "2001", "from": "2026-01-01"}, *said[:2]])
        assert [m["id"] for m in again["managers"]] == ids
        assert again["managers"][0]["contact"] == KIM | {"phone": None}

    def test_is_another_with_another_number_or_first_day(self, employer: Employer):
        [first] = change(employer)["managers"]
        [other] = change(employer, managers=[LED | {"employee": "2002"}])["managers"]
        [later] = change(employer, managers=[LED | {"from": "2026-01-02"}])["managers"]
        [back] = change(employer, managers=[LED])["managers"]
        assert len({m["id"] for m in (first, other, later, back)}) == 4

    def test_without_a_contact_named_brings_none_from_before(self, employer: Employer):
        [made] = change(employer, managers=[{"employee": "2009", "from": "2026-01-01"}])["managers"]
        assert made["contact"] is None


class TestTelling:
    def test_goes_to_the_manager_of_the_day_and_to_hr_for_the_manager(
        self, service: Service, employer: Employer
    ):
        units = units_of(service, employer)
        told = {number: units.recipient("norr", number, TODAY) for number in ("1001", "2001")}
        [manager] = change(employer)["managers"]
        assert told == {"1001": f"manager:{manager['id']}", "2001": "hr:norr"}
        assert address(service, employer, told["1001"]) == KIM["email"]
        assert address(service, employer, told["2001"]) == HR["email"]
        assert units.recipient("norr", "1001", date(2025, 12, 31)) == "hr:norr"

    def test_goes_up_where_there_is_no_address(self, service: Service, employer: Employer):
        change(employer, hr_fallback={"email": None}, managers=[LED | {"contact": {"email": None}}])
        units = units_of(service, employer)
        assert units.recipient("norr", "1001", TODAY) == "hr:omsorg"
        assert address(service, employer, "hr:omsorg") == "omsorg@exempel.example"
        change(employer, parent=None)
        assert units_of(service, employer).recipient("norr", "1001", TODAY) is None

    def test_to_somebody_who_is_gone_has_no_address(self, service: Service, employer: Employer):
        told = units_of(service, employer).recipient("norr", "1001", TODAY)
        change(employer, managers=[], hr_fallback=None)
        for recipient in (told, "hr:norr", "hr:gone", "manager:mgr_gone", "hr", ""):
            assert address(service, employer, recipient) is None

    def test_follows_closures_and_alignment_from_above(self, service: Service, employer: Employer):
        put(employer, {"unit": "norr", "alignment_from_day": None})
        closed = [{"first_day": "2026-08-03", "last_day": "2026-08-09"}]
        put(employer, CARE | {"closures": closed, "alignment_from_day": 14})
        units = units_of(service, employer)
        first, last = date(2026, 7, 6).toordinal(), date(2026, 8, 9).toordinal()
        assert units.closures("norr") == ((first, last),)
        assert units.alignment_from_day("norr") == 14
        led = change(employer)["managers"][0]["id"]
        put(employer, {"unit": "syd", "managers": [LED]})
        units = units_of(service, employer)
        assert units.units_led_by(led, TODAY) == {"norr", "syd"}


class TestContact:
    def test_is_nowhere_to_be_read_at_rest(self, service: Service, employer: Employer):
        stored = everything_stored(service)
        assert "omsorg" in stored  # the control
        assert found_in(stored) == []
        assert "HR-enheten" not in stored

    def test_opens_in_no_other_row_and_at_no_other_employer(
        self, service: Service, employer: Employer
    ):
        other = service.employer()
        put(other, {"unit": "norr", "managers": [LED]})
        put(employer, {"unit": "syd", "managers": [LED], "hr_fallback": HR})
        with service.ctx.database.write() as conn:
            stolen = conn.scalar(
                select(UnitManager.contact).where(
                    UnitManager.tenant_id == employer.tenant_id, UnitManager.unit == "norr"
                )
            )
            conn.execute(text("UPDATE unit_managers SET contact = :c"), {"c": stolen})
            conn.execute(text("UPDATE units SET hr_contact = :c"), {"c": stolen})
        mine, theirs = units_of(service, employer), units_of(service, other)
        assert address(service, employer, mine.recipient("norr", "1", TODAY)) == KIM["email"]
        for owner, recipient in (
            (employer, mine.recipient("syd", "1", TODAY)),
            (employer, "hr:syd"),
            (other, theirs.recipient("norr", "1", TODAY)),
        ):
            with pytest.raises(CannotDecrypt):
                address(service, owner, recipient)

    def test_outlives_a_turn_of_the_key_ring(self, database_url: str):
        with with_keys(database_url, "old") as service:
            employer = service.employer()
            put(employer, NORTH | {"parent": None})
        with with_keys(database_url, "new", "old") as service:
            employer = Employer(service, employer.tenant_id, employer.key)
            change(employer, managers=[LED | {"contact": {"phone": None}}])
            told = units_of(service, employer).recipient("norr", "1", TODAY)
            assert address(service, employer, told) == KIM["email"]
        with with_keys(database_url, "new") as service:
            assert address(service, employer, told) == KIM["email"]
            with pytest.raises(CannotDecrypt):
                address(service, employer, "hr:norr")


def wrong(employer: Employer, body: Any) -> list[tuple[str, str]]:
    problem = employer.refused(422, "PUT", "/v1/units", body)
    return [(e["pointer"], e["code"]) for e in problem["errors"]]


class TestParent:
    def test_may_stand_later_in_the_same_list(self, service: Service):
        employer = service.employer()
        put(employer, {"unit": "c", "parent": "b"}, {"unit": "b", "parent": "a"}, {"unit": "a"})
        parents = {one["unit"]: one["parent"] for one in employer.items("/v1/units")}
        assert parents == {"a": None, "b": "a", "c": "b"}

    def test_is_neither_unknown_nor_the_unit_nor_below_it(
        self, service: Service, employer: Employer
    ):
        before = everything_rows(service)
        assert wrong(employer, {"unit": "x", "parent": "y"}) == [("#/parent", "unknown_parent")]
        assert wrong(employer, {"unit": "x", "parent": "x"}) == [("#/parent", "parent_cycle")]
        below = {"unit": "omsorg", "parent": "norr"}
        assert wrong(employer, below) == [("#/parent", "parent_cycle")]
        listed = [{"unit": "new"}, below, {"unit": "x", "parent": "y"}, {"unit": "norr"}]
        assert wrong(employer, listed) == [
            ("#/1/parent", "parent_cycle"),
            ("#/2/parent", "unknown_parent"),
            ("#/3/parent", "parent_cycle"),
        ]
        assert everything_rows(service) == before

    def test_may_change_places_with_the_unit(self, employer: Employer):
        put(employer, {"unit": "omsorg", "parent": "norr"}, {"unit": "norr", "parent": None})
        parents = {one["unit"]: one["parent"] for one in employer.items("/v1/units")}
        assert parents == {"norr": None, "omsorg": "norr"}

    def test_closes_no_circle_with_what_another_says_at_once(self, service: Service):
        employer = service.employer()
        for n in range(10):
            a, b = f"a{n}", f"b{n}"
            put(employer, {"unit": a}, {"unit": b})
            both = [{"unit": a, "parent": b}, {"unit": b, "parent": a}]
            with ThreadPoolExecutor(2) as pool:
                answers = list(pool.map(lambda one: employer("PUT", "/v1/units", one), both))
            assert sorted(answer.status_code for answer in answers) == [200, 422]


class TestRefused:
    @pytest.mark.parametrize(
        ("named", "pointer", "code"),
        [
            ({"unit": None}, "#/unit", "invalid_string"),
            ({"unit": ""}, "#/unit", "too_short"),
            ({"unit": "a\nb"}, "#/unit", "invalid_format"),
            ({"managers": None}, "#/managers", "invalid_list"),
            ({"managers": [LED, LED]}, "#/managers", "duplicate_from"),
            ({"managers": [{"employee": "1"}]}, "#/managers/0/from", "required"),
            ({"managers": [LED | {"from": "2026-02-30"}]}, "#/managers/0/from", "invalid_date"),
            ({"managers": [LED | {"since": "x"}]}, "#/managers/0/since", "unknown_field"),
            ({"managers": [LED | {"id": "mgr_1"}]}, "#/managers/0/id", "unknown_field"),
            ({"managers": [LED] * 51}, "#/managers", "too_long"),
            (
                {"managers": [LED | {"contact": {"email": "a@b\r\nBcc: c@d"}}]},
                "#/managers/0/contact/email",
                "invalid_format",
            ),
            ({"hr_fallback": {"email": "a@b,c@d"}}, "#/hr_fallback/email", "invalid_format"),
            ({"hr_fallback": "hr@x.se"}, "#/hr_fallback", "invalid_object"),
            ({"hr_fallback": {"comment": "x"}}, "#/hr_fallback/comment", "forbidden_field"),
            (
                {"closures": [{"first_day": "2026-07-02", "last_day": "2026-07-01"}]},
                "#/closures/0",
                "range_reversed",
            ),
            ({"closures": [{"first_day": "2026-07-02"}]}, "#/closures/0/last_day", "required"),
            ({"alignment_from_day": 0}, "#/alignment_from_day", "out_of_range"),
            ({"alignment_from_day": 366}, "#/alignment_from_day", "out_of_range"),
            ({"alignment_from_day": True}, "#/alignment_from_day", "invalid_integer"),
            ({"name": "Norr"}, "#/name", "unknown_field"),
            ({"diagnosis": "x"}, "#/diagnosis", "forbidden_field"),
        ],
    )
    def test_is_what_cannot_be(
        self, service: Service, employer: Employer, named: Any, pointer: str, code: str
    ):
        before = everything_rows(service)
        assert wrong(employer, NORTH | named) == [(pointer, code)]
        [(place, same)] = wrong(employer, [{"unit": "new"}, NORTH | named])
        assert (place, same) == (f"#/1{pointer[1:]}", code)
        assert everything_rows(service) == before

    def test_is_a_list_that_names_a_unit_twice_or_is_too_long(self, employer: Employer):
        assert wrong(employer, [NORTH, CARE, NORTH]) == [("#", "duplicate_unit")]
        assert wrong(employer, [{"unit": str(n)} for n in range(1001)]) == [("#", "too_long")]
        assert put(employer) == []

    def test_is_not_a_thousand_with_all_they_may_have(self, employer: Employer):
        said = {
            "managers": [{"employee": f"{n}", "from": f"20{n:02}-01-01"} for n in range(10, 20)],
            "hr_fallback": HR,
        }
        listed = [{"unit": f"u{n}", "parent": f"u{n + 1}", **said} for n in range(999)]
        put(employer, *listed, {"unit": "u999"})
        everybody = employer.items("/v1/units")
        assert sum(len(one["managers"]) for one in everybody) == 9991
        put(employer, *[{"unit": f"u{n}", "managers": []} for n in range(999)])
