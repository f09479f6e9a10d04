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
