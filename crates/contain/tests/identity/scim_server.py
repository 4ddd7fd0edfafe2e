"""Runs scim2-server on a port that is free, says which, and ends when its standard input does."""

import os
import sys
import threading

from scim2_server.testserver import cli

make_server = cli.make_server


def saying_where(*arguments, **named):
    server = make_server(*arguments, **named)
    print(server.server_port, flush=True)
    return server


def end_with_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
cli.make_server = saying_where
sys.argv = ["scim2-server", "--port", "0", "--bearer-token", sys.argv[1]]
cli.main()
