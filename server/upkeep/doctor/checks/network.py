"""Can terminals and phones reach the server, by a way that nobody can read along?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from server.config import FILES_BESIDES, is_loopback
from server.upkeep.doctor.findings import Finding, found
from server.upkeep.doctor.folder import Folder
from server.upkeep.doctor.machine import Machine

WHY_NOT: Final[Mapping[str, str]] = {
    "unreachable": "channel_unreachable",
    "no_answer": "channel_silent",
    "not_trusted": "channel_not_trusted",
    "password_refused": "channel_password_refused",
    "mail_server_refused": "channel_refused",
}
"""What is found where a channel does not let us in, by the channel's own word for it."""


def listening(folder: Folder, _machine: Machine) -> list[Finding]:
    """Beyond this machine there should be encryption."""
    config = folder.config
    plain = not (config.tls or is_loopback(config.listen.host))
    return [found("listening_plain", host=config.listen.host)] if plain else []


def public_url(folder: Folder, machine: Machine) -> list[Finding]:
    """Where customers' phones find their ticket."""
    url = folder.config.public_url
    if not url:
        return [found("public_url_unset", file=folder.path / "lobby.toml")]
    return [
        *([found("public_url_plain", url=url)] if not url.startswith("https://") else []),
        *(
            [found("public_url_unreachable", url=url, reason=machine.public)]
            if machine.public
            else []
        ),
    ]


def channels(_folder: Folder, machine: Machine) -> list[Finding] | None:
    """Whether customers can be told of their appointments; nothing where nobody is to be."""
    if not machine.channels:
        return None
    return [
        found(WHY_NOT[one.reason], section=f"[{one.section}]", address=one.address)
        for one in machine.channels
        if one.reason
    ]


def server(folder: Folder, machine: Machine) -> list[Finding] | None:
    """What the running server says of itself."""
    listen, answer = folder.config.listen, machine.answer
    address = f"{listen.host}:{listen.port}"
    if answer is not None and answer.is_lobby:
        stopped = [found("branch_stopped", branch=branch) for branch in answer.those("stopped")]
        full = [found("branch_read_only", branch=branch) for branch in answer.those("read_only")]
        return stopped + full
    if machine.server is not None:
        return [found("server_silent", pid=machine.server, address=address)]
    return [found("port_taken", address=address)] if answer else None


def open_files(folder: Folder, machine: Machine) -> list[Finding]:
    """Every connection takes an open file, and systems grant few of them unless asked."""
    connections, files = folder.config.connections_max, machine.files_max
    few = files < connections + FILES_BESIDES
    wanted = connections + FILES_BESIDES
    return [found("files_few", files=files, connections=connections, wanted=wanted)] if few else []
