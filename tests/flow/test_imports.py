"""Files over HTTP: stored jobs with progress and a list of errors, each file once."""

import csv
import hashlib
import io
import json
import random
import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from app.imports import upload as arriving
from app.imports.begin import add_part, begin_local, begin_upload
from app.imports.run import work_on_imports
from app.imports.task import Task
from tests.flow.importing import CSV, NDJSON, PAXML, exported, lines, many, paxml, taken_in, upload
from tests.kit import FIVE, Employer, Service, event
from tests.system.world import rows_of

PERSON = "196101182803"
SAID = many(300)


def counted(shown: dict[str, Any]) -> dict[str, int]:
    return {name: count for name, count in shown["counts"].items() if count}


def stored(service: Service) -> dict[str, list[Any]]:
    """All rows but those of the imports themselves."""
    return {n: rows for n, rows in rows_of(service).items() if not n.startswith("import")}


def table(service: Service, name: str) -> list[Any]:
    return rows_of(service)[name]


class TestUpload:
    def test_of_events_is_queued_and_then_taken_in_as_if_each_had_been_posted(
        self, service: Service
    ):
        posted, filed = service.employer(), service.employer()
        posted.batch(*SAID)
        queued = upload(filed, lines(SAID))
        assert (queued["state"], queued["progress"], queued["rows_total"]) == ("queued", 0.0, None)
        assert exported(filed) == {"known": {}, "flags": []}
        assert service.take_in_files() == 1
        done = filed.ok("GET", f"/v1/imports/{queued['id']}")
        people = len({one["employee"] for one in SAID})
        assert (done["state"], done["progress"], done["problem"]) == ("done", 1.0, None)
        assert (done["rows_total"], done["rows_ok"], done["rows_failed"]) == (300, 300, 0)
        assert counted(done)["created"] == 300
        assert counted(done)["employees"] == people
        assert exported(filed)["known"] == exported(posted)["known"]
        assert len(exported(filed)["flags"]) == done["counts"]["flags"]
        assert filed.items("/v1/imports") == [done]
        assert filed.items("/v1/imports?state=queued") == []

    def test_of_a_bad_row_never_loses_the_good_ones(self, service: Service):
        employer = service.employer()
        good = [event(day) for day in FIVE]
        employer.batch(good[4])
        bad = [
            json.dumps(good[0] | {"extent": "50", "id": "x", "diagnosis": "J11"}).encode(),
            b'{"id": "cut',
            json.dumps(good[4] | {"employee": "1002"}).encode(),
            b"x" * 70_000,
        ]
        file = lines(good[:2]) + b"\n".join(bad) + b"\n\n" + lines(good[2:])
        done = taken_in(employer, file)
        assert counted(done) == {
            "rows": 9,
            "created": 4,
            "duplicate": 1,
            "conflict": 1,
            "invalid": 3,
            "employees": 1,
            "flags": 1,
        }
        assert (done["rows_ok"], done["rows_failed"]) == (5, 4)
        expected = [
            (3, "forbidden_field"),
            (3, "invalid_integer"),
            (4, "malformed_json"),
            (5, "event_conflict"),
            (6, "line_too_long"),
        ]
        path = f"/v1/imports/{done['id']}/errors"
        listed = employer.items(path)
        assert sorted((one["row"], one["code"]) for one in listed) == expected
        assert all(one["detail"].endswith(".") for one in listed)
        assert done["errors"] == {code: 1 for _, code in expected}
        paged = employer.ok("GET", f"{path}?limit=2")
        rest = employer.ok("GET", f"{path}?limit=200&cursor={paged['next_cursor']}")
        assert paged["items"] + rest["items"] == listed
        for asked in ({"params": {"format": "csv"}}, {"headers": {"Accept": "text/csv"}}):
            answer = employer("GET", path, **asked)
            assert answer.headers["content-type"].startswith("text/csv")
            read = list(csv.DictReader(io.StringIO(answer.text)))
            assert [{**one, "row": int(one["row"])} for one in read] == listed

    def test_is_sealed_while_it_waits_and_gone_when_it_is_done(self, service: Service):
        employer = service.employer()
        person = f'<tidtrans persnr="{PERSON}"><tidkod>SJK</tidkod></tidtrans>'
        queued = upload(employer, paxml([("3001", FIVE[0], FIVE[0])], more=person), PAXML)
        [part] = table(service, "import_parts")
        assert PERSON not in repr(part)
        assert "3001" not in repr(part)
        service.take_in_files()
        assert table(service, "import_parts") == []
        assert PERSON not in repr(rows_of(service))
        done = employer.ok("GET", f"/v1/imports/{queued['id']}")
        assert counted(done)["created"] == 1

    def test_may_have_many_parts(self, service: Service):
        employer = service.employer()
        said = lines(event(day, id=f"w{n}", employee=str(n)) for n, day in enumerate(FIVE))
        content = (b"\n" * 700_000).join(said.splitlines())
        queued = upload(employer, content)
        assert len(table(service, "import_parts")) == 3
        service.take_in_files()
        done = employer.ok("GET", f"/v1/imports/{queued['id']}")
        assert counted(done)["created"] == 5

    @pytest.mark.parametrize(
        ("status", "code", "query", "headers", "content"),
        [
            (415, "unsupported_media_type", {}, {"Content-Type": "application/json"}, b"{}"),
            (415, "unsupported_media_type", {}, {"Content-Type": "image/png"}, b"{}"),
            (415, "unsupported_media_type", {}, {"Content-Type": "application/octet-stream"}, b""),
            (415, "unsupported_media_type", {}, NDJSON | {"Content-Encoding": "gzip"}, b"{}"),
            (422, "invalid_input", {"format": "xlsx"}, NDJSON, b"{}"),
            (422, "invalid_input", {"mode": "merge"}, NDJSON, b"{}"),
            (422, "invalid_input", {"source": "a\nb"}, NDJSON, b"{}"),
            (422, "invalid_input", {"mapping": "nobodys"}, NDJSON, b"{}"),
            (422, "invalid_input", {"history_through": "2026-13-01"}, NDJSON, b"{}"),
            (422, "not_history", {"history_through": "2026-03-03"}, NDJSON, b"{}"),
            (422, "invalid_input", {}, NDJSON, b""),
            (413, "body_too_large", {}, NDJSON | {"Content-Length": str(2**30 + 1)}, b"{}"),
        ],
    )
    def test_is_refused_where_it_makes_no_sense_and_leaves_nothing(
        self, service: Service, status: int, code: str, query: Any, headers: Any, content: bytes
    ):
        employer = service.employer()
        before = rows_of(service)
        more = {"content": content, "headers": headers, "params": query}
        assert employer.refused(status, "POST", "/v1/imports", **more)["code"] == code
        service.take_in_files()
        assert rows_of(service) == before

    def test_is_limited_by_the_bytes_that_come(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(arriving, "MAX_BYTES", 3 * 2**20)
        employer = service.employer()

        def body(size: int) -> Iterator[bytes]:
            yield from (b" " * 65_535 + b"\n" for _ in range(size // 2**16))

        assert upload(employer, body(3 * 2**20))["state"] == "queued"
        service.take_in_files()
        more = {"content": body(3 * 2**20 + 2**16), "headers": NDJSON}
        assert employer.refused(413, "POST", "/v1/imports", **more)["code"] == "body_too_large"
        service.take_in_files()
        assert len(table(service, "imports")) == 1
        assert table(service, "import_parts") == []

    def test_is_not_swallowed_by_the_same_file_left_half_done_at_hand(self, service: Service):
        """Only the command line can go on with that one, and perhaps it never does."""
        employer, content = service.employer(), lines(SAID)
        digest = hashlib.sha256(content).hexdigest()
        begin_local(service.ctx, employer.tenant_id, Task("ndjson"), digest, len(content))
        service.pass_time(3600)
        assert service.take_in_files() == 0
        done = taken_in(employer, content)
        assert (done["state"], counted(done)["created"]) == ("done", 300)

    def test_that_breaks_off_leaves_nothing_once_nothing_came_for_a_while(self, service: Service):
        employer = service.employer()
        key = begin_upload(service.ctx, employer.tenant_id, Task("ndjson"))
        add_part(service.ctx, key, 0, lines(SAID))
        assert service.take_in_files() == 0
        assert employer.items("/v1/imports") == []
        employer.refused(404, "GET", f"/v1/imports/{key[1]}")
        service.pass_time(61)
        assert service.take_in_files() == 1
        assert (table(service, "imports"), table(service, "import_parts")) == ([], [])
        assert table(service, "events") == []


class TestSameFile:
    def test_again_is_the_import_that_did_it(self, service: Service):
        employer = service.employer()
        waiting = upload(employer, lines(SAID))
        again = employer("POST", "/v1/imports", content=lines(SAID), headers=NDJSON)
        assert (again.status_code, again.json()) == (200, waiting)
        done = taken_in(employer, lines(SAID))
        before = stored(service)
        assert done["id"] == waiting["id"]
        assert taken_in(employer, lines(SAID)) == done
        assert stored(service) == before
        assert len(employer.items("/v1/imports")) == 1
        assert table(service, "import_parts") == []

    def test_taken_another_way_or_for_another_employer_is_another_import(self, service: Service):
        employer, other = service.employer(), service.employer()
        ways: list[dict[str, Any]] = [
            {},
            {"source": "x"},
            {"history": "true"},
            {"history_through": "2026-03-01"},
            {"mode": "add"},
            {"dry_run": "true"},
        ]
        ids = {upload(employer, lines(SAID), **way)["id"] for way in ways}
        ids.add(upload(other, lines(SAID))["id"])
        ids.add(upload(employer, lines(SAID) + b"\n")["id"])
        assert len(ids) == len(ways) + 2

    def test_that_failed_or_was_cancelled_may_be_tried_anew(self, service: Service):
        employer = service.employer()
        failed = taken_in(employer, b"<html/>", PAXML)
        assert upload(employer, b"<html/>", PAXML)["id"] != failed["id"]
        waiting = upload(employer, lines(SAID))
        employer.ok("POST", f"/v1/imports/{waiting['id']}/cancel")
        assert upload(employer, lines(SAID))["id"] != waiting["id"]

    def test_in_a_dry_run_is_looked_at_again_each_time(self, service: Service):
        employer = service.employer()
        first = taken_in(employer, lines(SAID), dry_run="true")
        taken_in(employer, lines(SAID))
        second = taken_in(employer, lines(SAID), dry_run="true")
        assert counted(first) == {"rows": 300, "created": 300}
        assert counted(second) == {"rows": 300, "duplicate": 300}


class TestHistory:
    @pytest.mark.parametrize(
        ("query", "through"),
        [
            ({"history": "true"}, "2026-03-01"),
            ({"history_through": "2026-02-01"}, "2026-02-01"),
            ({"history": "true", "history_through": "2026-03-02"}, "2026-03-02"),
            ({}, None),
        ],
    )
    def test_does_not_act(self, service: Service, query: Any, through: str | None):
        employer = service.employer()
        file = lines(event(day, employee=n) for n in ("1", "2") for day in FIVE)
        done = taken_in(employer, file, **query)
        assert done["history_through"] == through
        silent = through == "2026-03-02"
        assert len(employer.items("/v1/flags")) == (0 if silent else 2)


class TestBadFile:
    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"employee;first_day\n1;2026-01-01\n", "not_xml"),
            (b"<paxml><header>", "not_xml"),
            (b"<html></html>", "not_paxml"),
            (b'<!DOCTYPE x [<!ENTITY a "b">]><paxml>&a;</paxml>', "dtd_forbidden"),
            (b"<a>" * 40, "not_paxml"),
            (b'<paxml xmlns="http://www.paxml.se/3.0/"/>', "unsupported_version"),
        ],
    )
    def test_fails_as_a_whole_with_a_code(self, service: Service, content: bytes, problem: str):
        employer = service.employer()
        before = stored(service)
        done = taken_in(employer, content, PAXML)
        assert (done["state"], done["problem"], done["counts"]) == ("failed", problem, {})
        assert done["ended_at"] is not None
        assert (stored(service), table(service, "import_parts")) == (before, [])
        assert service.take_in_files() == 0

    def test_cannot_replace_what_it_does_not_name(self, service: Service):
        employer = service.employer()
        for content, headers in ((paxml([("1", FIVE[0], FIVE[0])]), PAXML), (lines(SAID), NDJSON)):
            done = taken_in(employer, content, headers, mode="replace")
            assert (done["state"], done["problem"]) == ("failed", "no_range_to_replace")
        assert table(service, "events") == []


