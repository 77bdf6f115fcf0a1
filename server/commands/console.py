"""Operators take callers who agreed to talk with a person.

  warmline console                                 who waits, on this machine
  warmline console take ID                         you are there for this caller now
  warmline console refuse ID
  warmline console --url https://host --set handoff.secret=TOKEN

The server runs with --set handoff.by=console and the same handoff.secret. Nothing of what callers said is shown.
"""

from __future__ import annotations

import argparse
import json

import httpx

from warmline.server.commands.common import add_settings, settings_of
from warmline.speech.runtime.errors import BackendError, UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("list", "take", "refuse"), default="list", help="what to do")
    parser.add_argument("id", nargs="?", metavar="ID", help="of the caller, as the list shows it")
    parser.add_argument("--url", metavar="URL", help="the server (default: server.host and server.port)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_settings(parser)


def run(args: argparse.Namespace, transport: httpx.BaseTransport | None = None) -> int:
    settings = settings_of(args)
    if not settings.handoff.secret:
        raise UsageError("set the token that the server has: --set handoff.secret=TOKEN")
    if args.action != "list" and not args.id:
        raise UsageError(f"whom? warmline console {args.action} ID")
    url = args.url or f"http://{settings.server.host}:{settings.server.port}"
    path = "" if args.action == "list" else f"/{args.id}/{args.action}"
    headers = {"authorization": f"Bearer {settings.handoff.secret}"}
    try:
        with httpx.Client(timeout=10.0, transport=transport) as client:
            method = "GET" if args.action == "list" else "POST"
            response = client.request(method, f"{url.rstrip('/')}/v1/console{path}", headers=headers)
            body = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise BackendError(f"no console at {url}: does the server run with handoff.by=console?") from error
    if response.status_code != 200:
        raise UsageError(str(body.get("error", "the console refused")))
    print(json.dumps(body) if args.json else _told(body))
    return 0


def _told(body: dict[str, object]) -> str:
    waiting = body.get("waiting")
    if not isinstance(waiting, list):
        return str(body.get("status", ""))
    rows = [
        f"{one['id']}  level {one['level']}  {one['language']}  {one['country'] or '?'}  {one['summary']}"
        for one in waiting
    ]
    return "\n".join(rows) if rows else "nobody waits"
