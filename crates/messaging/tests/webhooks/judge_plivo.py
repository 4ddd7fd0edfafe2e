"""Plivo's SDK for Python: validates signatures, and reads what its XML builder would write."""
import base64
import json
import sys

from plivo import plivoxml
from plivo.utils import validate_v3_signature
from plivo.utils.signature_v3 import construct_post_url, get_signature_v3


def parameters(call):
    given = {}
    for name, value in call["parameters"]:
        given.setdefault(name, []).append(value)
    return {name: v[0] if len(v) == 1 else v for name, v in given.items()}


def validate(call):
    token = call["token"].encode()
    signed = construct_post_url(call["url"], parameters(call)).decode()
    signature = get_signature_v3(token, signed, call["nonce"].encode()).decode()
    asked = call.get("signature", signature)
    is_good = validate_v3_signature(
        "POST", call["url"], call["nonce"], call["token"], asked, parameters(call)
    )
    return {"signature": signature, "validates": is_good}


def answer(message):
    response = plivoxml.ResponseElement()
    response.add(
        plivoxml.MessageElement(message["text"], src=message["src"], dst=message["dst"], type="sms")
    )
    return response.to_string(pretty=False)


question = json.load(sys.stdin)
json.dump(
    {
        "calls": [validate(call) for call in question.get("calls", [])],
        "answers": [answer(message) for message in question.get("answers", [])],
    },
    sys.stdout,
)
