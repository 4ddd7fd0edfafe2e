"""Microsoft's SDK for Python does to a stand-in what our connector does, and says what it saw."""

import asyncio
import json
import sys
from datetime import datetime, timezone

from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.password_profile import PasswordProfile
from msgraph.generated.models.user import User

QUESTION = json.load(sys.stdin)


class Given(AccessTokenProvider):
    async def get_authorization_token(self, uri, additional_authentication_context=None):
        return QUESTION["token"]

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


async def main():
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Given()))
    adapter.base_url = QUESTION["url"]
    client = GraphServiceClient(request_adapter=adapter)
    lure = datetime.fromtimestamp(QUESTION["lure"] / 1000, timezone.utc)
    user = await client.users.by_user_id(QUESTION["login"]).get()
    said = {"id": user.id}
    try:
        await client.users.by_user_id("nobody@acme.example").get()
    except ODataError as error:
        said["missing"] = error.error.code
    sam = client.users.by_user_id(user.id)

    revoked = await sam.revoke_sign_in_sessions.post()
    assert revoked.value is True
    await sam.patch(User(account_enabled=False))
    await sam.patch(User(password_profile=PasswordProfile(force_change_password_next_sign_in=True)))

    methods, page = [], sam.authentication.methods
    while True:
        answer = await page.get()
        methods += answer.value
        if not answer.odata_next_link:
            break
        page = sam.authentication.methods.with_url(answer.odata_next_link)
    for method in methods:
        created = getattr(method, "created_date_time", None)
        if method.odata_type.endswith("microsoftAuthenticatorAuthenticationMethod") and created >= lure:
            at = sam.authentication.microsoft_authenticator_methods
            await at.by_microsoft_authenticator_authentication_method_id(method.id).delete()
    devices = await sam.registered_devices.get()
    for device in devices.value:
        if device.registration_date_time >= lure:
            await client.devices.by_device_id(device.id).delete()

    logs, page = [], client.audit_logs.sign_ins
    while True:
        answer = await page.get()
        logs += answer.value
        if not answer.odata_next_link:
            break
        page = client.audit_logs.sign_ins.with_url(answer.odata_next_link)
    said["logs"] = len(logs)
    said["first"] = logs[0].status.error_code
    print(json.dumps(said))


asyncio.run(main())
