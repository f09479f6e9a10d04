"""The guided tour: sick reports come in, and help is offered, taken and followed up to the end.

    python3 dev.py demo           tell the story, then keep running until Ctrl-C
    python3 dev.py demo --once    end after the story; not with 0 if a step did not happen

Starts the service on a fresh SQLite database in a temporary folder, and examples/receiver.py twice:
as the occupational-health company (företagshälsovård, FHV) and as the employer's own HR system.
Nothing leaves this machine, everybody in the story is made up, and all of it is gone afterwards.
"""

import argparse
import json
import signal
import sys
import time as clock
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx
from lxml import html
from stage import Failed, Json, Stage, expect, free_port

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NOW = datetime.now(ZoneInfo("Europe/Stockholm")).replace(microsecond=0)
TODAY = NOW.date()
KIM = {"name": "Kim Exempel", "phone": "070-174 06 05"}
TEST_NUMBER = "19121212-1212"
"""One of the personal numbers that Skatteverket publishes for tests."""


@dataclass(frozen=True)
class Case:
    """What the second half of the story is about."""

    provider_id: str
    provider_key: str
    employee_id: str
    flag_id: str
    referral_id: str

    @property
    def path(self) -> str:
        return f"/v1/referrals/{self.referral_id}"


# The story


def tell_story(stage: Stage) -> None:
    stage.heading("The service starts, with nothing but a SQLite file")
    port = free_port(preferred=8000)
    stage.start("service", "-m", "app.cli", "serve", "--port", str(port))
    stage.http.base_url = httpx.URL(f"http://127.0.0.1:{port}")
    stage.wait_for("the service to be ready", stage.is_ready)

    stage.heading("An employer, with the rule of Orust municipality and an HR system that listens")
    decided = ["--release", "automatic", "--decision-reference", "KS 2026/123"]
    made = stage.cli("tenant", "create", "--name", "Exempelkommun", "--preset", "orust", *decided)
    tenant, stage.key = made["tenant_id"], made["api_key"]
    [rule] = stage.call("GET", "/v1/rules")["items"]
    stage.show({"rule": rule["rule"], "words": rule["words"]})
    listen(stage, "hr")

    stage.heading("An occupational-health company (FHV), with a key and a webhook endpoint")
    provider_id, provider_key = take_on_provider(stage)

    stage.heading("The payroll system's file of the past year, as history: nothing is sent")
    take_in_history(stage, tenant, rule["id"])

    stage.heading("Live: employee 1001 is ill a fourth time and, weeks later, today, a fifth")
    employee = describe_employee(stage)
    flag = explain(stage, report_sick(stage))
    case = Case(provider_id, provider_key, employee, flag["id"], flag["referral_id"])

    stage.heading("The referral arrives, signed; the FHV verifies it, answers, and accepts")
    receive_referral(stage, case)
    stage.heading("On paper: a letter to hand over at work, and the referral to print")
    print_pages(stage, case)
    stage.heading("The talk: held, and the FHV's secret until the employee agrees to feedback")
    hold_talk(stage, case)
    stage.heading("A three-party talk: employee, manager and FHV")
    meet(stage, case)
    stage.heading("An action plan, adopted by both and followed up until the case is closed")
    carry_out_plan(stage, case)
    stage.heading("The grant that pays half (arbetsplatsinriktat rehabiliteringsstöd)")
    enter_cost(stage, case)
    stage.heading("What each side was told, every message signed and verified")
    compare_messages(stage)


def listen(stage: Stage, name: str, *, calls_with: str = "", **bound_to: str) -> None:
    """Start a receiver for a new endpoint; with a key it also acts, as the provider does."""
    port = free_port()
    endpoint = {"url": f"http://127.0.0.1:{port}/omtanke", **bound_to}
    made = stage.show(stage.call("POST", "/v1/webhook-endpoints", endpoint), "id", "secret")
    secrets = {"OMTANKE_WEBHOOK_SECRET": made["secret"], "OMTANKE_KEY": calls_with}
    api = ["--api", str(stage.http.base_url).rstrip("/")] if calls_with else []
    stage.start(name, "examples/receiver.py", "--port", str(port), *api, secrets=secrets)
    stage.heard("listening", by=name)


