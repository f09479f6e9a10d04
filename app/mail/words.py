"""What a mail says: that something waits, how much of it at most, and where to look.

Pure. Never whom it concerns, what it is, or in which unit: a mail is read on lock screens, over
shoulders and by those who stand in. Nobody is urged, and nobody is blamed.
"""

from dataclasses import dataclass
from typing import Literal

Language = Literal["sv", "en"]


@dataclass(frozen=True, slots=True)
class Wording:
    """One language. `one` and `many` tell of something new, `still_*` of what was told before."""

    subject: str
    subject_again: str
    greeting: str
    one: str
    many: str
    still_one: str
    still_many: str
    some_still: str
    why_so_little: str
    closing: str
    automatic: str


SWEDISH = Wording(
    subject="Något väntar på dig i Omtanke",
    subject_again="Påminnelse: något väntar på dig i Omtanke",
    greeting="Hej!",
    one="I Omtanke finns något som väntar på dig.",
    many="I Omtanke finns saker som väntar på dig, som mest {waiting}.",
    still_one="I Omtanke finns något som har väntat på dig ett tag.",
    still_many="I Omtanke finns saker som har väntat på dig ett tag, som mest {waiting}.",
    some_still="Av dem har som mest {again} väntat ett tag.",
    why_so_little="Av omtanke om den det gäller står det inte här vad det är. "
    "Du ser det när du har loggat in:",
    closing="En tidig fråga kan betyda mycket. Är det redan omhändertaget behöver du inte göra "
    "något.",
    automatic="Det här meddelandet skickas automatiskt, och svar på det läses inte.",
)
ENGLISH = Wording(
    subject="Something is waiting for you in Omtanke",
    subject_again="Reminder: something is waiting for you in Omtanke",
    greeting="Hello,",
    one="Something is waiting for you in Omtanke.",
    many="Some things are waiting for you in Omtanke, {waiting} at most.",
    still_one="Something has been waiting for you in Omtanke for a while.",
    still_many="Some things have been waiting for you in Omtanke for a while, {waiting} at most.",
    some_still="Of these, {again} at most have been waiting for a while.",
    why_so_little="Out of care for whoever it concerns, this message does not say what it is. "
    "You will see it once you have signed in:",
    closing="An early question can mean a lot. If it has been seen to already, there is nothing "
    "you need to do.",
    automatic="This message is sent automatically, and replies to it are not read.",
)
WORDINGS: dict[Language, Wording] = {"sv": SWEDISH, "en": ENGLISH}


def say(language: Language, *, waiting: int, again: int, link: str) -> tuple[str, str]:
    """Subject and body. `waiting`: how many things at most, `again` of them told before."""
    words = WORDINGS[language]
    subject = words.subject_again if again >= waiting else words.subject
    paragraphs = (
        words.greeting,
        _what_waits(words, waiting, again),
        words.why_so_little,
        link,
        words.closing,
        words.automatic,
    )
    return subject, "\n\n".join(paragraphs) + "\n"


def _what_waits(words: Wording, waiting: int, again: int) -> str:
    if again >= waiting:
        said = words.still_one if waiting == 1 else words.still_many
        return said.format(waiting=waiting)
    said = (words.one if waiting == 1 else words.many).format(waiting=waiting)
    return f"{said} {words.some_still.format(again=again)}" if again else said
