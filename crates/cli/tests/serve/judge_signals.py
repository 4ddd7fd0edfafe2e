"""PyJWT believes signed events by the keys that were published, and says what is in them."""

import json
import sys

import jwt

question = json.load(sys.stdin)
keys = {key["kid"]: jwt.PyJWK(key) for key in question["keys"]["keys"]}
events = []
for jti, token in question["sets"].items():
    header = jwt.get_unverified_header(token)
    assert header["typ"] == "secevent+jwt", header
    claims = jwt.decode(
        token,
        keys[header["kid"]],
        algorithms=["ES256"],
        audience=question["audience"],
        issuer=question["issuer"],
    )
    assert claims["jti"] == jti, claims
    [uri] = claims["events"]
    events.append([uri.rsplit("/", 1)[1], claims["sub_id"]["email"]])
print(json.dumps(sorted(events)))
