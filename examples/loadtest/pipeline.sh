#!/bin/sh
# A step of a pipeline: runs the load test in $1 (a file with one LocustTest) and fails when its verdict is not Passed.
set -eu
test=$(kubectl create -f "$1" -o name)
kubectl wait "$test" --for=condition=TestCompleted --timeout="${TIMEOUT:-15m}"
kubectl get "$test" -o wide
verdict=$(kubectl get "$test" -o jsonpath='{.status.verdict}')
kubectl get "$test" -o jsonpath='{.status.conditions[?(@.type=="TestCompleted")].message}{"\n"}'
test "$verdict" = Passed
