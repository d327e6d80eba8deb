#!/bin/sh
# Drives a devstack through an L1 reorg and a partition that heals, and prints what became of it.
#   npx lockstep up --json > up.json &
#   sh docs/examples/drive-a-devstack.sh up.json
set -eu

until [ -s "$1" ]; do sleep 1; done
url=$(sed -n 's/.*"control":{"url":"\([^"]*\)".*/\1/p' "$1")
token=$(cat "$(sed -n 's/.*"tokenPath":"\([^"]*\)".*/\1/p' "$1")")

call() {
  answer=$(curl -sS --fail-with-body -H "authorization: Bearer $token" -H 'content-type: application/json' \
    -d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$1\",\"params\":[${2:-}]}" "$url")
  echo "$1 ${2:-}: $answer"
  case $answer in *'"error":{"code"'*) exit 1 ;; esac
}

call control_wait '{"node":"follower","level":"localSafe","number":1}'
call control_reorg '{"depth":2}'
call control_wait '{"node":"follower","level":"localSafe","advance":3}'

call control_partition '{"node":"follower"}'
call control_wait '{"node":"follower","level":"localSafe","advance":2}'
call control_heal '{"node":"follower"}'
call control_wait '{"node":"follower","level":"unsafe","advance":3}'

call control_state
