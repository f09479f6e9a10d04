"""The command line: `python -m app.cli COMMAND`. Every command takes `--json` for machines."""

import argparse
import base64
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import ValidationError
from tqdm import tqdm

from app import worker
from app.absences.holidays import swedish_holidays
from app.access.principal import SCOPES, fits_provider
from app.access.settings import TenantSettings
from app.core.clock import SystemClock, local_date
from app.core.crypt import BadKeyRing
from app.core.db import Database
from app.core.errors import AppError, InvalidInput
from app.core.logs import configure_logs
from app.core.settings import Settings
from app.core.strict_json import parse_json
from app.flags.rehearsal import rehearse_case
from app.imports.job import Job
from app.imports.task import FORMATS, MODES, Task, names_a_source
from app.imports.words import of_file
from app.intake.mappings import Mapping
from app.intake.rows import UnreadableFile
from app.main import create_app
from app.migrate import is_current, migrate
from app.openapi import as_yaml
from app.ops import backtests as backtesting
from app.ops.admin import create_key, create_tenant
from app.ops.imports import Interrupted, import_file, write_errors
from app.ops.patience import patient
from app.ops.start import make_context, settle_memory, take_short_turns
from app.privacy.redact import validated
from app.rules.cases import evaluate_case
from app.rules.presets import PRESETS
from app.rules.written import as_file
from app.simulate import command as simulating
from app.simulate.run import simulate

OPENAPI_FILE = Path(__file__).parent.parent / "openapi.yaml"
RULE_SCHEMA_FILE = Path(__file__).parent.parent / "docs" / "rule-document.schema.json"
GRACE_S = 20
_NO_SECRETS = f"none:{base64.b64encode(bytes(32)).decode()}"
"""A key ring for a process that keeps no secrets."""


class Refused(Exception):
    """The command cannot be carried out; the message says why, without data."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 when it did what it was asked."""
    given = _parser().parse_args(arguments)
    configure_logs()
    try:
        code: int = given.run(given)
    except Refused as error:
        return _fail(str(error))
    except AppError as error:
        return _fail(f"{error.code}: {error.detail}")
    except (ValidationError, BadKeyRing) as error:
        return _fail(_settings_trouble(error))
    except BrokenPipeError:
        # Whoever read the answer has had enough of it; what was asked for is done all the same.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _fail(words: str) -> int:
    print(words, file=sys.stderr)
    return 2


def _settings_trouble(error: Exception) -> str:
    """Which settings are wrong, without their values."""
    if isinstance(error, ValidationError):
        env = "OMTANKE_" if error.title == Settings.__name__ else ""
        places = [str(found["loc"][0]) for found in error.errors() if found["loc"]]
        named = ", ".join(env + place.upper() if env else place for place in places)
        return f"Not valid: {named or error.errors()[0]['type']}."
    return f"{error}"


@contextmanager
def _context() -> Any:
    """A context on a database that has the newest schema."""
    ctx = make_context(Settings())
    # An import or a backtest makes many things that stay for long: looking them over costs a fifth.
    settle_memory()
    take_short_turns()
    try:
        with ctx.database.read() as conn:
            if not is_current(conn):
                raise Refused("The database has not the newest schema: run `migrate` first.")
        yield ctx
    finally:
        ctx.database.close()


def _say(given: argparse.Namespace, answer: dict[str, Any], words: str) -> int:
    print(json.dumps(answer) if given.json else words, flush=True)
    return 0


def _serve(given: argparse.Namespace) -> int:
    settings = Settings()
    database = Database(settings)
    if settings.on_sqlite:
        migrate(database)
    with database.read() as conn:
        if not is_current(conn):
            raise Refused("The database has not the newest schema: run `migrate` first.")
    database.close()
    # On PostgreSQL any number of `worker` processes tick and deliver instead.
    app = create_app(settings, background=settings.on_sqlite)
    settle_memory()
    take_short_turns()
    uvicorn.run(
        app,
        host=given.host,
        port=given.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        proxy_headers=False,
        http=patient(settings.body_timeout_s),
    )
    return 0


def _worker(_: argparse.Namespace) -> int:
    with _context():
        pass
    worker.run(Settings())
    return 0


def _migrate(given: argparse.Namespace) -> int:
    database = Database(Settings())
    migrate(database)
    database.close()
    return _say(given, {"status": "current"}, "The database has the newest schema.")


def _create_tenant(given: argparse.Namespace) -> int:
    settings = TenantSettings(release=given.release, decision_reference=given.decision_reference)
    with _context() as ctx:
        tenant_id, key = create_tenant(
            ctx, name=given.name, settings=settings, preset=given.preset, live_from=given.live_from
        )
    answer = {"tenant_id": tenant_id, "api_key": key}
    return _say(given, answer, f"tenant {tenant_id}\nadmin key, shown this once: {key}")