def take_on_provider(stage: Stage) -> tuple[str, str]:
    company = {"name": "Exempelhälsan", "grant_approved": True}
    provider_id = str(stage.show(stage.call("POST", "/v1/providers", company), "id")["id"])
    wanted = {"name": "fhv", "scopes": ["provider"], "provider_id": provider_id}
    made = stage.show(stage.call("POST", "/v1/api-keys", wanted), "scopes", "api_key")
    key = str(made["api_key"])
    listen(stage, "fhv", calls_with=key, provider_id=provider_id)
    return provider_id, key


def take_in_history(stage: Stage, tenant: str, rule_id: str) -> None:
    file = stage.folder / "payroll.xml"
    file.write_text(payroll_file(), "utf-8")
    task = ["--tenant", tenant, "--format", "paxml", "--source", "payroll"]
    yesterday = str(TODAY - timedelta(days=1))
    report = stage.cli("import", str(file), *task, "--history-through", yesterday)
    expect(report["created"] == 10 and report["flags"] == 0, "ten absences came in silently")
    stage.say("Employee 1002 is above the limit already: listed, for people to look at.")
    standing = stage.show(stage.call("GET", f"/v1/rules/{rule_id}/standing"), "items")
    expect(len(standing["items"]) == 1, "one employee is above the limit")


def describe_employee(stage: Stage) -> str:
    """Kept encrypted, and returned to nobody but the FHV of an open referral."""
    known = {"employee": "1001", "contact": KIM, "personal_number": TEST_NUMBER}
    found = stage.show(stage.call("PUT", "/v1/employees", known))
    expect(KIM["name"] not in json.dumps(found), "the employer gets no contact back")
    return str(found["id"])


def report_sick(stage: Stage) -> str:
    ill, well = weeks_ago(5, weekday=2), weeks_ago(5, weekday=3)
    stage.post("reported", absence="A-4", at=morning(ill), first_day=str(ill))
    stage.post("ended", absence="A-4", at=morning(well), well_from=str(well))
    fifth = stage.post("reported", absence="A-5", at=NOW, first_day=str(TODAY))
    expect(len(fifth["flags"]) == 1, "the fifth episode raised a flag")
    stage.say("The same event again, as after a lost answer, changes nothing:")
    again = stage.post("reported", absence="A-5", at=NOW, first_day=str(TODAY))
    expect(again["status"] == "duplicate" and not again["flags"], "a repeat changed nothing")
    return str(fifth["flags"][0])


def explain(stage: Stage, flag_id: str) -> Json:
    stage.heading("Why: every flag explains itself, in Swedish and in English")
    flag = stage.call("GET", f"/v1/flags/{flag_id}")
    episodes = [episode["first_day"] for episode in flag["trace"]["comparisons"][0]["counted"]]
    named = {name: flag[name] for name in ("rule", "on", "state")}
    stage.show(named | {"episodes": episodes, "words": flag["trace"]["words"]})
    return flag


def receive_referral(stage: Stage, case: Case) -> None:
    for event in ("received", "fetched", "accepted"):
        stage.say(f"fhv: {json.dumps(stage.heard(event))}")
    delivery = stage.wait_for("the deliveries to be recorded", lambda: delivered(stage))
    stage.show(delivery, "type", "message_id", "state", "attempts_made")
    both_see(stage, case, "accepted", "in_progress", "contact", "personal_number")


def delivered(stage: Stage) -> Json | None:
    """One of the two of `referral.requested`, once both have been recorded."""
    items = stage.http.get("/v1/deliveries", headers=stage.bearer()).json()["items"]
    found = [one for one in items if one["type"] == "referral.requested"]
    return found[0] if all(one["state"] == "delivered" for one in found) else None


def both_see(stage: Stage, case: Case, fhv: str, employer: str, *names: str) -> None:
    """Both ask for the referral, and each sees what is theirs to see."""
    parties = (("the FHV", case.provider_key, fhv), ("the employer", stage.key, employer))
    for who, key, state in parties:
        stage.say(f"As {who}:")
        found = stage.show(stage.call("GET", case.path, key=key), "state", *names)
        expect(found["state"] == state, f"{who} sees {state}")
        expect(key != stage.key or found["contact"] is None, "contact is the FHV's alone")


