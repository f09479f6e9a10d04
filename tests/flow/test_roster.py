"""A roster as CSV, as spreadsheets write it: kept as far as it is right, a result for each row."""

import random
from typing import Any

import pytest

from tests.kit import FIVE, Employer, Service, event
from tests.system.world import rows_of

NUMBER, OTHER = "191212121212", "196101182803"
SWEDISH = (
    "Anställningsnummer;Enhet;Från;Till;Personnummer;Namn;Telefon;E-post;Skyddade;Kön\r\n"
    "1001;hemtjänsten;2021-04-01;;19121212-1212;Åsa Exempel;070-174 06 05;asa@exempel.se;nej;K\r\n"
    "1002;;20200101;2020/12/31;;;;;ja;\r\n"
    "1002;;2022-01-01 00:00:00;;;;;;;man\r\n"
)


def sent(employer: Employer, content: str | bytes, **more: Any) -> Any:
    body = content.encode() if isinstance(content, str) else content
    headers = {"Content-Type": "text/csv"} | more
    return employer("PUT", "/v1/employees", content=body, headers=headers)


def kept(employer: Employer, content: str | bytes) -> dict[str, Any]:
    answer = sent(employer, content)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def known(employer: Employer, number: str) -> dict[str, Any]:
    [found] = employer.ok("POST", "/v1/employees/search", {"employee": number})["items"]
    return {k: v for k, v in found.items() if k != "id"}


def wrong(answer: dict[str, Any]) -> list[tuple[int, str, str]]:
    """The line, the column and the code of everything that is wrong."""
    return [(r["row"], e["pointer"], e["code"]) for r in answer["rows"] for e in r["errors"]]


