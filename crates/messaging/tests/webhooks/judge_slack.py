"""Slack's SDK for Python: signs requests, and verifies them at a moment that stands still."""
import json
import sys

from slack_sdk.signature import SignatureVerifier


class Still:
    def __init__(self, seconds):
        self.seconds = seconds

    def now(self):
        return self.seconds


question = json.load(sys.stdin)
verifier = SignatureVerifier(question["secret"], Still(question["now"]))
answer = []
for call in question["calls"]:
    signature = verifier.generate_signature(timestamp=call["timestamp"], body=call["body"])
    headers = {"X-Slack-Request-Timestamp": call["timestamp"], "X-Slack-Signature": signature}
    is_valid = verifier.is_valid_request(call["body"], headers)
    answer.append({"signature": signature, "verifies": is_valid})
json.dump(answer, sys.stdout)
