"""Speaks TLS for a test that does not.

A connection begins with a line `ADDRESS PORT NAME LENGTH`; so many bytes follow. They go to the address over TLS for
that name, and all that comes back goes back.
"""

import socket
import ssl
import sys
import threading


def exactly(client, length):
    data = b""
    while len(data) < length:
        part = client.recv(length - len(data))
        if not part:
            return data
        data += part
    return data


def serve(client):
    with client:
        head = b""
        while not head.endswith(b"\n"):
            byte = client.recv(1)
            if not byte:
                return
            head += byte
        address, port, name, length = head.decode().split()
        request = exactly(client, int(length))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        try:
            plain = socket.create_connection((address, int(port)))
            with context.wrap_socket(plain, server_hostname=None if name == "-" else name) as secure:
                secure.sendall(request)
                while data := secure.recv(65536):
                    client.sendall(data)
        except OSError as error:
            print(request.split(b"\r\n")[0], error, flush=True)


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
