"""Asks applications in this process: reads cases from standard input, writes for each request whether a route answered."""

import asyncio
import json
import sys
import types
import warnings

warnings.simplefilter("ignore")


def load(name, source):
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(source, name, "exec"), module.__dict__)
    return module


def answered(status, body, redirected):
    """0: no route answers; 1: one does; 2: one does after a redirect."""
    if status != 200 or body.strip() not in ("yes", '"yes"'):
        return 0
    return 2 if redirected else 1


def flask(app, requests):
    client = app.test_client()
    out = []
    for method, path in requests:
        answer = client.open(path, method=method, base_url="http://localhost", follow_redirects=True)
        out.append(answered(answer.status_code, answer.get_data(as_text=True), answer.history))
    return out


def starlette(app, requests):
    from starlette.testclient import TestClient

    with TestClient(app, base_url="http://localhost") as client:
        out = []
        for method, path in requests:
            # the address is handed over as it is: the client would take `//x` for a host
            answer = client.request(method, "http://localhost" + path, follow_redirects=True)
            out.append(answered(answer.status_code, answer.text, answer.history))
        return out


def aiohttp(app, requests):
    from aiohttp.test_utils import TestClient, TestServer
    from yarl import URL

    async def run():
        out = []
        async with TestClient(TestServer(app)) as client:
            for method, path in requests:
                url = URL(str(client.make_url("/")).rstrip("/") + path, encoded=True)
                async with client.session.request(method, url) as answer:
                    out.append(answered(answer.status, await answer.text(), answer.history))
        return out

    return asyncio.run(run())


def django(name, requests):
    from django.conf import settings
    from django.test import Client
    from django.urls import clear_url_caches

    settings.ROOT_URLCONF = name
    clear_url_caches()
    client = Client()
    out = []
    for method, path in requests:
        answer = client.generic(method, path)
        hops = 0
        while answer.status_code in (301, 302, 307, 308) and hops < 5:
            target = answer["Location"]
            if answer.status_code in (301, 302) and method == "POST":
                method = "GET"
            answer = client.generic(method, target)
            hops += 1
        out.append(answered(answer.status_code, answer.content.decode(), hops))
    return out


def main():
    cases = json.load(sys.stdin)
    if any(case["kind"] == "Django" for case in cases):
        import django as package
        from django.conf import settings

        settings.configure(
            SECRET_KEY="x",
            ALLOWED_HOSTS=["*"],
            ROOT_URLCONF="none",
            MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
        )
        package.setup()
    found = []
    for index, case in enumerate(cases):
        name = f"case_{index}"
        try:
            module = load(name, case["source"])
            requests = [tuple(request) for request in case["requests"]]
            ask = {"Flask": flask, "FastApi": starlette, "Starlette": starlette, "Aiohttp": aiohttp, "Django": django}[case["kind"]]
            found.append(ask(name if ask is django else module.app, requests))
        except Exception as error:
            found.append(f"{type(error).__name__}: {error}")
    json.dump(found, sys.stdout)


main()
