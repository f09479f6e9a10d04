"""Why a decision is not carried out."""

from app.core.errors import Conflict


class InvalidTransition(Conflict):
    """The object's state does not allow the move; `allowed` names those it does."""

    code = "invalid_transition"
    detail = "The state of the object does not allow this; see allowed."


class EmployeeNotInformed(Conflict):
    """The policy wants to know when the employee was informed."""

    code = "employee_not_informed"
    detail = "The employer's policy asks for employee_informed_on before a release."


class EmployeeObjects(Conflict):
    """The employee has objected."""

    code = "employee_objects"
    detail = "The employee has objected; nothing is sent."


class NoProvider(Conflict):
    """The provider named is not one that can take this referral."""

    code = "no_provider"
    detail = "The provider named does not serve this unit and service now."


class ProviderMovesItself(Conflict):
    """The employer would record for a provider that has a key, and so can move by itself."""

    code = "provider_moves_itself"
    detail = "The provider records its own moves on this referral; nobody may in its place."


class ReferralOpen(Conflict):
    """The employee has an open referral; there is one at a time."""

    code = "referral_open"
    detail = "The employee has an open referral already."


class NotEmployed(Conflict):
    """The employment is over."""

    code = "not_employed"
    detail = "The employment is over, or has not begun."


class CaseClosed(Conflict):
    """The referral has ended: nothing more is planned in it."""

    code = "case_closed"
    detail = "The referral has ended."


class ConsentNeeded(Conflict):
    """What would show that the employee came to a talk needs the employee's consent."""

    code = "feedback_consent_needed"
    detail = (
        "Until the employee consents to feedback this is the provider's to record; "
        "the answer is the same whatever has happened."
    )


class ObjectionWindowOpen(Conflict):
    """The employee still has time to object."""

    code = "objection_window_open"
    detail = "The employee has been informed and may still object; see until."


class NotYet(Conflict):
    """The meeting lies on a day to come."""

    code = "not_yet"
    detail = "The meeting lies on a day to come."


class SecondPersonNeeded(Conflict):
    """Four eyes: a second person has to decide it as well."""

    code = "second_person_needed"
    detail = "The employer's policy wants two different persons; name the other one too."
