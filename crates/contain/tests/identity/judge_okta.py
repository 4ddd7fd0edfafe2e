"""Okta's SDK for Python does to a stand-in what our connector does, and says what it saw."""

import asyncio
import json
import sys
from datetime import datetime, timezone

from okta.client import Client
from okta.pagination import PaginationHelper


async def main(question):
    client = Client({"orgUrl": question["url"], "token": question["token"], "rateLimit": {"maxRetries": 0}})
    user, _, error = await client.get_user(question["login"])
    assert error is None, error
    said = {"id": user.id}
    _, response, error = await client.get_user("nobody@acme.example")
    assert error is not None
    said["missing"] = getattr(error, "status", None) or getattr(error, "status_code", None)
    lure = datetime.fromtimestamp(question["lure"] / 1000, timezone.utc)

    _, _, error = (await client.revoke_user_sessions(user.id, oauth_tokens=True) + (None,))[:3]
    assert error is None, error
    result = await client.suspend_user(user.id)
    assert result[-1] is None, result
    result = await client.unsuspend_user(user.id)
    assert result[-1] is None, result
    factors, _, error = await client.list_factors(user.id)
    assert error is None, error
    for factor in factors:
        if factor.created >= lure:
            result = await client.unenroll_factor(user.id, factor.id)
            assert result[-1] is None, result
    devices, _, error = await client.list_user_devices(user.id)
    assert error is None, error
    for entry in devices:
        if entry.created >= lure:
            result = await client.deactivate_device(entry.device.id)
            assert result[-1] is None, result
    _, _, error = await client.expire_password(user.id)
    assert error is None, error

    events, after = [], None
    while True:
        page, response, error = await client.list_log_events(
            since="2022-07-20T00:00:00Z", until="2030-01-01T00:00:00Z", limit=2, after=after
        )
        assert error is None, error
        events += page
        after = PaginationHelper.extract_next_cursor(response.headers)
        if after is None:
            break
    said["logs"] = len(events)
    said["first"] = events[0].outcome.reason
    print(json.dumps(said))


asyncio.run(main(json.load(sys.stdin)))
