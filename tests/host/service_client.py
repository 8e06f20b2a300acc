"""Clients of the advisory service that no library would be: service_client.py ATTACK URL [ARGUMENTS].

Each prints what it saw. No one measures time: where a connection has to end, they wait for it, for minutes if need be.
"""
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

NAME, URL = sys.argv[1], urllib.parse.urlparse(sys.argv[2])
RECORD = URL.path + "/v1/vulns/PYSEC-2019-217"
PATIENCE = 240


def connect():
    return socket.create_connection((URL.hostname, URL.port), PATIENCE)


def request(path, method="GET", body=None):
    asked = http.client.HTTPConnection(URL.hostname, URL.port, timeout=PATIENCE)
    asked.request(method, path, body)
    answer = asked.getresponse()
    return answer.status, answer.read().decode()


def read_all(connection):
    """All bytes up to the end of the connection, however it ends."""
    data = b""
    try:
        while part := connection.recv(65536):
            data += part
    except ConnectionError:
        pass
    return data


def exchange(data):
    """Sends bytes on a connection of their own; returns the statuses of all answers, in one text."""
    connection = connect()
    try:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    lines = read_all(connection).split(b"\r\n")
    return " ".join(line.split()[1].decode() for line in lines if line.startswith(b"HTTP/1."))


def trickle(head):
    """Sends a byte now and then until the service ends the connection."""
    connection = connect()
    connection.sendall(head)
    connection.settimeout(0.1)
    started = time.monotonic()
    while time.monotonic() - started < PATIENCE:
        try:
            connection.sendall(b"x")
            if connection.recv(1024) == b"":
                return "ended"
        except TimeoutError:
            pass
        except OSError:
            return "ended"
    return "still there"


def slow():
    """One that is slow with its headers, one with its body; meanwhile somebody else is answered."""
    post = f"POST {URL.path}/v1/query HTTP/1.1\r\nHost: localhost\r\n".encode()
    print("headers", trickle(post + b"X: "), request(RECORD)[0])
    print("body", trickle(post + b"Content-Length: 100000\r\n\r\n{"), request(RECORD)[0])


def crowd():
    """More connections than the service has places for, half of them in the middle of a request."""
    held = []
    for i in range(400):
        held.append(connect())
        if i % 2:
            held[-1].sendall(b"POST /")
    print([request(RECORD)[0] for _ in range(5)])


def unclear():
    """Bodies whose end is in doubt, each with a second request behind or inside."""
    hidden = f"GET {RECORD} HTTP/1.1\r\nHost: localhost\r\n\r\n"
    chunked = f"{len(hidden):x}\r\n{hidden}\r\n0\r\n\r\n"
    for lines in (
        f"Content-Length: {len(hidden)}\r\nTransfer-Encoding: chunked",
        f"Transfer-Encoding: chunked\r\nContent-Length: {len(hidden)}",
        f"Content-Length: 2\r\nContent-Length: {len(hidden)}",
        "Content-Length: 2\r\nContent-Length: 2",
        "Content-Length: 2, 2", "Content-Length: +2", "Content-Length: 0x2", "Content-Length: -2",
        "Content-Length: 2 2",
        "Content-Length: 99999999999999999999999999",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: identity", "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ):
        head = f"POST {URL.path}/v1/query HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n\r\n"
        print(exchange((head + chunked + hidden).encode()), lines.replace("\r\n", " | "), sep=": ")


def pipeline():
    """Many requests at once on one connection; the last asks for its end."""
    one = f"GET {RECORD} HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
    body = json.dumps({"package": {"name": "jinja2", "ecosystem": "PyPI"}, "version": "2.10"})
    two = f"POST {URL.path}/v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    connection = connect()
    connection.sendall(((one % "" + two) * 50 + one % "Connection: close\r\n").encode())
    data = read_all(connection)
    print(data.count(b"HTTP/1.1 200 OK\r\n"), data.count(b'"PYSEC-2019-217"'))


def garbage():
    """What is no HTTP, or far too much of it; then a request that is."""
    get = f"GET {RECORD} HTTP/1.1\r\n".encode()
    for data in (
        b"", b"\0" * 5000, bytes(range(256)) * 40, b"\r\n" * 20000, b"GET", b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x55" * 500, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        get + b"Host: localhost\r\nX: " + b"a" * 500000 + b"\r\n\r\n", b"GET /" + b"a" * 500000 + b" HTTP/1.1\r\n\r\n",
        get + b"Host: localhost\r\n" + b"".join(b"X%d: 1\r\n" % i for i in range(20000)) + b"\r\n",
        get + b"Host: localhost\r\nHost\r\n\r\n", get + b"Host: localhost\r\n folded: 1\r\n\r\n",
        get + b"Host: local\0host\r\n\r\n", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://evil.example" + RECORD.encode() + b" HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"* * *\r\n\r\n", b"GET\t" + RECORD.encode() + b"\tHTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nHost: localhost\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
    ):
        answers = exchange(data)
        assert "200" not in answers, (answers, data[:80])
    print(request(RECORD)[0])


def change(program, database, folder):
    """Asks from many threads while the file is imported into and replaced, and says what was wrong with any answer.

    Generation N of both packages has its records' `modified` in second N: an answer of two generations is a mixture.
    """
    def generation(number):
        for name in ("one", "two"):
            record = {"id": "PYSEC-2024-" + name, "modified": f"2024-01-01T00:{number // 60:02}:{number % 60:02}Z",
                      "affected": [{"package": {"ecosystem": "PyPI", "name": name}, "versions": ["1"]}]}
            with open(f"{folder}/{name}.json", "w", encoding="utf-8") as file:
                json.dump(record, file)

    def run_import(path):
        subprocess.run([program, "advisories", "import", folder, "--database", path], check=True, capture_output=True)

    def ask():
        names = ("one", "two") * 20
        batch = {"queries": [{"package": {"name": n, "ecosystem": "PyPI"}, "version": "1"} for n in names]}
        status, body = request(URL.path + "/v1/querybatch", "POST", json.dumps(batch))
        if status != 200:
            return {f"{status} {body}"}
        none = [{"modified": "none"}]
        return {flaw["modified"] for result in json.loads(body)["results"] for flaw in result.get("vulns", none)}

    wrong, done, asked = [], threading.Event(), [0]

    def client():
        last = ""
        while not done.is_set():
            seen = ask()
            asked[0] += 1
            if len(seen) != 1 or not seen.copy().pop().startswith("2024") or max(seen) < last:
                wrong.append((last, seen))
            last = max(seen)

    def wait_for(number):
        """Others ask as well, and one of them may be reading the new state right now."""
        wanted, started = {f"2024-01-01T00:00:{number:02}Z"}, time.monotonic()
        while ask() != wanted and time.monotonic() - started < PATIENCE:
            pass
        if (seen := ask()) != wanted:
            wrong.append((number, seen))

    generation(0)
    run_import(database)
    wait_for(0)
    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in range(1, 25):
        generation(number)
        if number % 2:
            run_import(database)
        else:
            new = f"{folder}/new.db"
            shutil.copy(database, new)
            run_import(new)
            os.replace(new, database)
        wait_for(number)
    done.set()
    for thread in threads:
        thread.join()
    print("asked" if asked[0] > 24 else "hardly asked", wrong)


{"slow": slow, "crowd": crowd, "unclear": unclear, "pipeline": pipeline, "garbage": garbage,
 "change": lambda: change(*sys.argv[3:])}[NAME]()
