"""A referral as a FHIR R4 Bundle: ServiceRequest and Task, with whom and between whom.

Pure: what a caller is shown of a referral goes in, and nothing that it is not shown can come out.
A view to read or to load elsewhere, not a second contract; after HL7 FHIR 4.0.1 and the Swedish
base profiles' systems of identifiers (hl7se.fhir.base 1.1.0), without claiming a profile. No code
for a health talk (hälsosamtal) was found in SNOMED CT, so the service's own stands beside
"Patient referral". What was found, or why somebody was ill, has no place here either.
"""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

Json = dict[str, Any]
OWN = "urn:x-omtanke"
"""Systems of our own identifiers and codes: `urn:x-omtanke:referral`, `...:state` and so on."""
SNOMED = "http://snomed.info/sct"
PERSONAL_NUMBER = "http://electronichealth.se/identifier/personnummer"
COORDINATION_NUMBER = "http://electronichealth.se/identifier/samordningsnummer"
ORGANISATION_NUMBER = "urn:oid:2.5.4.97"

PARTS = ("request", "task", "patient", "employer", "provider")
SERVICES = {
    "health_talk": "Hälsosamtal",
    "rehabilitation_investigation": "Rehabiliteringsutredning",
}
_REQUEST_STATUS = {
    "closed": "completed",
    "declined": "revoked",
    "declined_by_employee": "revoked",
    "withdrawn": "revoked",
}
_TASK_STATUS = {
    "requested": "requested",
    "accepted": "accepted",
    "closed": "completed",
    "declined": "rejected",
    "declined_by_employee": "cancelled",
    "withdrawn": "cancelled",
}


def bundle(shown: Mapping[str, Any], *, employer: str, provider: Any = None) -> Json:
    """The Bundle of a referral as one party is shown it (`app.showing.show_referral`).

    `employer`: the employer's name; `provider`: the row of the provider it is addressed to.
    """
    urls = {part: _url(shown["id"], part) for part in PARTS}
    resources = {
        "request": _request(shown, urls, provider),
        "task": _task(shown, urls, provider),
        "patient": _patient(shown),
        "employer": {"resourceType": "Organization", "name": employer},
    }
    if provider is not None:
        resources["provider"] = _provider(provider)
    entries = [{"fullUrl": urls[part], "resource": one} for part, one in resources.items()]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _url(referral_id: str, part: str) -> str:
    """The same at every reading, so that who loads it twice can tell."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{OWN}:{referral_id}/{part}')}"


def _request(shown: Mapping[str, Any], urls: Mapping[str, str], provider: Any) -> Json:
    service = shown["service"]
    request: Json = {
        "resourceType": "ServiceRequest",
        "identifier": [_identifier("referral", shown["id"])],
        "status": _REQUEST_STATUS.get(shown["state"], "active"),
        "intent": "order",
        "code": {
            "coding": [
                _coding("service", service, SERVICES[service]),
                {"system": SNOMED, "code": "3457005", "display": "Patient referral"},
            ],
            "text": SERVICES[service],
        },
        "subject": {"reference": urls["patient"]},
        "authoredOn": shown["requested_at"].isoformat(),
        "requester": {"reference": urls["employer"]},
        "reasonCode": [{"coding": [_coding("reason", _reason(shown))]}],
    }
    if shown["decision_reference"]:
        decision = _identifier("decision", shown["decision_reference"])
        request["identifier"].append({"use": "secondary", **decision})
    if shown["talk"]:
        request["occurrenceDateTime"] = shown["talk"]["starts_at"].isoformat()
    if provider is not None:
        request["performer"] = [{"reference": urls["provider"]}]
    return request


def _task(shown: Mapping[str, Any], urls: Mapping[str, str], provider: Any) -> Json:
    """Where it stands, as the reader may know: `in_progress` covers what is the provider's own."""
    task: Json = {
        "resourceType": "Task",
        "status": _TASK_STATUS.get(shown["state"], "in-progress"),
        "businessStatus": {"coding": [_coding("state", shown["state"])]},
        "intent": "order",
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]
        },
        "focus": {"reference": urls["request"]},
        "for": {"reference": urls["patient"]},
        "authoredOn": shown["requested_at"].isoformat(),
        "requester": {"reference": urls["employer"]},
    }
    if provider is not None:
        task["owner"] = {"reference": urls["provider"]}
    if shown["due_on"]:
        task["restriction"] = {"period": {"end": shown["due_on"].isoformat()}}
    return task


def _patient(shown: Mapping[str, Any]) -> Json:
    """The pseudonymous id; name, number and contact where the reader is shown them."""
    patient: Json = {
        "resourceType": "Patient",
        "identifier": [_identifier("employee", shown["employee_id"])],
    }
    if number := shown["personal_number"]:
        system = COORDINATION_NUMBER if int(number[6:8]) >= 60 else PERSONAL_NUMBER
        patient["identifier"].append({"system": system, "value": number})
    contact = shown["contact"] or {}
    if contact.get("name"):
        patient["name"] = [{"text": contact["name"]}]
    telecom = [
        {"system": member, "value": contact[member]}
        for member in ("phone", "email")
        if contact.get(member)
    ]
    return {**patient, **({"telecom": telecom} if telecom else {})}


def _provider(row: Any) -> Json:
    provider: Json = {
        "resourceType": "Organization",
        "identifier": [_identifier("provider", row.provider_id)],
        "name": row.name,
    }
    if row.org_number:
        number = {"system": ORGANISATION_NUMBER, "value": row.org_number}
        provider["identifier"].append(number)
    return provider


def _reason(shown: Mapping[str, Any]) -> str:
    """What it rests on, no finer than that: a rule of the employer's, or somebody's wish."""
    return f"wish_of_{shown['wish_of']}" if shown["wish_of"] else "repeated_absence"


def _identifier(kind: str, value: str) -> Json:
    return {"system": f"{OWN}:{kind}", "value": value}


def _coding(kind: str, code: str, display: str | None = None) -> Json:
    return {"system": f"{OWN}:{kind}", "code": code, **({"display": display} if display else {})}
