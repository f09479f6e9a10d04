"""Where a person decides: release, objection, dismissal, and what a `notify` flag comes to."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.kit import FIVE, Employer, Service, event

TODAY = FIVE[-1]
SIXTH = "2026-03-09"
RELEASE = {"released_by": "HR 7", "employee_informed_on": TODAY}
DISMISS = {"decided_by": "HR 7", "reason": "no_need"}
OBJECT = {"decided_by": "HR 7"}
HANDLE = {"decided_by": "Manager 12", "handled_on": TODAY, "outcome": "talk_held"}
REFERRED = ["flag.raised", "referral.requested"]


@pytest.fixture
def employer(service: Service) -> Employer:
    """An employer that decides by hand, with one employee just flagged."""
    made = service.employer(release="manual")
    made.batch(*map(event, FIVE))
    return made


def flag_id(employer: Employer, rule: str = "orust") -> str:
    [flag] = employer.items(f"/v1/flags?rule={rule}")
    return str(flag["id"])


def decide(employer: Employer, verb: str, body: Any, rule: str = "orust") -> Any:
    return employer.ok("POST", f"/v1/flags/{flag_id(employer, rule)}/{verb}", body)


def refuse(employer: Employer, verb: str, body: Any, rule: str = "orust") -> Any:
    path = f"/v1/flags/{flag_id(employer, rule)}/{verb}"
    return employer.refused(409, "POST", path, body)


def referral(employer: Employer) -> Any:
    [found] = employer.items("/v1/referrals")
    return found


def test_a_flag_waits_until_a_named_person_releases_it(employer: Employer) -> None:
    assert employer.messages() == ["flag.raised"]
    assert employer.items("/v1/referrals") == []
    released = decide(employer, "release", RELEASE)
    assert released["state"] == "released"
    assert (released["decided_by"], released["decided_on"]) == ("HR 7", TODAY)
    assert released["employee_informed_on"] == TODAY
    made = referral(employer)
    assert released["referral_id"] == made["id"]
    assert (made["state"], made["flags"]) == ("requested", [released["id"]])
    assert (made["employee_informed_on"], made["decision_reference"]) == (TODAY, None)
    assert made["history"][0]["party"] == "employer"
    assert employer.messages() == REFERRED


def test_a_release_says_when_the_employee_was_informed(employer: Employer) -> None:
    refused = refuse(employer, "release", {"released_by": "HR 7"})
    assert refused["code"] == "employee_not_informed"
    assert employer.messages() == ["flag.raised"]
    path = f"/v1/flags/{flag_id(employer)}/release"
    ahead = RELEASE | {"employee_informed_on": "2026-03-03"}
    refused = employer.refused(422, "POST", path, ahead)
    assert refused["errors"][0]["pointer"] == "#/employee_informed_on"
    assert employer.items("/v1/referrals") == []
    employer.ok("PATCH", "/v1/tenant", {"policy": {"require_informed": False}})
    assert decide(employer, "release", {"released_by": "HR 7"})["state"] == "released"


def test_a_release_repeated_is_answered_alike_and_changes_nothing(employer: Employer) -> None:
    first = decide(employer, "release", RELEASE)
    assert decide(employer, "release", RELEASE | {"released_by": "HR 8"}) == first
    assert len(employer.items("/v1/referrals")) == 1
    assert employer.messages() == REFERRED


def test_eight_people_who_release_at_once_make_one_referral(employer: Employer) -> None:
    path = f"/v1/flags/{flag_id(employer)}/release"
    together = threading.Barrier(8)

    def release(number: int) -> int:
        together.wait(timeout=30)
        body = RELEASE | {"released_by": f"HR {number}"}
        return int(employer("POST", path, body).status_code)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(release, range(8))) == {200}
    assert referral(employer)["state"] == "requested"
    assert employer.messages() == REFERRED


def test_an_objection_dismisses_an_open_flag_and_bars_its_release(employer: Employer) -> None:
    objected = decide(employer, "object", OBJECT)
    assert (objected["state"], objected["reason"]) == ("dismissed", "employee_objects")
    assert decide(employer, "object", OBJECT) == objected
    assert refuse(employer, "release", RELEASE)["code"] == "employee_objects"
    assert employer.items("/v1/referrals") == []
    assert employer.messages() == ["flag.raised"]


def test_an_objection_withdraws_a_referral_that_is_not_yet_booked(employer: Employer) -> None:
    decide(employer, "release", RELEASE)
    decide(employer, "object", OBJECT)
    made = referral(employer)
    assert (made["state"], made["history"][-1]["reason"]) == ("withdrawn", "employee_objects")
    assert employer.messages() == [*REFERRED, "referral.updated"]
    decide(employer, "object", OBJECT)
    assert employer.messages() == [*REFERRED, "referral.updated"]


def test_no_release_follows_an_objection_to_the_referral(employer: Employer) -> None:
    decide(employer, "release", RELEASE)
    decide(employer, "object", OBJECT)
    before = employer.messages()
    assert refuse(employer, "release", RELEASE)["code"] == "employee_objects"
    assert referral(employer)["state"] == "withdrawn"
    assert employer.messages() == before


def test_an_objection_to_an_accepted_referral_withdraws_it_too(service: Service) -> None:
    employer = service.employer(release="manual")
    provider_id = employer.provider()
    employer.batch(*map(event, FIVE))
    decide(employer, "release", RELEASE)
    provider = employer.key_for("provider", provider=provider_id)
    provider.ok("POST", f"/v1/referrals/{referral(employer)['id']}/accept", {})
    decide(employer, "object", OBJECT)
    assert referral(employer)["state"] == "withdrawn"


def test_a_dismissed_flag_stays_so_whatever_is_said_of_its_cause(employer: Employer) -> None:
    dismissed = decide(employer, "dismiss", DISMISS)
    assert (dismissed["state"], dismissed["reason"]) == ("dismissed", "no_need")
    assert (dismissed["decided_by"], dismissed["decided_on"]) == ("HR 7", TODAY)
    assert decide(employer, "dismiss", DISMISS | {"reason": "wrong_data"}) == dismissed
    refused = refuse(employer, "release", RELEASE)
    assert (refused["code"], refused["allowed"]) == ("invalid_transition", [])
    employer.post(event(TODAY, id="again"))
    cancelled = {"type": "absence.cancelled", "first_day": ..., "last_day": ...}
    employer.post(event(TODAY, **cancelled))
    employer.service.tick()
    assert employer.ok("GET", f"/v1/flags/{flag_id(employer)}")["state"] == "dismissed"
    assert employer.messages() == ["flag.raised"]


def test_what_a_state_does_not_allow_is_refused_with_what_it_does(employer: Employer) -> None:
    refused = refuse(employer, "handle", HANDLE)
    assert refused["code"] == "invalid_transition"
    assert refused["allowed"] == ["release", "object", "dismiss"]
    decide(employer, "release", RELEASE)
    refused = refuse(employer, "dismiss", DISMISS)
    assert (refused["code"], refused["allowed"]) == ("invalid_transition", ["object"])


def test_a_withdrawn_flag_can_neither_be_released_nor_dismissed(employer: Employer) -> None:
    cancelled = {"type": "absence.cancelled", "first_day": ..., "last_day": ...}
    employer.post(event(FIVE[0], occurred_on=TODAY, **cancelled))
    for verb, body in (("release", RELEASE), ("dismiss", DISMISS), ("object", OBJECT)):
        refused = refuse(employer, verb, body)
        assert (refused["code"], refused["allowed"]) == ("invalid_transition", [])
    assert employer.items("/v1/referrals") == []


def test_a_flag_of_a_rule_that_only_notifies_is_handled_and_never_released(
    service: Service,
) -> None:
    employer = service.employer(release="manual", preset="early-3-183")
    employer.batch(*map(event, FIVE[-3:]))
    refused = refuse(employer, "release", RELEASE, rule="early-3-183")
    assert (refused["code"], refused["allowed"]) == ("invalid_transition", ["handle", "dismiss"])
    path = f"/v1/flags/{flag_id(employer, 'early-3-183')}/handle"
    refused = employer.refused(422, "POST", path, HANDLE | {"handled_on": "2026-03-03"})
    assert refused["errors"][0]["pointer"] == "#/handled_on"
    handled = employer.ok("POST", path, HANDLE)
    assert (handled["state"], handled["reason"]) == ("handled", "talk_held")
    assert (handled["decided_by"], handled["decided_on"]) == ("Manager 12", TODAY)
    assert employer.ok("POST", path, HANDLE | {"outcome": "no_need"}) == handled
    assert employer.messages() == ["flag.raised"]


def test_a_flag_released_while_a_referral_is_open_is_attached_to_it(service: Service) -> None:
    employer = laddered(service)
    first = decide(employer, "release", RELEASE, "ladder-2")
    informed = {"employee_informed_on": SIXTH}
    second = decide(employer, "release", RELEASE | informed, "ladder-3")
    assert (second["state"], second["reason"]) == ("inhibited", "open_referral")
    made = referral(employer)
    assert second["referral_id"] == first["referral_id"] == made["id"]
    assert made["flags"] == [first["id"], second["id"]]
    assert made["service"] == "health_talk"
    assert employer.messages().count("referral.requested") == 1
    assert decide(employer, "release", RELEASE, "ladder-3") == second
    assert decide(employer, "handle", HANDLE, "ladder-1")["state"] == "handled"


def laddered(service: Service) -> Employer:
    """Six episodes under the ladder: flags of the third, the fifth and the sixth."""
    employer = service.employer(release="manual", preset="ladder")
    employer.batch(*map(event, FIVE))
    service.set_day(SIXTH)
    employer.post(event(SIXTH))
    assert [f["rule"] for f in employer.items("/v1/flags")] == ["ladder-1", "ladder-2", "ladder-3"]
    assert {flag["state"] for flag in employer.items("/v1/flags")} == {"open"}
    return employer


def test_an_attached_flag_takes_over_when_the_first_loses_its_cause(service: Service) -> None:
    employer = laddered(service)
    decide(employer, "release", RELEASE, "ladder-3")
    decide(employer, "release", RELEASE, "ladder-2")
    before = len(employer.messages())
    cancelled = {"type": "absence.cancelled", "first_day": ..., "last_day": ...}
    employer.post(event(SIXTH, **cancelled))
    states = {f["rule"]: f["state"] for f in employer.items("/v1/flags")}
    assert states == {"ladder-1": "open", "ladder-2": "released", "ladder-3": "withdrawn"}
    made = referral(employer)
    assert (made["state"], made["flags"]) == ("requested", [flag_id(employer, "ladder-2")])
    assert sorted(employer.messages()[before:]) == ["flag.withdrawn", "referral.basis_changed"]


def test_a_rule_may_ask_for_a_person_where_the_employer_releases_automatically(
    service: Service,
) -> None:
    employer = service.employer(preset=None)
    limit = {"measure": "episodes", "window": {"months": 12}, "op": "at_least", "value": 5}
    employer.rule({"id": "by-hand", "when": limit, "action": "refer", "release": "manual"})
    employer.batch(*map(event, FIVE))
    assert employer.messages() == ["flag.raised"]
    assert decide(employer, "release", RELEASE, "by-hand")["state"] == "released"
    assert referral(employer)["decision_reference"] == "KS 2026/17"


def test_a_rule_that_notifies_refers_nobody_under_automatic_release(service: Service) -> None:
    employer = service.employer(preset="early-3-183")
    employer.batch(*map(event, FIVE[-3:]))
    assert [flag["state"] for flag in employer.items("/v1/flags")] == ["open"]
    assert (employer.items("/v1/referrals"), employer.messages()) == ([], ["flag.raised"])
