"""Backtests from the command line: the same counts, and nothing stored."""

import json
from pathlib import Path
from xml.etree import ElementTree

from app.backtests.run import work_on_backtests
from app.ops.backtests import in_tables
from tests.flow.test_backtests import FIFTH, THIRD, YEAR, told
from tests.kit import Service, settings_for
from tests.process import Site


def test_counts_as_the_service_does(sqlite_url: str, tmp_path: Path) -> None:
    rules, drawing = tmp_path / "rules.json", tmp_path / "sweep.svg"
    rules.write_text(json.dumps([FIFTH, THIRD]), "utf-8")
    period = ["--from", YEAR["from"], "--to", YEAR["to"]]
    with Service(settings_for(sqlite_url)) as service, Site(sqlite_url, tmp_path) as site:
        service.set_now()
        employer = service.employer(preset=None)
        told(employer)
        options = ["--rules", str(rules), *period, "--sweep", "--svg", str(drawing)]
        found = site.cli("backtest", *options)
        assert employer.items("/v1/backtests") == []
        asked = {"rules": [FIFTH, THIRD], **YEAR, "sweep": {}}
        begun = employer.ok("POST", "/v1/backtests", asked)
        work_on_backtests(service.ctx)
        result = employer.ok("GET", f"/v1/backtests/{begun['id']}")["counts"]
    del result["hidden_units"]
    assert found == result
    assert ElementTree.parse(drawing).getroot().tag.endswith("svg")


def test_compares_a_document_with_a_stored_version(sqlite_url: str, tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(THIRD), "utf-8")
    period = ["--from", YEAR["from"], "--to", YEAR["to"]]
    with Service(settings_for(sqlite_url)) as service, Site(sqlite_url, tmp_path) as site:
        service.set_now()
        employer = service.employer(preset=None)
        told(employer)
        employer.ok("POST", "/v1/rules", FIFTH | {"id": THIRD["id"]})
        options = ["backtest", "--rules", str(rules), *period, "--compare-to"]
        change = site.cli(*options, "1")["change"]
        asked = {"rules": [THIRD], **YEAR, "compare_to": 1}
        begun = employer.ok("POST", "/v1/backtests", asked)
        work_on_backtests(service.ctx)
        result = employer.ok("GET", f"/v1/backtests/{begun['id']}")["counts"]
    assert change == result["change"]
    assert change["newly_flagged"] + change["unchanged"] > 0
    assert "unchanged" in in_tables(result)
