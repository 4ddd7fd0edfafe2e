"""scim2-tester looks whether what we take for a SCIM server is one, through what stands before it."""

import json
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

question = json.load(sys.stdin)
headers = {"Authorization": f"Bearer {question['token']}"}
client = Client(base_url=question["url"], headers=headers, trust_env=False)
results = check_server(SyncSCIMClient(client), resource_types=["User"])
wrong = (Status.ERROR, Status.CRITICAL)
failed = [f"{result.title}: {result.reason}" for result in results if result.status in wrong]
passed = sum(result.status == Status.SUCCESS for result in results)
print(json.dumps({"passed": passed, "failed": failed}))
