"""What every command has in common when it cannot go on."""

from __future__ import annotations

import signal
import subprocess
import sys

from tests import cluster


def test_ctrl_c_is_one_line_and_exit_code_130():
    command = subprocess.Popen(
        [
            *(sys.executable, "manage.py", "shell", "--verbosity", "0"),
            *("-c", "import time; print('ready', flush=True); time.sleep(60)"),
        ],
        cwd=cluster.ROOT,
        env=cluster.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert command.stdout is not None
    assert command.stdout.readline() == "ready\n"

    command.send_signal(signal.SIGINT)
    _, errors = command.communicate(timeout=30)

    assert command.returncode == 130
    assert errors == "\nprodobit: interrupted.\n"


def test_a_question_that_nobody_can_answer_is_exit_code_4(project, database_url):
    catalog = project.folder / "database" / "models" / "catalog.py"
    source = catalog.read_text()
    catalog.write_text(
        source.replace("price = models", "amount = models").replace("Q(price__", "Q(amount__")
    )

    result = project.run("makemigrations", DATABASE_URL=database_url, DEBUG="true")

    assert result.code == 4
    assert result.stderr == (
        "\nprodobit: a question was asked, and no terminal is there to answer.\n"
    )
    assert [path.name for path in project.folder.glob("database/migrations/0006*")] == []


def test_output_that_nobody_reads_ends_in_one_line():
    command = subprocess.Popen(
        [
            *(sys.executable, "manage.py", "shell", "--verbosity", "0"),
            *("-c", "import sys\nfor _ in range(9): sys.stdout.write('x' * 99999)"),
        ],
        cwd=cluster.ROOT,
        env=cluster.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert command.stdout is not None
    assert command.stdout.read(1) == "x"

    command.stdout.close()
    assert command.stderr is not None
    with command.stderr as stream:
        errors = stream.read()

    assert command.wait(timeout=30) == 1
    assert errors == "prodobit: stopped, as nobody reads the output any more.\n"
