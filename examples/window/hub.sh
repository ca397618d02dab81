#!/bin/sh
# A place to practise a review on this machine: a hub, its gateway, a stand-in for a model, and who takes part.
# Run it in an empty folder. Whoever has a key.pem there already keeps it. `sh hub.sh end` ends what it started.
# In a real window everyone makes their own key on their own machine, and the hub sees its public half alone.
set -eu
if [ "${1:-}" = end ]; then
  xargs kill < pids && rm pids
  exit
fi
export HEADSTART_DATA="$PWD/hub"
export HEADSTART_UPSTREAMS="http://127.0.0.1:${HEADSTART_REFERENCE_PORT:-8095}"

admit() { # NAME KIND PERSON KEY
  [ -e "$4.pem" ] || openssl genpkey -algorithm ed25519 -out "$4.pem"
  openssl pkey -in "$4.pem" -pubout -out "$4.pub.pem"
  headstart admit "$1" "$2" --public-key "$4.pub.pem" --member "$3" --password-from password --token-file "$3.token"
}

openssl rand -base64 24 > password
headstart admit "Our clearinghouse" hub --member hana --password-from password --token-file hana.token
admit "Lab Alpha" developer ada lab
admit "Security Agency" authority agnes agency
admit "Test Institute" evaluator eva institute
admit "Water ISAC" partner petra isac

started() { # NAME COMMAND...: start it, keep its process, and wait until it is there
  name=$1; shift
  "$@" > "$name.log" 2>&1 &
  echo $! >> pids
  until grep -q http:// "$name.log"; do
    kill -0 $! 2> kill.log || { cat "$name.log"; exit 3; }
    sleep 0.2
  done
}

openssl rand -hex 24 > upstream.key
export HEADSTART_REFERENCE_KEY="$(cat upstream.key)"
started model headstart reference-model --port "${HEADSTART_REFERENCE_PORT:-8095}"
started hub headstart serve
started gateway headstart gateway
until headstart review summary list > waiting.log 2>&1; do sleep 0.5; done
echo "the hub is at ${HEADSTART_HUB:-http://127.0.0.1:8080}, its gateway on port ${HEADSTART_GATEWAY_PORT:-8090}"
