"""Telnyx's SDK for Python: verifies webhooks, signed here with the key pair of a seed."""
import base64
import json
import sys
from unittest import mock

from nacl.signing import SigningKey
from telnyx import Telnyx
from telnyx.lib.webhook_verification import WebhookVerificationError


def verifies(client, now, body, headers):
    with mock.patch("time.time", return_value=now):
        try:
            client.webhooks.unwrap(body, headers=headers)
            return True
        except WebhookVerificationError:
            return False


question = json.load(sys.stdin)
key = SigningKey(bytes.fromhex(question["seed"]))
public = base64.b64encode(bytes(key.verify_key)).decode()
client = Telnyx(api_key="none", public_key=public)
answer = {"public": public, "calls": []}
for call in question["calls"]:
    signed = f"{call['timestamp']}|{call['body']}".encode()
    signature = base64.b64encode(key.sign(signed).signature).decode()
    headers = {"Telnyx-Signature-Ed25519": signature, "Telnyx-Timestamp": call["timestamp"]}
    sent = call.get("sent", call["body"])
    is_good = verifies(client, question["now"], sent, headers)
    answer["calls"].append({"signature": signature, "verifies": is_good})
json.dump(answer, sys.stdout)
