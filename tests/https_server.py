"""A folder served by HTTPS, by plain HTTP and behind a CONNECT proxy, with faults on demand. Ends when its standard input
does. usage: https_server.py FOLDER

FOLDER/www is served. FOLDER/rules.json says what goes wrong, by path: {"/a": {"status": 404}}; read at each request.
  status: answers that; redirect: to that address; claim: bytes that Content-Length says more than come; reset: resets
  the connection in the middle; unsized: no Content-Length, the connection's end is the body's; stall: sends half, then
  nothing; plain: no ETag and no Last-Modified
FOLDER/log gets a line for each request, FOLDER/ports.json the ports once all listen."""
import email.utils
import hashlib
import http.server
import json
import os
import select
import socket
import socketserver
import ssl
import struct
import sys
import threading

FOLDER = sys.argv[1]
LOCK = threading.Lock()
ENDED = threading.Event()


def log(*words):
    with LOCK, open(FOLDER + "/log", "a") as file:
        file.write(" ".join(words) + "\n")


def rule_for(path):
    with LOCK:
        try:
            rules = json.load(open(FOLDER + "/rules.json"))
        except FileNotFoundError:
            return {}
        return rules.get(path, {})


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def is_known(self, etag, modified):
        if self.headers.get("If-None-Match"):
            return self.headers["If-None-Match"] == etag
        return self.headers.get("If-Modified-Since") == modified

    def do_GET(self):
        asked = [self.headers[name] or "-" for name in ("If-None-Match", "If-Modified-Since", "Authorization")]
        log(self.server.kind, str(self.client_address[1]), self.path, *[word.replace(" ", "_") for word in asked])
        rule = rule_for(self.path)
        if "redirect" in rule:
            return self.answer(302, [("Location", rule["redirect"]), ("Content-Length", "0"), ("ETag", '"moved"')])
        if "status" in rule:
            self.answer(rule["status"], [("Content-Length", "6")])
            return self.wfile.write(b"sorry\n")
        path = FOLDER + "/www" + self.path.split("?")[0]
        if not os.path.isfile(path):
            return self.answer(404, [("Content-Length", "0")])
        self.send_file(open(path, "rb").read(), path, rule)

    def send_file(self, body, path, rule):
        etag = '"%s"' % hashlib.sha256(body).hexdigest()[:16]
        modified = email.utils.formatdate(os.stat(path).st_mtime, usegmt=True)
        named = [] if rule.get("plain") else [("ETag", etag), ("Last-Modified", modified)]
        if named and self.is_known(etag, modified):
            return self.answer(304, named)
        size = [] if rule.get("unsized") else [("Content-Length", str(len(body) + rule.get("claim", 0)))]
        self.answer(200, named + size)
        if not (rule.get("stall") or rule.get("reset")):
            self.wfile.write(body)
            self.close_connection = self.close_connection or "claim" in rule or not size
            return
        self.wfile.write(body[: len(body) // 2])
        log("half", self.path)
        if rule.get("stall"):
            ENDED.wait()
        else:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True


class Proxy(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_CONNECT(self):
        log("proxy", self.path)
        status = rule_for("proxy").get("status", 200)
        self.send_response(status)
        self.end_headers()
        if status != 200:
            return
        host, port = self.path.rsplit(":", 1)
        # Any name leads to this machine, so that names can be tried that only the proxy knows.
        far = socket.create_connection(("127.0.0.1", int(port)))
        pair = {self.connection: far, far: self.connection}
        while True:
            for end in select.select(list(pair), [], [])[0]:
                data = end.recv(65536)
                if not data:
                    return
                pair[end].sendall(data)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients that go away are what is tested

    def finish_request(self, request, address):
        if self.tls:
            request = self.tls.wrap_socket(request, server_side=True)
        super().finish_request(request, address)
        if self.tls:
            request.close()


def serve(kind, handler, certificate=None):
    server = Server(("127.0.0.1", 0), handler)
    server.kind, server.tls = kind, None
    if certificate:
        server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.tls.load_cert_chain(FOLDER + "/" + certificate + ".pem", FOLDER + "/" + certificate + ".key")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


ports = {
    "https": serve("https", Handler, "here"),
    "elsewhere": serve("elsewhere", Handler, "elsewhere"),
    "http": serve("http", Handler),
    "proxy": serve("proxy", Proxy),
}
json.dump(ports, open(FOLDER + "/ports.new", "w"))
os.rename(FOLDER + "/ports.new", FOLDER + "/ports.json")
sys.stdin.read()
ENDED.set()
