"""Twilio's SDK for Python: signs requests, or sends texts, as asked on standard input."""
import json
import sys

from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client


class Parameters(dict):
    """Parameters of which a name may have several values, as web frameworks give them."""

    def getlist(self, name):
        return self[name]


def sign(request):
    validator = RequestValidator(request["token"])
    url, body = request["url"], request.get("body")
    if body is not None:
        join = "&" if "?" in url else "?"
        url += join + "bodySHA256=" + validator.compute_hash(body)
        parameters = body
        signature = validator.compute_signature(url, {}, request.get("algorithm"))
    else:
        parameters = Parameters()
        for name, value in request["parameters"]:
            parameters.setdefault(name, []).append(value)
        signature = validator.compute_signature(url, parameters, request.get("algorithm"))
    if not validator.validate(url, parameters, signature, request.get("algorithm")):
        raise SystemExit("the SDK refuses its own signature")
    return {"url": url, "signature": signature}


def send(request):
    client = Client(request["sid"], request["token"])
    client.api.base_url = request["api"]
    results = []
    for text in request["texts"]:
        try:
            message = client.messages.create(**text)
            results.append({"sid": message.sid, "status": message.status})
        except TwilioRestException as error:
            results.append({"status": error.status, "code": error.code})
        except Exception as error:
            results.append({"broken": type(error).__name__})
    return results


question = json.load(sys.stdin)
if "sign" in question:
    answer = [sign(request) for request in question["sign"]]
else:
    answer = send(question["send"])
json.dump(answer, sys.stdout)
