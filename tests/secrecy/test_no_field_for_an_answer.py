"""Nothing that is said in a talk has a place to stand: no field, no column, no message.

Whatever takes free values is listed here with what it is for; something new has to be listed, too.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import JSON, LargeBinary, String, Text

from app.schema import TABLES
from tests.kit import Service
from tests.receiver import Receiver
from tests.secrecy.compared import everything, lived_briefly
from tests.secrecy.steps import book, complete, hold, invite
from tests.secrecy.stories import ACCEPTED
from tests.secrecy.twins import Case, Side, Twins
from tests.system.world import app_without_database

DOCUMENT = app_without_database().openapi()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
Schema = dict[str, Any]


def referred(part: Any) -> Iterator[str]:
    """The names of the schemas that a part of the document refers to, theirs among them."""
    todo, found = [part], set[str]()
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            name = str(one.get("$ref", "")).rpartition("/")[2]
            if name in SCHEMAS and name not in found:
                found.add(name)
                todo.append(SCHEMAS[name])
        todo += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    yield from sorted(found)


def free_values(schema: Schema, path: str) -> Iterator[str]:
    """Where in a schema any text may stand: no code from a list, no date, no instant."""
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    coded = "enum" in schema or "const" in schema or schema.get("format") in ("date", "date-time")
    if "string" in kinds and not coded:
        yield path
    if schema.get("additionalProperties") is True:
        yield f"{path}{{any}}"
    if "object" in kinds and "properties" not in schema and "additionalProperties" not in schema:
        yield f"{path}{{any}}"
    for inner in (schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            yield from free_values(inner, f"{path}[]")
    for either in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from free_values(either, path)
    for name, inner in schema.get("properties", {}).items():
        yield from free_values(inner, f"{path}.{name}")


def taken_in() -> set[str]:
    """Every field of every request that takes free values, and every such query parameter."""
    found = set()
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            for name in referred(operation.get("requestBody", {})):
                found |= set(free_values(SCHEMAS[name], name))
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "query":
                    found |= set(free_values(parameter["schema"], f"?{parameter['name']}"))
            assert methods[method] is operation, path
    return {re.sub(r"^app__\w+?__(?=[A-Z])", "", one) for one in found}


ALLOWED: dict[str, str] = {
    r"\w+\.((also_)?decided_by|released_by|ended_by)": "who decided, for the record; a "
    "provider's is shown to no employer: see below",
    r"JoinIn\.with": "the id of the other employment, looked up: what is none is not stored",
    r"\w+\.\w+_ids?(\[\])?": "an id of an object of the service, looked up: what is none is not "
    "found",
    r"Absence\w+\.(id|source|absence|employee)": "what the sender's system calls the event, the "
    "absence and the employee",
    r"(EmployeeIn|ManagerIn|EmployeeSearch)\.employee": "the employment number",
    r"\w+\.(unit|units\[\]|parent)": "the employer's code of a unit",
    r"ContactIn\.(name|phone|email)": "how to reach somebody, encrypted",
    r"Columns\.\w+|Mapping\.\w+(\[\]|\{any\})?|\?mapping": "how the columns "
    "and codes of a file are called, the same for everybody",
    r"EmployeeIn\.personal_number": "checked by its check digit, encrypted",
    r"(ProviderIn|ApiKeyIn)\.name": "what a company or a key is called, set by administrators",
    r"ProviderIn\.org_number": "ten digits",
    r"EndpointIn\.url": "where webhooks go, set by administrators",
    r"MailSettings\.hr_address": "a function's mailbox",
    r"TenantPatch\.(time_zone|decision_reference)": "the employer's settings",
    r"(RuleDocument|LadderDocument)\.id": "what a rule is called, by administrators",
    r"(RuleDocument|LadderDocument)\.legal_basis": "what a rule rests on, by administrators",
    r"Trial\.name|(Reported|Changed|Ended|Cancelled)\.(id|source|absence|employee)": "the made-up "
    "cases of a rule's own tests, by administrators",
    r"GrantIn\.amount": "an amount in digits",
    r"(SeriesIn|OccurrenceMoveIn)\.at": "a wall time, HH:MM",
    r"PointIn\.(code|sv|en)": "the employer's own conversation guide, the same for everybody",
    r"MeetingRecord\.points\[\]": "codes of that guide, and nothing else: see below",
    r"EmployeeSearch\.cursor|\?cursor": "what the last page said",
    r"\?(rule|state|unit|month|from|to|\w+_id|endpoint|source)": "looked for, never stored",
}


class TestRequests:
    def test_take_free_values_where_it_is_said_why_and_nowhere_else(self):
        unlisted = {
            one for one in taken_in() if not any(re.fullmatch(known, one) for known in ALLOWED)
        }
        assert unlisted == set()

    def test_are_all_looked_at(self):
        """What is listed above is there: nothing is excused that has gone."""
        there = taken_in()
        assert {"MeetingRecord.points[]", "BookIn.decided_by", "PointIn.sv"} <= there
        idle = {known for known in ALLOWED if not any(re.fullmatch(known, one) for one in there)}
        assert idle == set()

    def test_of_a_case_take_no_free_value_but_who_decides_and_points(self):
        """Whatever a provider may send, and whatever is about a referral, a meeting or a plan."""
        found = set()
        for path, methods in DOCUMENT["paths"].items():
            if re.match(r"/v1/(referrals|meetings|meeting-series|plans)", path):
                for operation in methods.values():
                    for name in referred(operation.get("requestBody", {})):
                        found |= {
                            field.split(".", 1)[1] for field in free_values(SCHEMAS[name], name)
                        }
        assert found == {
            *(
                "decided_by",
                "also_decided_by",
                "points[]",
                "employee_id",
                "referral_id",
                "provider_id",
            ),
            *("unit", "at"),  # of a series of times, which is about nobody
        }


FIELDS: dict[str, str] = {
    "MeetingIn": "kind employee_id referral_id starts_at minutes mode participants consent",
    "MeetingRecord": "points asked_about_violence work_status participants consent",
    "MeetingMove": "starts_at minutes",
    "Consent": "given_on",
    "MeetingOut": "id employee_id referral_id series_id occurrence slot kind state starts_at "
    "minutes mode participants consent asked_about_violence points work_status",
    "MeetingData": "meeting_id employee_id referral_id series_id kind state starts_at minutes link",
    "CompleteIn": "on_behalf_of decided_by feedback_consent_on recommend_three_party",
    "CloseIn": "decided_by outcome",
    "ReferralOut": "id employee_id provider_id service state wish_of decision_reference "
    "employee_informed_on requested_at feedback_consent_on talk recommend_three_party outcome "
    "step due_on days_late flags allowed history",
    "ReferralData": "referral_id employee_id provider_id service state decision_reference link",
    "OverdueData": "referral_id employee_id provider_id service state decision_reference link "
    "step due_on",
    "MoveOut": "at party actor recorded_by source target reason",
    "TalkOut": "starts_at mode",
    "PlanIn": "referral_id employee_id measures follow_ups",
    "MeasureIn": "code responsible due_on",
    "FollowedUpIn": "done_on work_status decided_by",
    "PlanOut": "id employee_id referral_id state measures follow_ups employer_adopted_on "
    "employee_adopted_on adopted_by",
    "MeasureOut": "code responsible due_on done_on",
    "FollowUpOut": "number due_on done_on work_status",
}
"""Every field of what tells of a talk or of what follows from it."""

COLUMNS: dict[str, str] = {
    "meetings": "tenant_id meeting_id employee_id referral_id series_id occurrence slot kind state "
    "starts_at minutes mode participants consent_on asked_about_violence points work_status party "
    "sequence created_at changed_at assignment recorded_at",
    "plan_follow_ups": "tenant_id plan_id number due_on done_on work_status",
    "plans": "tenant_id plan_id employee_id referral_id state measures employer_adopted_on "
    "employee_adopted_on adopted_by version created_at changed_at assignment",
    "referral_moves": "tenant_id referral_id number at party actor source target reason "
    "recorded_by",
    "referrals": "tenant_id referral_id employee_id provider_id service state decision_reference "
    "released_by employee_informed_on feedback_consent_on requested_at changed_at wish_of "
    "talk_starts_at talk_mode recommend_three_party outcome step_due_on step_told_on shown_due_on "
    "shown_told_on assignment",
}

LONG: dict[str, str] = {
    r"\w+\.(decided_by|released_by|proposed_by|adopted_by|ended_by|actor)": "who decided",
    r"\w+\.(unit|number|source|id|absence|folded_id|name|parent)": "what others call a thing",
    r"\w+\.(digest|content_hash|personal_hash|secret)": "a digest, or encrypted",
    r"(persons|units|unit_managers)\.(\w*contact|personal_number)": "encrypted",
    r"meetings\.(points|participants)|meeting_series\.participants": "codes",
    r"plans\.measures": "codes and dates",
    r"guides\.points": "the employer's own conversation guide, the same for everybody",
    r"messages\.(data|employer_data)|deliveries\.body": "what is told: ids and codes",
    r"events\.said|absences\.extents|(flags|shadow_decisions)\.evidence": "dates and numbers",
    r"employees\.employment": "dates and codes",
    r"units\.closures|imports\.counts|feeds\.days|unit_signals\.figures": "dates and numbers",
    r"(providers|webhook_endpoints|api_keys)\.(units|services|types|scopes|url)": "settings",
    r"tenants\.settings|rule_versions\.document": "settings",
    r"backtests\.(asked|counts)": "rules as they were asked about, and how many people",
    r"referrals\.decision_reference": "the employer's decision, a diary number",
    r"mails\.recipient": "the id of a manager's entry, or a unit",
    r"idempotency_keys\.body": "an answer of ours, as it went out; a day long",
    r"grants\.invoice_shows": "codes",
    r"import_parts\.sealed": "encrypted",
    r"import_mappings\.document|imports\.mapping": "how a file is to be read",
    r"imports\.(codes|found)": "codes of errors, the form of a file",
    r"imports\.preview": "the first events of a dry run as they were sent: dates and numbers",
}
"""Columns that would hold a sentence, and what is in them."""
CODE = 64
"""Characters that a code or an id takes at most."""

WORDS = {
    *("answer", "answers", "answered", "finding", "findings", "note", "notes", "comment", "remark"),
    *("text", "summary", "assessment", "anamnesis", "symptom", "symptoms", "diagnosis"),
    *("journal", "health", "result", "results", "cause", "causes", "observation", "opinion"),
    *("anteckning", "svar", "bedomning", "orsak", "diagnos", "said_by", "minutes_of", "abuse"),
}
"""Words that no name of a field or a column has in it."""


class TestFields:
    @pytest.mark.parametrize("name", FIELDS)
    def test_of_a_case_are_these_and_no_others(self, name: str):
        assert set(SCHEMAS[name]["properties"]) == set(FIELDS[name].split())

    @pytest.mark.parametrize("name", COLUMNS)
    def test_are_stored_as_these_columns_and_no_others(self, name: str):
        assert set(TABLES[name].columns.keys()) == set(COLUMNS[name].split())

    def test_hold_sentences_nowhere_unlisted(self):
        long = {
            f"{table.name}.{column.name}"
            for table in TABLES.values()
            for column in table.columns
            if isinstance(column.type, JSON | Text | LargeBinary)
            or (isinstance(column.type, String) and (column.type.length or 999) > CODE)
        }
        assert {"meetings.points", "messages.data", "referral_moves.actor"} <= long
        unlisted = {one for one in long if not any(re.fullmatch(known, one) for known in LONG)}
        assert unlisted == set()

    def test_are_named_after_nothing_that_is_said(self):
        names = {name for schema in SCHEMAS.values() for name in schema.get("properties", ())}
        names |= {column.name for table in TABLES.values() for column in table.columns}
        assert len(names) > 150
        assert {name for name in names if WORDS & {*name.split("_"), name}} == set()

    def test_speak_of_violence_once_and_of_whether_it_was_asked_alone(self):
        about = {
            f"{name}.{field}": inner
            for name, schema in SCHEMAS.items()
            for field, inner in schema.get("properties", {}).items()
            if "violence" in field or "vald" in field
        }
        assert {field.partition(".")[2] for field in about} == {"asked_about_violence"}
        for inner in about.values():
            either = [inner, *inner.get("anyOf", ())]
            assert {v for one in either for v in one.get("enum", ()) if v} == {"yes", "no"}
        columns = {c.name: c.type for t in TABLES.values() for c in t.columns if "viol" in c.name}
        assert columns.keys() == {"asked_about_violence"}
        assert str(columns["asked_about_violence"]) == "VARCHAR(3)"


SAYS = "she said that"
"""What somebody might write down, if there were a place."""


BOOKING = {"starts_at": "2026-03-10T09:00:00+01:00", "mode": "phone"}


class TestOverHttp:
    """The same by trying: at each place where a provider may send something."""

    @pytest.fixture
    def side(self, on_sqlite: Service, receiver: Receiver) -> Side:
        case = Case("x", [ACCEPTED, book("2026-03-04", "2026-03-05"), complete("2026-03-05")])
        twins = Twins(on_sqlite, receiver, [case])
        twins.pass_days(["2026-03-03", "2026-03-04", "2026-03-05"])
        side, [person] = twins.sides[0], twins.sides[0].people
        invite("", "2026-03-05").do(side, person)
        return side

    def calls(self, side: Side) -> Iterator[tuple[str, str, Schema]]:
        """Everything that a provider may send, with what it has to say at least."""
        [person] = side.people
        referral = f"/v1/referrals/{person.referral_id}"
        meeting = f"/v1/meetings/{person.made['three_party']}"
        yield "POST", f"{referral}/accept", {}
        yield "POST", f"{referral}/decline", {"reason": "no_capacity"}
        yield "POST", f"{referral}/book", BOOKING
        yield "POST", f"{referral}/no-show", {}
        yield "POST", f"{referral}/complete", {"recommend_three_party": True}
        yield "POST", f"{referral}/decline-by-employee", {}
        yield "POST", f"{referral}/close", {"outcome": "no_further_need"}
        yield "POST", f"{meeting}/hold", {}
        yield "POST", f"{meeting}/move", {"starts_at": "2026-03-06T10:00:00+01:00"}
        yield "PATCH", meeting, {}

    @pytest.mark.parametrize(
        "field",
        ["answer", "finding", "notes", "violence_answer", "comment", "assessment", "points_said"],
    )
    def test_a_place_that_is_not_there_is_refused(self, side: Side, field: str):
        for method, path, body in self.calls(side):
            answer = side.at_provider[0].refused(422, method, path, body | {field: SAYS})
            assert answer["errors"][0]["code"] in ("unknown_field", "forbidden_field")
            assert SAYS not in str(answer)

    @pytest.mark.parametrize("value", [SAYS, "Yes", "unknown", "declined", True, ["yes"]])
    def test_whether_it_was_asked_takes_yes_and_no_alone(self, side: Side, value: Any):
        meeting = f"/v1/meetings/{side.people[0].made['three_party']}"
        for caller in (side.at_provider[0], side.employer):
            caller.refused(422, "PATCH", meeting, {"asked_about_violence": value})
            caller.refused(422, "POST", f"{meeting}/hold", {"asked_about_violence": value})
        for value in ("yes", "no"):
            side.employer.ok("PATCH", meeting, {"asked_about_violence": value})

    def test_a_point_is_one_of_the_guides(self, side: Side):
        meeting = f"/v1/meetings/{side.people[0].made['three_party']}"
        answer = side.at_provider[0].refused(422, "PATCH", meeting, {"points": [SAYS]})
        assert [error["code"] for error in answer["errors"]] == ["unknown_point"]
        guide = side.employer.ok("GET", "/v1/guides/three_party")
        known = guide["points"][0]["code"]
        assert side.at_provider[0].ok("PATCH", meeting, {"points": [known]})["points"] == [known]

    def test_what_was_taken_up_in_a_health_talk_is_the_providers_with_consent_too(self, side: Side):
        provider, [person] = side.at_provider[0], side.people
        again = {"recommend_three_party": True, "feedback_consent_on": "2026-03-05"}
        side.provider(person, "complete", again)
        [talk] = provider.ok("GET", "/v1/meetings", params={"kind": "health_talk"})["items"]
        point = side.employer.ok("GET", "/v1/guides/health_talk")["points"][0]["code"]
        record = {"points": [point], "asked_about_violence": "yes"}
        assert provider.ok("PATCH", f"/v1/meetings/{talk['id']}", record)["points"] == [point]
        side.employer.refused(409, "PATCH", f"/v1/meetings/{talk['id']}", record)
        seen = side.employer.ok("GET", f"/v1/meetings/{talk['id']}")
        assert (seen["points"], seen["asked_about_violence"]) == ([], None)
        side.looker.look("/v1/meetings", "/calendars")
        assert point not in "\n".join(side.looker.seen)


def test_what_a_provider_writes_for_its_own_record_reaches_no_employer(
    on_sqlite: Service, receiver: Receiver
):
    """The one free value of a provider's moves says who decided. It could be misused."""
    case = Case(
        "x",
        [
            ACCEPTED,
            book("2026-03-04", "2026-03-05", decided_by=SAYS),
            complete("2026-03-05", decided_by=SAYS, feedback_consent_on="2026-03-05"),
            *(invite("2026-03-05", "2026-03-06"), hold("2026-03-06", by_provider=True)),
        ],
    )
    twins = lived_briefly(on_sqlite, receiver, [case], "2026-03-10")
    assert '"state":"three_party_held"' in everything(twins.sides[0])
    assert SAYS not in everything(twins.sides[0])
