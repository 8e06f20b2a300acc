"""A small web application that does several things that bandit warns of."""

import hashlib
import pickle
import subprocess

from flask import Flask, request
from jinja2 import Environment

app = Flask(__name__)
SECRET = "correct horse battery staple"


@app.route("/render")
def render():
    """Renders a template that the visitor wrote, without escaping."""
    return Environment().from_string(request.args["template"]).render()


@app.route("/ping")
def ping():
    """Lets the visitor choose the arguments of a shell command."""
    return subprocess.check_output("ping -c 1 " + request.args["host"], shell=True)


@app.route("/restore", methods=["POST"])
def restore():
    """Unpickles what the visitor sent."""
    return str(pickle.loads(request.data))


def fingerprint(text):
    """Uses a hash that is broken."""
    return hashlib.md5(text.encode()).hexdigest()
