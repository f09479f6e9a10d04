"""Names of fields that would say why somebody is ill, however they are written."""

import pytest

from app.privacy.fields import FORBIDDEN, WHY, is_forbidden


class TestIsForbidden:
    @pytest.mark.parametrize(
        "name",
        [
            *("diagnosis", "diagnos", "icd", "cause", "orsak", "reason_text", "comment"),
            *("Diagnosis", "DIAGNOSIS", "diagnosis-code", "diagnosisCode", "ICD-10", "icd_10"),
            *("icd 11", "reasonText", "reason.text", "sjukdomsorsak", "Sjukdoms-Orsak"),
            *("free_text", "FreeText", "fri-text", "symptoms", "notes", "anteckning", "kommentar"),
        ],
    )
    def test_holds_for_a_cause_in_any_spelling(self, name: str):
        assert is_forbidden(name)

    @pytest.mark.parametrize(
        "name",
        [
            *("reason", "kind", "outcome", "absence", "extent", "first_day", "id", "source"),
            *("decision_reference", "service", "rule", "", "_", "å", "causeway", "notebook_id"),
        ],
    )
    def test_does_not_hold_for_codes_and_keys(self, name: str):
        assert not is_forbidden(name)

    def test_knows_each_name_in_the_form_it_compares(self):
        assert [n for n in FORBIDDEN if n != "".join(c for c in n.lower() if c.isalnum())] == []
        assert all(map(is_forbidden, FORBIDDEN))


def test_the_sentence_says_why():
    assert "never taken" in WHY
    assert "pattern" in WHY
