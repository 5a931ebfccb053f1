"""A client before a transport that answers by a script."""

import json

import httpx

from fingerprint_integration import FingerprintClient

EVENT = {"event_id": "1708102555327.NLOjmg", "timestamp": 1708102555327}


class Script:
    """Answers in order, the last one for ever; remembers what was asked and how long was slept."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.slept = []

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


def client_of(script, version="v4", **options):
    return FingerprintClient(
        "key",
        version=version,
        base_url="http://fingerprint.test/",
        transport=httpx.MockTransport(script),
        sleep=script.slept.append,
        jitter=lambda: 1.0,
        **options,
    )


def answer(status, body=b"", **headers):
    content = json.dumps(body).encode() if isinstance(body, dict) else body
    return httpx.Response(
        status, content=content, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )
