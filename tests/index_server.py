"""A package index on the loopback that answers as a file of rules says.

index_server.py FOLDER: serves until stdin ends, and writes its port to FOLDER/port. FOLDER/pages.json maps a package's
name to {"status", "type", "body", "pause", "drip", "repeat", "location"}; what is not there is a 404. Each request
is a line of FOLDER/log: path, Accept, Authorization.
"""
import http.server
import json
import os
import sys
import threading
import time

folder = sys.argv[1]


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *words):
        pass

    def do_GET(self):
        with open(folder + "/log", "a", encoding="utf-8") as log:
            log.write("%s %s %s\n" % (self.path, self.headers.get("Accept"), self.headers.get("Authorization")))
        with open(folder + "/pages.json", encoding="utf-8") as file:
            rule = json.load(file).get(self.path.rstrip("/").rpartition("/")[2], {"status": 404})
        time.sleep(rule.get("pause", 0))
        body = rule.get("body", "").encode() * rule.get("repeat", 1)
        self.send_response(rule.get("status", 200))
        self.send_header("Content-Type", rule.get("type", "application/vnd.pypi.simple.v1+json"))
        if "location" in rule:
            self.send_header("Location", rule["location"])
        self.end_headers()
        step = 65536 if not rule.get("drip") else 1
        for start in range(0, len(body), step):
            try:
                self.wfile.write(body[start:start + step])
                self.wfile.flush()
            except ConnectionError:
                return
            time.sleep(rule.get("drip", 0))


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
with open(folder + "/port.new", "w", encoding="utf-8") as file:
    file.write(str(server.server_port))
os.rename(folder + "/port.new", folder + "/port")
sys.stdin.read()