class TestRoster:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    @pytest.mark.parametrize("delimiter", [";", ",", "\t"])
    def test_is_kept_in_any_form_that_spreadsheets_write(
        self, service: Service, encoding: str, delimiter: str
    ):
        employer = service.employer()
        answer = kept(employer, SWEDISH.replace(";", delimiter).encode(encoding))
        assert answer["counts"] == {"rows": 3, "errors": 0, "created": 2, "updated": 0}
        assert answer["detected"]["delimiter"] == delimiter
        assert answer["detected"]["encoding"] == encoding.removesuffix("-sig")
        assert [(r["row"], r["status"]) for r in answer["rows"]] == [
            (2, "created"),
            (3, "created"),
            (4, "created"),
        ]
        assert known(employer, "1001") == {
            "employee": "1001",
            "unit": "hemtjänsten",
            "employment": [{"first_day": "2021-04-01", "last_day": None, "form": None}],
            "protected": False,
            "has_contact": True,
            "has_personal_number": True,
            "same_person": [],
        }
        assert known(employer, "1002")["employment"] == [
            {"first_day": "2020-01-01", "last_day": "2020-12-31", "form": None},
            {"first_day": "2022-01-01", "last_day": None, "form": None},
        ]
        assert known(employer, "1002")["protected"] is True

    def test_says_the_form_of_each_period_in_words_of_payroll(self, service: Service):
        employer = service.employer()
        text = (
            "Anställningsnummer;Från;Till;Anställningsform\n"
            "1001;2020-01-01;2020-12-31;Provanställning\n"
            "1001;2021-01-01;;Tillsvidare\n"
            "1002;2021-01-01;;Timanställd\n"
            "1003;2021-01-01;;vikariat\n"
            "1004;2021-01-01;;konsult\n"
            "1005;;;visstid\n"
        )
        answer = kept(employer, text)
        assert [p["form"] for p in known(employer, "1001")["employment"]] == [
            "probation",
            "permanent",
        ]
        assert known(employer, "1002")["employment"][0]["form"] == "hourly"
        assert known(employer, "1003")["employment"][0]["form"] == "fixed_term"
        assert wrong(answer) == [(6, "#/form", "invalid_choice"), (7, "#/first_day", "required")]

    def test_has_people_employed_before_1990_and_periods_without_an_end(self, service: Service):
        employer = service.employer()
        text = (
            "Anställningsnummer;Från;Till;Anställningsform\n"
            "1001;1984-08-20;9999-12-31;tv\n"
            "1002;19810101;19851231;visstid\n"
            "1002;19870101;19991231;tv\n"
            "1003;2020-01-01;29991231;\n"
            "1004;1984-13-01;;\n"
            "1005;1988-01-01;1987-12-31;\n"
            "1006;2200-01-01;;\n"
            "1007;1981-01-01;1985-12-31;\n"
        )
        answer = kept(employer, text)
        periods = {n: known(employer, n)["employment"] for n in ("1001", "1002", "1003", "1007")}
        assert periods == {
            "1001": [{"first_day": "1990-01-01", "last_day": None, "form": "permanent"}],
            "1002": [{"first_day": "1990-01-01", "last_day": "1999-12-31", "form": "permanent"}],
            "1003": [{"first_day": "2020-01-01", "last_day": None, "form": None}],
            "1007": [],
        }
        assert wrong(answer) == [
            (6, "#/first_day", "invalid_date"),
            (7, "#/last_day", "date_out_of_range"),
            (8, "#/first_day", "date_out_of_range"),
        ]

    def test_again_changes_nothing(self, service: Service):
        employer = service.employer()
        first = kept(employer, SWEDISH)
        before = known(employer, "1001"), known(employer, "1002")
        again = kept(employer, SWEDISH)
        assert again["counts"] == {"rows": 3, "errors": 0, "created": 0, "updated": 2}
        assert [r["employee_id"] for r in again["rows"]] == [
            r["employee_id"] for r in first["rows"]
        ]
        assert (known(employer, "1001"), known(employer, "1002")) == before

    def test_says_nothing_with_an_empty_cell_or_without_a_column(self, service: Service):
        employer = service.employer()
        kept(employer, SWEDISH)
        before = known(employer, "1001")
        kept(employer, "employee;unit;name;befattning\n1001;;;vårdbiträde\n")
        assert known(employer, "1001") == before
        answer = kept(employer, "unit,employee,unknown\nsyd,1001,x\n")
        assert answer["detected"]["columns"] == ["employee", "unit"]
        assert answer["detected"]["passed_over"] == [3]
        answer = kept(employer, "employee;;unit;unknown\n1001;;syd;x\n")
        assert answer["detected"]["passed_over"] == [4]
        assert known(employer, "1001") == before | {"unit": "syd"}

    def test_joins_and_judges_whom_it_concerns(self, service: Service):
        employer = service.employer()
        employer.post(*(event(day, employee="1" if n < 3 else "2") for n, day in enumerate(FIVE)))
        numbers = f"anstnr;pnr\n1;{NUMBER}\n2;121212+1212\n3;{OTHER}\n"
        kept(employer, numbers)
        assert [flag["on"] for flag in employer.items("/v1/flags")] == [FIVE[-1]]
        kept(employer, "anstnr;fr.o.m.;t.o.m.\n1;2020-01-01;2025-08-31\n")
        states = [flag["state"] for flag in employer.items("/v1/flags")]
        assert states == ["withdrawn"]  # three of the days lie after the employment

    def test_of_several_chunks_is_kept_whole(self, service: Service):
        employer = service.employer()
        rows = "".join(f"{n};norr\n" for n in range(2500))
        answer = kept(employer, "employee;unit\n" + rows)
        assert answer["counts"] == {"rows": 2500, "errors": 0, "created": 2500, "updated": 0}
        assert known(employer, "2499")["unit"] == "norr"