class TestDryRun:
    def test_shows_what_would_be_stored_and_stores_nothing(self, service: Service):
        employer = service.employer()
        employer.batch(*SAID[:10])
        before = stored(service)
        person = (
            f'<tidtrans persnr="{PERSON}"><tidkod>SJK</tidkod><datum>{FIVE[1]}</datum></tidtrans>'
        )
        rows = [(f"{3000 + n}", FIVE[0], FIVE[0]) for n in range(30)]
        done = taken_in(employer, paxml(rows, more=person), PAXML, dry_run="true")
        assert (done["state"], done["dry_run"]) == ("done", True)
        assert counted(done) == {"rows": 31, "created": 30, "invalid": 1}
        assert done["errors"] == {"personal_number_unknown": 1}
        assert len(done["preview"]) == 20
        shown = done["preview"][0]
        assert (shown["employee"], shown["first_day"]) == ("3000", FIVE[0])
        assert PERSON not in json.dumps(done)
        assert stored(service) == before
        assert employer.batch(*done["preview"])[0]["status"] == "created"


class TestReplacing:
    """A payroll file that says again what was said of a period, and leaves some of it out."""

    PERIOD = ("2026-02-01", "2026-02-28")
    FIRST = (
        ("1", "2026-01-30", "2026-01-30"),
        ("1", "2026-02-03", "2026-02-04"),
        ("2", "2026-02-10", "2026-02-10"),
        ("3", "2026-02-16", "2026-02-18"),
        ("4", "2026-03-02", "2026-03-02"),
    )
    CORRECTED = (("1", "2026-02-03", "2026-02-03"), ("5", "2026-02-20", "2026-02-20"))

    def days(self, employer: Employer) -> dict[str, list[str]]:
        """The sick days that stand, by employee."""
        found = {}
        for one in employer.ok("POST", "/v1/employees/search", {})["items"]:
            shown = employer.items(f"/v1/employees/{one['id']}/absences")
            found[one["employee"]] = [
                f"{a['first_day']}..{a['last_day']}" for a in shown if a["status"] != "cancelled"
            ]
        return found

    def test_cancels_what_the_file_no_longer_says_of_its_days(self, service: Service):
        employer = service.employer()
        taken_in(employer, paxml(self.FIRST, made="2026-03-01T06:00:00"), PAXML)
        employer.batch(event("2026-02-12", employee="2"))
        file = paxml(self.CORRECTED, made="2026-03-02T06:00:00", again=self.PERIOD)
        tried = taken_in(employer, file, PAXML, dry_run="true")
        assert counted(tried) == {"rows": 2, "created": 2, "cancelled_by_replace": 2}
        done = taken_in(employer, file, PAXML)
        assert (done["mode"], done["source"]) == ("replace", "paxml:1")
        assert done["replaces"] == {"first_day": "2026-02-01", "last_day": "2026-02-28"}
        assert counted(done) == {
            "rows": 2,
            "created": 2,
            "cancelled_by_replace": 2,
            "employees": 4,
        }
        after = self.days(employer)
        assert after == {
            "1": ["2026-01-30..2026-01-30", "2026-02-03..2026-02-03"],
            "2": ["2026-02-12..2026-02-12"],
            "3": [],
            "4": ["2026-03-02..2026-03-02"],
            "5": ["2026-02-20..2026-02-20"],
        }
        # The older file once more, in other bytes: what was said later stands.
        older = taken_in(employer, paxml(self.FIRST, made="2026-03-01T06:00:00") + b"\n", PAXML)
        assert counted(older) == {"rows": 5, "duplicate": 5, "employees": 4}
        late = paxml(self.FIRST[:2], made="2026-02-27T06:00:00", again=self.PERIOD)
        assert "cancelled_by_replace" not in counted(taken_in(employer, late, PAXML))
        assert self.days(employer) == after

    def test_leaves_what_the_same_source_has_reported_live(self, service: Service):
        """Payroll knows of it a month later; till then a file without it says nothing of it."""
        employer = service.employer()
        live = event("2026-02-24", employee="1", source="payroll", last_day=None)
        employer.post(live)
        taken_in(employer, paxml(self.FIRST, made="2026-03-01T06:00:00"), PAXML, source="payroll")
        file = paxml([], made="2026-03-02T06:00:00", again=self.PERIOD)
        tried = taken_in(employer, file, PAXML, source="payroll", dry_run="true")
        done = taken_in(employer, file, PAXML, source="payroll")
        assert tried["counts"]["cancelled_by_replace"] == 3
        assert done["counts"]["cancelled_by_replace"] == 3
        assert self.days(employer)["1"] == ["2026-01-30..2026-01-30", "2026-02-24..None"]

    def test_is_left_alone_when_rows_are_only_to_be_added(self, service: Service):
        employer = service.employer()
        taken_in(employer, paxml(self.FIRST, made="2026-03-01T06:00:00"), PAXML)
        file = paxml(self.CORRECTED, again=self.PERIOD)
        done = taken_in(employer, file, PAXML, mode="add")
        assert (done["mode"], counted(done)["created"]) == ("add", 2)
        assert self.days(employer)["3"] == ["2026-02-16..2026-02-18"]

    def test_takes_nothing_back_when_no_row_can_be_read(self, service: Service):
        employer = service.employer()
        taken_in(employer, paxml(self.FIRST, made="2026-03-01T06:00:00"), PAXML)
        person = (
            f'<tidtrans persnr="{PERSON}"><tidkod>SJK</tidkod><datum>{FIVE[1]}</datum></tidtrans>'
        )
        done = taken_in(employer, paxml([], again=self.PERIOD, more=person), PAXML)
        assert (done["state"], done["warnings"]) == ("done", ["nothing_replaced"])
        assert self.days(employer)["3"] == ["2026-02-16..2026-02-18"]

    def test_takes_nothing_back_when_a_row_cannot_be_read(self, service: Service):
        """That row may be the one that says what would be taken back."""
        employer = service.employer()
        taken_in(employer, paxml(self.FIRST, made="2026-03-01T06:00:00"), PAXML)
        bad = '<tidtrans anstid="3"><tidkod>SJK</tidkod><datum>2026-02-30</datum></tidtrans>'
        done = taken_in(employer, paxml(self.CORRECTED, again=self.PERIOD, more=bad), PAXML)
        assert (done["rows_failed"], done["warnings"]) == (1, ["nothing_replaced"])
        assert "cancelled_by_replace" not in counted(done)
        assert self.days(employer)["3"] == ["2026-02-16..2026-02-18"]

    def test_with_nothing_takes_everything_back(self, service: Service):
        employer = service.employer()
        taken_in(employer, paxml(self.FIRST, made="2026-03-01T06:00:00"), PAXML)
        done = taken_in(employer, paxml([], again=self.PERIOD), PAXML)
        assert counted(done)["cancelled_by_replace"] == 3
        assert (self.days(employer)["2"], self.days(employer)["3"]) == ([], [])

    def test_withdraws_the_flag_that_rested_on_it(self, service: Service):
        employer = service.employer()
        rows = [("9", day, day) for day in FIVE]
        taken_in(employer, paxml(rows, made="2026-03-01T06:00:00"), PAXML)
        assert [flag["state"] for flag in employer.items("/v1/flags")] == ["released"]
        taken_in(employer, paxml([], again=("2026-01-01", "2026-01-31")), PAXML)
        assert [flag["state"] for flag in employer.items("/v1/flags")] == ["withdrawn"]

    def test_said_too_far_ahead_is_said_when_it_came(self, service: Service):
        """A clock gone wrong must not outrank every later correction."""
        employer = service.employer()
        taken_in(employer, paxml(self.FIRST, made="2026-03-01T06:00:00"), PAXML)
        ahead = paxml([], made="2027-03-02T06:00:00", again=self.PERIOD)
        done = taken_in(employer, ahead, PAXML)
        assert (done["state"], done["counts"]["cancelled_by_replace"]) == ("done", 3)
        assert "created_in_future" in done["warnings"]
        service.set_day("2026-03-03")
        again = paxml(self.FIRST[2:3], made="2026-03-03T06:00:00")
        taken_in(employer, again, PAXML)
        assert self.days(employer)["2"] == ["2026-02-10..2026-02-10"]


