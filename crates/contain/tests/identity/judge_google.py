"""Google's client for Python does to a stand-in what our connector does, and says what it saw."""

import json
import sys

import google_auth_httplib2
import httplib2
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

QUESTION = json.load(sys.stdin)
SCOPES = [
    "https://www.googleapis.com/auth/admin.directory.user",
    "https://www.googleapis.com/auth/admin.directory.user.security",
    "https://www.googleapis.com/auth/admin.reports.audit.readonly",
]

credentials = service_account.Credentials.from_service_account_info(
    json.loads(QUESTION["key_file"]), scopes=SCOPES, subject=QUESTION["admin"]
)
http = google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http(timeout=20))
options = {"api_endpoint": QUESTION["url"]}


def api(name, version):
    return build(
        "admin", version, http=http, static_discovery=True, client_options=options, cache_discovery=False
    )


directory, reports = api("admin", "directory_v1"), api("admin", "reports_v1")
users = directory.users()
user = users.get(userKey=QUESTION["login"]).execute()
said = {"id": user["id"]}
try:
    users.get(userKey="nobody@acme.example").execute()
except HttpError as error:
    said["missing"] = error.resp.status

key = user["id"]
users.signOut(userKey=key).execute()
users.patch(userKey=key, body={"suspended": True}).execute()
users.patch(userKey=key, body={"changePasswordAtNextLogin": True}).execute()
for token in directory.tokens().list(userKey=key).execute()["items"]:
    directory.tokens().delete(userKey=key, clientId=token["clientId"]).execute()
for password in directory.asps().list(userKey=key).execute()["items"]:
    if int(password["creationTime"]) * 1000 >= QUESTION["lure"]:
        directory.asps().delete(userKey=key, codeId=password["codeId"]).execute()

activities, request = [], reports.activities().list(userKey="all", applicationName="login")
while request is not None:
    page = request.execute()
    activities += page.get("items", [])
    request = reports.activities().list_next(request, page)
said["logs"] = len(activities)
said["first"] = activities[0]["events"][0]["name"]
print(json.dumps(said))
