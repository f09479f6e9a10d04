"""Two worlds lived through and compared: what the employer of each could obtain."""

from collections.abc import Sequence

from tests.kit import Service
from tests.receiver import Receiver
from tests.secrecy.names import first_difference
from tests.secrecy.twins import Case, Side, Twins, every_day

WHERE_CASES_ARE = ("/v1/referrals", "/v1/meetings", "/v1/flags", "/v1/plans")


def lived(service: Service, receiver: Receiver, cases: Sequence[Case]) -> Twins:
    """Both worlds after all their days, looked at on the way and wholly at the end."""
    twins = Twins(service, receiver, cases)
    twins.pass_days(every_day("2026-03-03", "2026-03-11"))
    twins.look(*WHERE_CASES_ARE)
    twins.pass_days(every_day("2026-03-12", "2026-04-09"))
    service.deliver(rounds=1000)
    twins.look(*WHERE_CASES_ARE, "/calendars")
    twins.pass_days(every_day("2026-04-10", "2026-04-25"))
    service.deliver(rounds=1000)
    twins.look()
    return twins


def lived_briefly(
    service: Service, receiver: Receiver, cases: Sequence[Case], last: str = "2026-03-25"
) -> Twins:
    """The same for a few people in a few weeks, looked at without filters and at the end alone."""
    twins = Twins(service, receiver, cases)
    twins.pass_days(every_day("2026-03-03", last))
    service.deliver(rounds=1000)
    twins.look("/")
    return twins


def differences(twins: Twins) -> dict[str, str]:
    """By channel, the first difference between what the two employers could obtain."""
    one, other = twins.sides
    found = {
        "answers": first_difference(one.looker.seen, other.looker.seen),
        "messages": first_difference(one.told(), other.told()),
        "webhooks": first_difference(one.received("own", "few"), other.received("own", "few")),
        "mails": first_difference(one.mails(), other.mails()),
    }
    return {channel: where for channel, where in found.items() if where}


def assert_same(twins: Twins) -> None:
    """The employer of the one world cannot know in which of the two it is."""
    found = differences(twins)
    assert not found, "\n".join(f"{channel}: {where}" for channel, where in found.items())


def everything(side: Side) -> str:
    """All that an employer could obtain, in one string."""
    return "\n".join([*side.looker.seen, *side.told(), *side.received("own", "few"), *side.mails()])
