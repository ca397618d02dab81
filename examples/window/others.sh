#!/bin/sh
# What the others do, while one person practises one role: each step is what the page of that role shows (docs/howto).
set -eu
here=$(dirname "$0")

as() { # PERSON: the commands that follow are theirs
  HEADSTART_TOKEN=$(cat "$1.token")
  export HEADSTART_TOKEN
}

lab_enquires() {
  as ada
  headstart review enquire "Model 7" --programme eo14409 --about "$here/about.txt" --release-on 2027-02-01
  headstart review evidence "Model 7" "$here/results.md" --title "Own battery"
}

lab_offers() {
  as ada
  headstart review agree propose "Model 7" "$here/terms.toml" --with "Test Institute"
  headstart review agree sign "Model 7" --with "Test Institute" --key lab.pem
  headstart review open "Model 7" --to "Test Institute" --days 21
  headstart review upstream add "Model 7" main --base-url "http://127.0.0.1:${HEADSTART_REFERENCE_PORT:-8095}/v1" \
    --secret-file upstream.key --model fuzzer --safeguards off --price-in 3 --price-out 15
}

lab_gives_key() { # PERSON
  as ada
  headstart review key give "Model 7" --person "$1" --most-tokens 2000000 --out "$1.key"
}

lab_proposes_partner() {
  as ada
  headstart review partner propose "Model 7" "Water ISAC" --tier critical-infrastructure \
    --reason "Defends 200 water utilities." --scope chat --scope models --key lab.pem
  headstart review agree propose "Model 7" "$here/terms.toml" --with "Water ISAC"
  headstart review agree sign "Model 7" --with "Water ISAC" --key lab.pem
}

lab_replies() {
  as ada
  headstart review reply "Model 7" "What Model 7 can do" "$here/reply.md"
}

lab_releases() {
  as ada
  headstart review release "Model 7"
}

institute_joins() {
  as eva
  headstart review agree sign "Model 7" --key institute.pem
  headstart review declare "Model 7" --none
}

institute_reports() {
  as eva
  OPENAI_API_KEY=$(cat eva.key) python3 "$here/ask.py" fuzzer "What can you do?"
  headstart review report hand "Model 7" "$here/report.md" --title "What Model 7 can do"
}

agency_answers() {
  as agnes
  headstart review determine "Model 7" cant-say-yet --criterion "finds flaws nobody knew=unknown: no run yet" \
    --evidence all --key agency.pem
}

agency_signs_partner() {
  as agnes
  headstart review partner sign "Model 7" "Water ISAC" --key agency.pem
}

agency_revokes_partner() {
  as agnes
  headstart review partner revoke "Model 7" "Water ISAC" --reason "Practised."
}

for step in "$@"; do
  case $step in
    lab-gives-key:*) lab_gives_key "${step#*:}" ;;
    *) "$(echo "$step" | tr - _)" ;;
  esac
done