class TestCorrection:
    def test_of_sickness_to_work_injury_withdraws_the_flag_that_rested_on_it(
        self, service: Service
    ):
        employer = service.employer()
        rows = [("9", day, day) for day in FIVE]
        taken_in(employer, paxml(rows, made="2026-03-01T06:00:00"), PAXML)
        assert [flag["state"] for flag in employer.items("/v1/flags")] == ["released"]
        injury = f'<tidtrans anstid="9"><tidkod>ASK</tidkod><datum>{FIVE[3]}</datum></tidtrans>'
        taken_in(employer, paxml([], more=injury), PAXML)
        assert [flag["state"] for flag in employer.items("/v1/flags")] == ["withdrawn"]


def stopping_after(turns: int) -> Any:
    """Goes on for so many turns."""
    left = iter(range(turns))
    return lambda: next(left, None) is not None


class TestCancel:
    def test_stops_between_chunks_and_what_is_stored_is_judged(self, service: Service):
        employer = service.employer()
        often = [event(day, employee="1") for day in FIVE]
        queued = upload(employer, lines([*often, *SAID]))
        path = f"/v1/imports/{queued['id']}/cancel"
        work_on_imports(service.ctx, stopping_after(5))
        running = employer.ok("GET", f"/v1/imports/{queued['id']}")
        assert (running["state"], 0 < running["progress"] < 1) == ("running", True)
        assert employer.items("/v1/flags") == []
        cancelled = employer.ok("POST", path)
        assert cancelled["state"] == "cancelled"
        assert employer.ok("POST", path)["state"] == "cancelled"
        service.take_in_files()
        after = employer.ok("GET", f"/v1/imports/{queued['id']}")
        assert after["state"] == "cancelled"
        assert after["counts"]["created"] == running["counts"]["created"] < 305
        assert "1" in {number for number, *_ in exported(employer)["flags"]}
        assert employer.ok("POST", path) == after
        assert (table(service, "imported_employees"), table(service, "import_parts")) == ([], [])

    def test_of_one_that_waits_stores_nothing(self, service: Service):
        employer = service.employer()
        queued = upload(employer, lines(SAID))
        employer.ok("POST", f"/v1/imports/{queued['id']}/cancel")
        service.take_in_files()
        assert table(service, "events") == []

    def test_of_one_that_is_over_is_refused(self, service: Service):
        employer = service.employer()
        for content, headers in ((lines(SAID), NDJSON), (b"<x/>", PAXML)):
            done = taken_in(employer, content, headers)
            path = f"/v1/imports/{done['id']}/cancel"
            assert employer.refused(409, "POST", path)["code"] == "import_over"