def _create_key(given: argparse.Namespace) -> int:
    scopes = given.scopes.split(",")
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise Refused(f"{len(unknown)} unknown scope(s); there are: {', '.join(SCOPES)}")
    if not fits_provider(scopes, given.provider):
        raise Refused("The scope provider stands alone and goes with --provider.")
    with _context() as ctx:
        key = create_key(ctx, given.tenant, scopes, provider_id=given.provider, name=given.name)
    return _say(given, {"api_key": key}, f"key, shown this once: {key}")


def _import(given: argparse.Namespace) -> int:
    """Take in a file; Ctrl-C leaves it to be carried on with by the same command.

    1 if there were rows and none of them could be used.
    """
    task = Task(
        given.format,
        given.source,
        given.history_through,
        history=given.history,
        mode=given.mode,
        mapping=_mapping_file(given.mapping),
        dry_run=given.dry_run,
    )
    if task.format == "csv" and task.mapping is None:
        raise Refused("A CSV file needs --mapping FILE.")
    if task.source is not None and not names_a_source(task.source):
        raise Refused("The name of a source has 1 to 200 characters on one line.")
    try:
        with (
            _context() as ctx,
            Path(given.file).open("rb") as stream,
            Path(given.errors).open("wb") if given.errors else nullcontext() as listed,
            _bar(given) as told,
        ):

            def tell(job: Job) -> None:
                told(job.progress, rows=job.counts["rows"])

            report = import_file(ctx, given.tenant, stream, task, tell)
            if listed:
                write_errors(ctx, given.tenant, report.import_id, listed)
    except UnreadableFile as error:
        raise Refused(f"The file cannot be read: {error.code}. {of_file(error.code)}") from error
    except OSError as error:
        raise Refused(f"The file cannot be opened: {error.strerror}.") from error
    except Interrupted as error:
        raise Refused("Taken over by another; the same command shows how it ended.") from error
    except KeyboardInterrupt:
        raise Refused("Stopped; the same command carries on where it stands.") from None
    _say(given, report.to_json(), report.in_words())
    return 1 if report.useless else 0


def _mapping_file(name: str | None) -> Mapping | None:
    """A mapping document from a file."""
    if name is None:
        return None
    try:
        return validated(Mapping, parse_json(Path(name).read_bytes()))
    except InvalidInput as error:
        raise Refused(f"The mapping is not valid: {_places(error)}.") from error
    except OSError as error:
        raise Refused(f"The mapping cannot be opened: {error.strerror}.") from error


@contextmanager
def _bar(given: argparse.Namespace) -> Iterator[Callable[..., None]]:
    """A bar on the terminal, told how far it is (0 to 1); nothing where nobody watches."""
    watched = sys.stderr.isatty() and not given.json
    with tqdm(total=100, unit="%", disable=not watched, leave=False) as bar:

        def told(progress: float, **figures: int) -> None:
            bar.set_postfix(figures, refresh=False)
            bar.update(round(100 * progress, 1) - bar.n)

        yield told


def _backtest(given: argparse.Namespace) -> int:
    """What the rules in a file would have said of everybody; nothing is stored."""
    try:
        asked = backtesting.asked_for(given)
        with _context() as ctx, _bar(given) as told:
            found = backtesting.backtest(ctx, given.tenant, asked, told)
        if given.svg and found.drawing:
            Path(given.svg).write_text(found.drawing, "utf-8")
    except InvalidInput as error:
        raise Refused(f"The rules cannot be tried: {_places(error)}.") from error
    except OSError as error:
        raise Refused(f"A file cannot be opened: {error.strerror}.") from error
    return _say(given, found.result, backtesting.in_tables(found.result))


def _places(error: InvalidInput) -> str:
    return ", ".join(f"{found.pointer} {found.code}" for found in error.errors)


def _simulate(given: argparse.Namespace) -> int:
    """Write a made-up population's absences; 1 if a figure lies outside its published range."""
    today = local_date(SystemClock().now(), "Europe/Stockholm")
    try:
        with _bar(given) as told:
            simulation, files = simulating.asked_for(given, today)
            report = simulate(simulation, files, holidays=swedish_holidays(), told=told)
    except OSError as error:
        raise Refused(f"A file cannot be written: {error.strerror}.") from error
    _say(given, report.to_json(), report.words())
    return 1 if report.missed else 0


def _evaluate(given: argparse.Namespace) -> int:
    """Cases in, the same document with results out; with --check, compared with `expect`."""
    documents, differing = _case_documents(given.files), []
    for case in (case for document in documents for case in document["cases"]):
        try:
            case["result"] = rehearse_case(case) if "steps" in case else evaluate_case(case)
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(
                f"A case is not in the form of the worked cases: {case['id']}."
            ) from error
        if given.check and case["result"] != case.get("expect"):
            differing.append(case["id"])
    if given.check:
        total = sum(len(document["cases"]) for document in documents)
        words = [f"{total - len(differing)} of {total} cases as expected."]
        words += [f"differs: {case_id}" for case_id in differing]
        _say(given, {"cases": total, "differing": differing}, "\n".join(words))
        return 1 if differing else 0
    for document in documents:
        print(json.dumps(document, ensure_ascii=False, indent=1))
    return 0


