"""Vonage's SDK for Python: verifies tokens, which are made here as its service makes them."""
import hashlib
import json
import sys

import jwt
from vonage_jwt import VonageVerifyJwtError, verify_signature


def made(call):
    claims = {"iss": "Vonage", "jti": "c5ba8f24", "api_key": "abcd1234", **call["claims"]}
    if call.get("hashes", True):
        claims["payload_hash"] = hashlib.sha256(call["body"].encode()).hexdigest()
    return jwt.encode(claims, call["secret"], algorithm=call.get("algorithm", "HS256"))


def verifies(token, secret):
    try:
        return verify_signature(token, secret)
    except VonageVerifyJwtError:
        return False


question = json.load(sys.stdin)
answer = []
for call in question["calls"]:
    token = made(call)
    answer.append({"token": token, "verifies": verifies(token, question["secret"])})
json.dump(answer, sys.stdout)
