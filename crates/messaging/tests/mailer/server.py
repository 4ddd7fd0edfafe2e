"""A mail server (aiosmtpd) that wants TLS and a password, refuses some, and makes some wait.

Arguments: certificate, key. It prints its port, then each mail it took as a line of JSON.
"""

import asyncio
import email
import email.policy
import json
import os
import socket
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Handler:
    def __init__(self):
        self.seen = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("grey@") and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 greylisted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        evidence = [part.get_content() for part in mail.iter_attachments()]
        print(json.dumps({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "header_to": mail["to"],
            "subject": mail["subject"],
            "id": mail["message-id"],
            "names": [part.get_filename() for part in mail.iter_attachments()],
            "kinds": [part.get_content_type() for part in mail.iter_attachments()],
            "body": mail.get_body(("plain",)).get_content(),
            "evidence": [e.decode() if isinstance(e, bytes) else e for e in evidence],
            "encrypted": session.ssl is not None,
            "ascii": envelope.content.isascii(),
        }), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"unhook", b"right")
    return AuthResult(success=right, handled=False)


async def serve():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    handler = Handler()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="localhost", tls_context=context, require_starttls=True,
                     authenticator=authenticate, auth_required=True),
        host="localhost", port=0, family=socket.AF_INET,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    # Not in order: it would wait for connections that a client left open.
    os._exit(0)


asyncio.run(serve())
