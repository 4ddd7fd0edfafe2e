"""Cloudflare's SDK for Python does to a stand-in what our push does, and says what it saw."""

import json
import sys

import cloudflare


def refused(call):
    try:
        call()
    except cloudflare.APIStatusError as error:
        return error.status_code
    return None


question = json.load(sys.stdin)
account, at = question["account"], question["list"]
client = cloudflare.Cloudflare(api_token=question["token"], base_url=question["url"], max_retries=0)
lists = client.zero_trust.gateway.lists


def values():
    return sorted(item.value for item in lists.items.list(at, account_id=account))


said = {"before": values()}
append = [{"value": value, "description": "from the SDK"} for value in question["append"]]
lists.edit(at, account_id=account, append=append, remove=said["before"])
said["after"] = values()
said["description"] = next(iter(lists.items.list(at, account_id=account, per_page=1))).description
head = lists.get(at, account_id=account)
said["count"], said["type"] = int(head.count), head.type
said["untaken"] = refused(lambda: lists.edit(at, account_id=account, append=[{"value": question["untaken"]}]))
said["twice"] = refused(lambda: lists.edit(at, account_id=account, append=append[:1]))
said["missing"] = refused(lambda: lists.get("0" * 32, account_id=account))
stranger = client.with_options(api_token="another")
said["stranger"] = refused(lambda: stranger.zero_trust.gateway.lists.get(at, account_id=account))
print(json.dumps(said))
