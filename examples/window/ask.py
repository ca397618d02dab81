"""One question to a model: `python3 ask.py MODEL WORDS`. Any client of OpenAI's protocol does the same.

OPENAI_BASE_URL (the gateway's, without it the one that hub.sh started) and OPENAI_API_KEY (a person's own key to the
gateway) say where and as whom.
"""

import json
import os
import sys
import urllib.error
import urllib.request

port = os.environ.get("HEADSTART_GATEWAY_PORT", "8090")
base = os.environ.get("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
asked = {"model": sys.argv[1], "messages": [{"role": "user", "content": sys.argv[2]}]}
request = urllib.request.Request(
    f"{base}/chat/completions",
    data=json.dumps(asked).encode(),
    headers={"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}", "Content-Type": "application/json"},
)
try:
    with urllib.request.urlopen(request, timeout=60) as answer:
        print(json.load(answer)["choices"][0]["message"]["content"])
except urllib.error.HTTPError as refused:
    print(json.load(refused)["error"]["message"])
    sys.exit(1)