class TestBadRows:
    def test_cost_the_rows_of_the_same_employee_alone(self, service: Service):
        employer = service.employer()
        answer = kept(
            employer,
            "employee;first_day;last_day;personal_number;email;protected;sex;unit\n"
            "1;2021-02-30;;;;;;norr\n"
            "2;2021-01-01;2020-01-01;;;;;norr\n"
            "3;;2020-01-01;;;;;norr\n"
            "4;;;191212121213;;;;norr\n"
            "5;;;;nobody;;;norr\n"
            "6;;;;;kanske;annat;norr\n"
            ";;;;;;;norr\n"
            "7;2020-01-01;;;;;;norr\n"
            "7;1.91212E+11;;;;;;norr\n"
            "8;;;;;;;norr\n"
            "8;;;;;;;syd\n"
            '9;;;;;;;"norr\n'
            "10;;;;;;norr\n"
            "11;2020-01-01;;;;;;norr\n"
            f"{'x' * 201};;;;;;;norr\n",
        )
        assert sorted(wrong(answer)) == sorted(
            [
                (2, "#/first_day", "invalid_date"),
                (3, "#/last_day", "range_reversed"),
                (4, "#/first_day", "required"),
                (5, "#/personal_number", "invalid_personal_number"),
                (6, "#/email", "invalid_format"),
                (7, "#/protected", "invalid_boolean"),
                (7, "#/sex", "invalid_choice"),
                (8, "#/employee", "required"),
                (9, "#", "other_row_wrong"),
                (10, "#/first_day", "invalid_date"),
                (11, "#/unit", "rows_contradict"),
                (12, "#/unit", "rows_contradict"),
                (13, "#", "quotes_unbalanced"),
                (14, "#", "columns_wrong"),
                (16, "#/employee", "too_long"),
            ]
        )
        assert answer["counts"] == {"rows": 15, "errors": 14, "created": 1, "updated": 0}
        assert [
            one["employee"] for one in employer.ok("POST", "/v1/employees/search", {})["items"]
        ] == ["11"]

    def test_repeat_nothing_of_what_was_sent(self, service: Service):
        employer = service.employer()
        answer = sent(
            employer,
            "employee;personal_number;email;sex;diagnos\n77001;191212121213;kim@@x;hemligt;X99\n",
        )
        assert [
            said
            for said in ("77001", "191212", "kim", "hemligt", "X99", "diagnos")
            if said in answer.text
        ] == []


class TestRefused:
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            ("", "header_missing"),
            ("\n;;\n", "header_missing"),
            ("unit;name\nnorr;Kim\n", "column_missing"),
            ("employee;unit;enhet\n1;a;b\n", "column_repeated"),
            ("employee;unit;Unit\n1;a;b\n", "column_repeated"),
            ('"employee;unit\n1;a\n', "header_unreadable"),
            ("employee\n" + "1\n" * 50_001, "too_long"),
        ],
    )
    def test_is_what_cannot_be_read_as_a_whole(self, service: Service, content: str, code: str):
        employer = service.employer()
        before = rows_of(service)
        answer = sent(employer, content)
        assert answer.status_code == 422, answer.text
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("#", code)]
        assert rows_of(service) == before

    def test_is_who_may_not_and_what_is_too_large_or_encoded(self, service: Service):
        employer = service.employer()
        reader = employer.key_for("cases:read")
        assert (
            reader(
                "PUT",
                "/v1/employees",
                content=b"employee\n1\n",
                headers={"Content-Type": "text/csv"},
            ).status_code
            == 403
        )
        large = b"employee\n" + b"1\n" * (8 * 1024 * 1024)
        assert sent(employer, large).status_code == 413
        encoded = {"Content-Encoding": "gzip"}
        assert sent(employer, "employee\n1\n", **encoded).status_code == 415
        for media in ("text/plain", "application/vnd.ms-excel", "text/csv2"):
            assert sent(employer, "employee\n1\n", **{"Content-Type": media}).status_code == 415

    @pytest.mark.parametrize("seed", range(3))
    def test_is_never_a_fault_of_ours(self, service: Service, seed: int):
        chance = random.Random(seed)
        employer = service.employer()
        for _ in range(40):
            body = bytearray(SWEDISH.encode(chance.choice(["utf-8", "cp1252", "utf-16"])))
            for _ in range(chance.randint(1, 12)):
                body[chance.randrange(len(body))] = chance.choice([0, 10, 34, 59, 255, 200, 45])
            assert sent(employer, bytes(body)).status_code in (200, 422)
