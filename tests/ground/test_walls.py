"""The walls between and within the packages stand, and each has been seen to stop what it is there to stop."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BROKEN = [
    ("identity/ledger.py", "import tellusonce", "the packages, downward"),
    ("adapters/contract.py", "import identity", "the packages, downward"),
    ("tellusonce/models/__init__.py", "import config", "the packages, downward"),
    ("adapters/contract.py", "import django", "adapters are plain Python"),
    ("adapters/egress.py", "import celery", "adapters are plain Python"),
    ("tellusonce/reports.py", "import lxml", "only adapters build, parse and send"),
    ("identity/clients.py", "import aiohttp", "only adapters build, parse and send"),
    ("tellusonce/tasks.py", "import deploy.servers", "deploy starts processes"),
    ("deploy/servers.py", "import identity.vault", "deploy knows the service"),
    ("config/logs.py", "import config.celery", "config, downward"),
    ("tellusonce/models/__init__.py", "import tellusonce.reports", "tellusonce, downward"),
    ("tellusonce/helpers.py", "", "tellusonce, downward"),
    ("identity/models.py", "import identity.clients", "identity, downward"),
    ("identity/utils.py", "", "identity, downward"),
    ("adapters/contract.py", "import adapters.rest", "adapters, downward"),
    ("adapters/common.py", "", "adapters, downward"),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the packages."""
    copy = tmp_path_factory.mktemp("house")
    for package in ("adapters", "config", "deploy", "identity", "tellusonce"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def verdicts(house: Path) -> dict[str, str]:
    """Give KEPT or BROKEN by contract."""
    lint = [Path(sys.executable).with_name("lint-imports")]
    said = subprocess.run(lint, cwd=house, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(house)})
    lines = [line.rsplit(" ", 1) for line in said.stdout.splitlines() if line.endswith((" KEPT", " BROKEN"))]
    assert lines, said.stdout + said.stderr
    return {words[0]: words[1] for words in lines}


def test_every_wall_stands(house: Path) -> None:
    assert set(verdicts(house).values()) == {"KEPT"}


@pytest.mark.parametrize(("file", "line", "contract"), BROKEN)
def test_what_crosses_a_wall_is_stopped(house: Path, file: str, line: str, contract: str) -> None:
    path = house / file
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        broken = [name for name, verdict in verdicts(house).items() if verdict == "BROKEN"]
    finally:
        path.write_text(before) if before is not None else path.unlink()
    assert [name for name in broken if name.startswith(contract)]


def test_every_contract_has_been_broken_on_purpose(house: Path) -> None:
    contracts = [contract for _, _, contract in BROKEN]
    assert all(name.startswith(tuple(contracts)) for name in verdicts(house))
