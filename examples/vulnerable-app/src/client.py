"""Fetches a page without checking who answers."""

import requests


def fetch(url):
    return requests.get(url, verify=False).text