def _case_documents(names: Sequence[str]) -> list[dict[str, Any]]:
    try:
        texts = [Path(name).read_text("utf-8") for name in names] or [sys.stdin.read()]
        documents = [json.loads(text) for text in texts]
        if all("id" in case for document in documents for case in document["cases"]):
            return documents
    except OSError as error:
        raise Refused(f"A file cannot be opened: {error.strerror}.") from error
    except (KeyError, TypeError, ValueError):
        pass
    raise Refused('Not a document of cases: {"cases": [{"id": ..., ...}]}.')


def _openapi(given: argparse.Namespace) -> int:
    """Write openapi.yaml and the schema of rules, or with --check say whether they are current."""
    nowhere = Settings(database_url="sqlite:///:memory:", secret_keys=_NO_SECRETS)
    generated = {
        OPENAPI_FILE: as_yaml(create_app(nowhere, background=False)),
        RULE_SCHEMA_FILE: as_file(),
    }
    names = " and ".join(path.name for path in generated)
    if not given.check:
        for path, text in generated.items():
            path.write_text(text, "utf-8")
        return _say(given, {"status": "written"}, f"{names} written.")
    same = all(p.exists() and p.read_text("utf-8") == text for p, text in generated.items())
    words = f"{names} are as generated." if same else f"{names} differ: run `openapi`."
    _say(given, {"status": "same" if same else "differs"}, words)
    return 0 if same else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m app.cli", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], words: str) -> Any:
        added = commands.add_parser(name, help=words, description=words)
        added.add_argument("--json", action="store_true", help="answer in JSON")
        added.set_defaults(run=run)
        return added

    serve = command("serve", _serve, "Serve the API; on SQLite tick and deliver, too.")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    command("worker", _worker, "Tick and deliver, for PostgreSQL.")
    command("migrate", _migrate, "Bring the database to the newest schema.")
    _add_setup(commands, command)
    evaluate = command("evaluate", _evaluate, "Compute worked cases, without a database.")
    evaluate.add_argument("files", nargs="*", metavar="FILE")
    evaluate.add_argument("--check", action="store_true", help="compare with what is expected")
    _add_import(command)
    backtesting.add_options(command("backtest", _backtest, backtesting.WORDS))
    simulating.add_options(command("simulate", _simulate, simulating.WORDS))
    openapi = command("openapi", _openapi, "Write openapi.yaml and the JSON Schema of rules.")
    openapi.add_argument("--check", action="store_true", help="only say whether it is current")
    return parser


def _add_setup(commands: Any, command: Callable[..., Any]) -> None:
    del command
    for noun in ("tenant", "key"):
        own = commands.add_parser(noun, help=f"Set up a {noun}.")
        verbs = own.add_subparsers(required=True, metavar="create")
        create = verbs.add_parser("create", help=f"Make a {noun}.")
        create.add_argument("--json", action="store_true", help="answer in JSON")
        if noun == "tenant":
            create.set_defaults(run=_create_tenant)
            create.add_argument("--name", required=True)
            create.add_argument("--release", required=True, choices=["automatic", "manual"])
            create.add_argument("--decision-reference")
            create.add_argument("--preset", choices=sorted(PRESETS))
            create.add_argument("--live-from", type=date.fromisoformat, metavar="DATE")
        else:
            create.set_defaults(run=_create_key)
            create.add_argument("--tenant", required=True)
            create.add_argument("--scopes", required=True, metavar="A,B")
            create.add_argument("--provider")
            create.add_argument("--name", default="made on the command line")


def _add_import(command: Callable[..., Any]) -> None:
    taken = command("import", _import, "Take in a file of events.")
    taken.add_argument("file", metavar="FILE")
    taken.add_argument("--tenant", required=True)
    taken.add_argument("--format", required=True, choices=FORMATS)
    taken.add_argument("--source", help="of a PAXml file; NDJSON rows name their own")
    taken.add_argument("--mode", choices=MODES, help="default: what the file asks for")
    taken.add_argument("--history", action="store_true", help="history through yesterday")
    taken.add_argument("--history-through", type=date.fromisoformat, metavar="DATE")
    taken.add_argument("--mapping", metavar="FILE", help="how its columns and codes are to be read")
    taken.add_argument("--dry-run", action="store_true", help="say what would be stored")
    taken.add_argument("--errors", metavar="FILE.csv", help="write what was wrong with which rows")


if __name__ == "__main__":
    sys.exit(main())