class TestWork:
    def test_stopped_at_every_turn_comes_to_the_same_end(self, service: Service):
        whole, pieces = service.employer(), service.employer()
        bad = lines(SAID) + b"{}\n"
        done = taken_in(whole, bad)
        queued = upload(pieces, bad)
        for turns in range(3, 200):
            if not work_on_imports(service.ctx, stopping_after(3 + turns % 9)):
                break
        shown = pieces.ok("GET", f"/v1/imports/{queued['id']}")
        alike = ("state", "counts", "errors", "rows_total", "rows_ok", "rows_failed", "progress")
        assert {name: shown[name] for name in alike} == {name: done[name] for name in alike}
        assert exported(pieces) == exported(whole)
        assert pieces.messages() == whole.messages()

    def test_of_one_who_was_overtaken_is_refused(self, service: Service):
        """A worker that hung for longer than its lease wakes up when another is at it."""
        whole, torn = service.employer(), service.employer()
        done = taken_in(whole, lines(SAID))
        queued = upload(torn, lines(SAID))
        calls = iter(range(1000))

        def overtaken() -> bool:
            if next(calls) == 6:
                service.pass_time(61)
                assert work_on_imports(service.ctx) == 1
            return True

        work_on_imports(service.ctx, overtaken)
        shown = torn.ok("GET", f"/v1/imports/{queued['id']}")
        assert shown["counts"] == done["counts"]
        assert exported(torn)["known"] == exported(whole)["known"]

    def test_of_two_at_once_does_each_file_once(self, service: Service):
        employer = service.employer()
        whole = service.employer()
        ids = [upload(employer, lines(SAID[n::6]))["id"] for n in range(6)]
        workers = [threading.Thread(target=work_on_imports, args=(service.ctx,)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        shown = [employer.ok("GET", f"/v1/imports/{import_id}") for import_id in ids]
        assert {one["state"] for one in shown} == {"done"}
        assert sum(one["counts"]["created"] for one in shown) == 300
        taken_in(whole, lines(SAID))
        assert exported(employer)["known"] == exported(whole)["known"]

    def test_that_kills_whoever_tries_is_given_up(self, service: Service):
        employer = service.employer()
        queued = upload(employer, lines(SAID))
        for _ in range(11):
            dies_at_once(service)
            service.pass_time(61)
        service.take_in_files()
        shown = employer.ok("GET", f"/v1/imports/{queued['id']}")
        assert (shown["state"], shown["problem"]) == ("failed", "gave_up")

    def test_of_a_small_file_need_not_wait_for_a_large_one(self, service: Service):
        employer = service.employer()
        large = upload(employer, lines(SAID))
        small = upload(employer, lines(SAID[:1]))
        assert work_on_imports(service.ctx, largest=1000) == 1
        assert employer.ok("GET", f"/v1/imports/{small['id']}")["state"] == "done"
        assert employer.ok("GET", f"/v1/imports/{large['id']}")["state"] == "queued"


class Died(BaseException):
    """As if the process had been killed: nothing is tidied up."""


def dies_at_once(service: Service) -> None:
    def dies() -> bool:
        raise Died

    tries = iter([True])
    with pytest.raises(Died):
        work_on_imports(service.ctx, lambda: next(tries, False) or dies())


def test_the_same_events_in_many_files_in_any_order_come_to_the_same(service: Service) -> None:
    whole, shuffled = service.employer(), service.employer()
    said = many(2000, until=date(2026, 3, 1))
    taken_in(whole, lines(said), history="true")
    mixed = said[:]
    random.Random(7).shuffle(mixed)
    for n in range(20):
        upload(shuffled, lines(mixed[n::20]), history="true")
    assert service.take_in_files() == 20
    assert exported(shuffled) == exported(whole)
    assert shuffled.messages() == whole.messages() == []


class TestMapping:
    def test_is_kept_under_its_name(self, service: Service):
        employer = service.employer()
        document = {"columns": {"employee": "Anstnr", "first_day": "Från", "last_day": "Till"}}
        kept = employer.ok("PUT", "/v1/import-mappings/payroll", document)
        assert kept["name"] == "payroll"
        assert kept["mapping"]["columns"]["first_day"] == "Från"
        assert employer.ok("GET", "/v1/import-mappings/payroll") == kept
        assert employer.items("/v1/import-mappings") == [kept]
        employer.refused(404, "GET", "/v1/import-mappings/other")
        for name in ("Löner", "1x", "x" * 65, "a b"):
            employer.refused(422, "PUT", f"/v1/import-mappings/{name}", document)
        wrong = employer.refused(422, "PUT", "/v1/import-mappings/payroll", {"columns": {}})
        assert wrong["errors"][0]["pointer"] == "#/columns"

    def test_tells_how_a_csv_file_is_to_be_read(self, service: Service):
        employer = service.employer()
        columns = {"employee": "Anstnr", "first_day": "Från", "last_day": "Till", "code": "Kod"}
        document = {"columns": columns, "codes": {"10": "sickness"}}
        employer.ok("PUT", "/v1/import-mappings/payroll", document)
        rows = [f"{n};2026-02-0{n};2026-02-0{n};10" for n in range(1, 6)]
        rows += ["6;2026-02-06;2026-02-06;99", "7;den 7 februari;2026-02-07;10"]
        content = "\r\n".join(["Anstnr;Från;Till;Kod", *rows]).encode("iso-8859-1")
        done = taken_in(employer, content, CSV, mapping="payroll", source="lön")
        assert counted(done) == {
            "rows": 6,
            "created": 5,
            "invalid": 1,
            "ignored": 1,
            "employees": 5,
        }
        assert (done["rows_total"], done["rows_ok"], done["rows_failed"]) == (7, 6, 1)
        assert done["detected"]["delimiter"] == ";"
        assert done["errors"] == {"date_invalid": 1}
        [wrong] = employer.items(f"/v1/imports/{done['id']}/errors")
        assert wrong["row"] == 8
        # The mapping has changed since: it is not the same any more.
        employer.ok("PUT", "/v1/import-mappings/payroll", document | {"codes": {"99": "sickness"}})
        more = taken_in(employer, content, CSV, mapping="payroll", source="lön")
        assert counted(more)["created"] == 1
        assert employer.refused(422, "POST", "/v1/imports", content=content, headers=CSV)

    def test_gives_the_companys_own_codes_their_meaning(self, service: Service):
        employer = service.employer()
        employer.ok("PUT", "/v1/import-mappings/payroll", {"codes": {"FR1": "sickness"}})
        own = '<tidtrans anstid="9"><tidkod>FR1</tidkod><datum>2026-02-02</datum></tidtrans>'
        file = paxml([], more=own)
        assert counted(taken_in(employer, file, PAXML)) == {"ignored": 1}
        done = taken_in(employer, file, PAXML, mapping="payroll")
        assert counted(done) == {"rows": 1, "created": 1, "employees": 1}


class TestPersonalNumber:
    def test_finds_whose_row_it_is_once_it_is_known_and_is_kept_nowhere(self, service: Service):
        employer = service.employer()
        row = f'<tidtrans persnr="{PERSON}"><tidkod>SJK</tidkod><datum>{FIVE[0]}</datum></tidtrans>'
        file = paxml([], more=row)
        first = taken_in(employer, file, PAXML)
        assert first["errors"] == {"personal_number_unknown": 1}
        employer.ok("PUT", "/v1/employees", {"employee": "1001", "personal_number": PERSON})
        second = taken_in(employer, file, PAXML)
        assert second["id"] != first["id"]
        assert counted(second) == {"rows": 1, "created": 1, "employees": 1}
        assert PERSON not in repr(rows_of(service))
        assert taken_in(employer, file, PAXML)["id"] == second["id"]


class TestIdempotencyKey:
    def test_gets_the_same_answer_for_the_same_file(self, service: Service):
        filed = service.employer()
        headers = NDJSON | {"Idempotency-Key": '"july"'}
        first, again = (
            filed("POST", "/v1/imports", content=lines(SAID), headers=headers) for _ in range(2)
        )
        assert (first.status_code, again.status_code) == (202, 202)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.json() == first.json()
        assert [one["id"] for one in filed.items("/v1/imports")] == [first.json()["id"]]

    def test_stands_for_one_file_alone(self, service: Service):
        filed = service.employer()
        headers = NDJSON | {"Idempotency-Key": "july"}
        filed("POST", "/v1/imports", content=lines(SAID), headers=headers)
        refused = filed.refused(
            422, "POST", "/v1/imports", content=lines(SAID[:1]), headers=headers
        )
        assert refused["code"] == "idempotency_key_reused"
        assert len(filed.items("/v1/imports")) == 1
