"""What `lobby doctor` understands. Light: imported at every start."""

from __future__ import annotations

from server.arguments import add_data
from shared.arguments import Commands, Run, add_language


def add(commands: Commands, run: Run) -> None:
    """Add it to the commands of `lobby`; `run` carries it out."""
    doctor = commands.add_parser(
        "doctor", help="look for what is wrong, or soon will be, and say what to do"
    )
    add_data(doctor)
    doctor.add_argument(
        "--everything",
        action="store_true",
        help="read the whole journal and all logs, however large: takes long",
    )
    add_language(doctor)
    doctor.add_argument("--json", action="store_true", help="one JSON object, for programs")
    doctor.set_defaults(run=run, order="doctor")