def print_pages(stage: Stage, case: Case) -> None:
    path = f"/v1/flags/{case.flag_id}/letter"
    letter = html.fromstring(stage.page("letter-sv", path))
    [title] = letter.xpath("//h1/text()")
    days, [who_sees, *_] = (
        letter.xpath("//ul[@class='dates']/li/text()"),
        letter.xpath("//main/ul[not(@class)]/li"),
    )
    stage.show({"title": title, "days": days, "who_sees_what": who_sees.text_content()})
    stage.page("letter-en", f"{path}?language=en")
    stage.say("The referral: with lines to fill in by hand for the employer, and the person")
    stage.say("filled in for the FHV.")
    lines = stage.page("referral-employer", f"{case.path}/print")
    filled = stage.page("referral-fhv", f"{case.path}/print", key=case.provider_key)
    expect(KIM["name"] in filled and KIM["name"] not in lines, "only the FHV's names somebody")


def hold_talk(stage: Stage, case: Case) -> None:
    key = case.provider_key
    booked = {"starts_at": this_moment(), "mode": "on_site"}
    stage.show(stage.call("POST", f"{case.path}/book", booked, key=key), "state")
    held: Json = {"recommend_three_party": True}
    stage.show(stage.call("POST", f"{case.path}/complete", held, key=key), "state")
    both_see(stage, case, "talk_held", "in_progress")
    stage.say("The employee agrees to feedback, and the FHV says so:")
    agreed = held | {"feedback_consent_on": str(TODAY)}
    stage.show(stage.call("POST", f"{case.path}/complete", agreed, key=key), "state")
    both_see(stage, case, "talk_held", "talk_held")


def meet(stage: Stage, case: Case) -> None:
    planned = {
        "kind": "three_party",
        "employee_id": case.employee_id,
        "referral_id": case.referral_id,
        "starts_at": this_moment(),
        "consent": {"given_on": str(TODAY)},
    }
    made = stage.show(stage.call("POST", "/v1/meetings", planned), "id", "participants", "state")
    stage.say("Its guide is a checklist: which points were taken up, never what was said.")
    guide = stage.call("GET", "/v1/guides/three_party")["points"]
    stage.show({"guide": [point["en"] for point in guide[:3]] + ["..."]})
    taken_up = {"points": [point["code"] for point in guide]}
    stage.show(stage.call("POST", f"/v1/meetings/{made['id']}/hold", taken_up), "state")
    both_see(stage, case, "three_party_held", "three_party_held")


def carry_out_plan(stage: Stage, case: Case) -> None:
    soon = str(TODAY + timedelta(days=14))
    codes = ("adapted_tasks", "regular_talks_with_manager")
    measures = [{"code": code, "responsible": "manager", "due_on": soon} for code in codes]
    draft = {"referral_id": case.referral_id, "measures": measures}
    path = f"/v1/plans/{stage.show(stage.call('POST', '/v1/plans', draft), 'id', 'state')['id']}"
    both = {"employer_adopted_on": str(TODAY), "employee_adopted_on": str(TODAY)}
    plan = stage.show(stage.call("POST", f"{path}/adopt", both), "state", "follow_ups")
    stage.say("Months pass, here in a moment: the measures are carried out and followed up.")
    done = {"done_on": str(TODAY)}
    for number, _ in enumerate(plan["measures"], 1):
        stage.call("POST", f"{path}/measures/{number}/done", done)
    for follow_up in plan["follow_ups"]:
        found = done | {"work_status": "back_in_work"}
        plan = stage.call("POST", f"{path}/follow-ups/{follow_up['number']}/done", found)
    stage.show(plan, "state")
    expect(plan["state"] == "done", "the plan is done")
    both_see(stage, case, "closed", "closed", "outcome")


def enter_cost(stage: Stage, case: Case) -> None:
    bought = {
        "employee_id": case.employee_id,
        "referral_id": case.referral_id,
        "provider_id": case.provider_id,
        "kind": "investigation",
        "performed_on": str(TODAY),
        "paid_on": str(TODAY),
        "amount": "6250.00",
    }
    stage.show(stage.call("POST", "/v1/grants", bought), "id", "amount")
    ledger = stage.call("GET", f"/v1/reports/grants?year={TODAY.year}")
    [row] = ledger["services"]
    stage.show({"grant": row["grant"], "deadline": ledger["deadline"]})
    lacks = [lack["words"]["en"] for lack in row["lacks"]]
    stage.say(f"Still lacking before the application, {len(lacks)} things. The first: {lacks[0]}")
    expect(row["grant"] == "3125.00", "half of the cost comes back")


