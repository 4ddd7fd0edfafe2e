"""A receiver of shared signals: subscribes, polls, verifies with PyJWT, acknowledges."""

import json
import sys
import urllib.error
import urllib.request

import jwt

question = json.load(sys.stdin)
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(method, url, body=None, token=question["token"]):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with opener.open(request, timeout=20) as response:
            text = response.read()
            return response.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, None


_, found = ask("GET", question["issuer"] + "/.well-known/ssf-configuration")
_, keys = ask("GET", found["jwks_uri"])
keys = {key["kid"]: jwt.PyJWK(key) for key in keys["keys"]}
if question["make"]:
    status, stream = ask(
        "POST",
        found["configuration_endpoint"],
        {
            "delivery": {"method": "urn:ietf:rfc:8936"},
            "events_requested": [
                "https://schemas.openid.net/secevent/caep/event-type/session-revoked",
                "https://schemas.openid.net/secevent/caep/event-type/credential-change",
                "https://schemas.openid.net/secevent/caep/event-type/assurance-level-change",
            ],
        },
    )
    assert status == 201, status
    status, _ = ask("POST", found["verification_endpoint"], {"stream_id": stream["stream_id"], "state": "s1"})
    assert status == 204, status
_, [stream] = ask("GET", found["configuration_endpoint"])
assert stream["iss"] == found["issuer"] == question["issuer"]

events, ack = [], []
while True:
    _, page = ask("POST", stream["delivery"]["endpoint_url"], {"maxEvents": 2, "returnImmediately": True, "ack": ack})
    ack = list(page["sets"])
    for jti, token in page["sets"].items():
        header = jwt.get_unverified_header(token)
        assert header["typ"] == "secevent+jwt", header
        claims = jwt.decode(
            token, keys[header["kid"]], algorithms=["ES256"], audience=stream["aud"], issuer=found["issuer"]
        )
        assert claims["jti"] == jti and "sub" not in claims and "exp" not in claims, claims
        [(uri, body)] = claims["events"].items()
        events.append([uri.rsplit("/", 1)[1], claims["sub_id"], body])
    if not ack and not page["moreAvailable"]:
        break
status, _ = ask("GET", stream["delivery"]["endpoint_url"].replace("poll", "streams"), token="x" * 30)
print(json.dumps({"events": events, "stranger": status}))