def compare_messages(stage: Stage) -> None:
    for name in ("fhv", "hr"):
        stage.heard("received", by=name, type="referral.updated", state="closed")
        told = stage.lines(name, "received")
        expect(all(one["verified"] for one in told), "every signature was right")
        said = [f"{one['type']} {one.get('state', '')}".rstrip() for one in told]
        stage.say(f"{name}: {', '.join(said)}")
    states = {one.get("state") for one in stage.lines("hr", "received")}
    expect("booked" not in states, "the employer was never told of a booking")


# Days and files


def this_moment() -> str:
    return datetime.now(NOW.tzinfo).replace(microsecond=0).isoformat()


def weeks_ago(weeks: int, weekday: int) -> date:
    """A weekday (0 = Monday) some weeks back, whatever day is today.

    Episodes that are weeks apart never join: there is always a working day between them.
    """
    return TODAY - timedelta(days=TODAY.weekday() - weekday, weeks=weeks)


def morning(day: date) -> datetime:
    return datetime.combine(day, time(6, 58), NOW.tzinfo)


def payroll_file() -> str:
    """PAXml: three sick days of 1001, six of 1002, a week of 1003, and two other rows."""
    rows = [pay_row("1001", "SJK", weeks_ago(weeks, weekday=1)) for weeks in (40, 27, 14)]
    rows += [pay_row("1002", "SJK", weeks_ago(weeks, weekday=3)) for weeks in range(8, 44, 6)]
    rows += [pay_row("1003", "SJK", weeks_ago(20, weekday=0), weeks_ago(20, weekday=4))]
    rows += [pay_row("1003", "VAB", weeks_ago(11, weekday=2))]  # care of a child: passed over
    rows += ['<tidtrans anstid="1004"><tidkod>SJK</tidkod></tidtrans>']  # no day: reported
    return (
        "<paxml><header><version>2.0</version>"
        f"<datum>{morning(TODAY - timedelta(days=1)).isoformat()}</datum></header>"
        f"<tidtransaktioner>{''.join(rows)}</tidtransaktioner></paxml>"
    )


def pay_row(employee: str, code: str, first: date, last: date | None = None) -> str:
    ranged = f"<datumfrom>{first}</datumfrom><datumtom>{last}</datumtom>"
    days = ranged if last else f"<datum>{first}</datum>"
    return f'<tidtrans anstid="{employee}"><tidkod>{code}</tidkod>{days}</tidtrans>'


def stay_open(stage: Stage) -> None:
    print(f"\nThe service keeps running: {stage.http.base_url.join('/docs')}")
    print(f"To try calls there, press Authorize and give it this key: {stage.key}")
    print(f"The pages to print are in {stage.folder}.")
    print("Ctrl-C stops everything and removes all of it.")
    while True:
        clock.sleep(0.2)
        stage.check_processes()


def main() -> int:
    options = argparse.ArgumentParser(description="The guided tour of Omtanke.")
    options.add_argument("--once", action="store_true", help="end after the story")
    once = options.parse_args().once
    sys.stdout.reconfigure(line_buffering=True, errors="replace")  # type: ignore[union-attr]
    for number in SIGNALS:
        signal.signal(number, interrupt)
    told = False
    with ExitStack() as stack:
        stage = Stage(stack)
        began = clock.monotonic()
        try:
            tell_story(stage)
            told = True
            print(f"\nThat is the whole story, in {clock.monotonic() - began:.0f} seconds.")
            if not once:
                stay_open(stage)
        except Failed as failure:
            told = False
            print(f"\nThe demo failed: {failure}{stage.last_words()}", file=sys.stderr)
        except KeyboardInterrupt:
            print("\nStopping.")
        for number in SIGNALS:  # one is enough: the rest is a clean stop
            signal.signal(number, signal.SIG_IGN)
    return 0 if told else 1


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
