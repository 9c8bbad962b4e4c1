#!/bin/sh
# Writes into .env the secrets that docker compose needs and that nobody should choose by hand. What is set stays.
set -eu
umask 077
file=${1:-.env}
example=$(dirname -- "$0")/../.env.example

hex() { od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n'; }
fernet() { head -c 32 /dev/urandom | base64 | tr '+/' '-_'; }

# Puts NAME=value where NAME stands without a value, commented out or not; else at the end.
put() {
    if grep -q "^$1=." "$new"; then return; fi
    value=$2 awk -v name="$1" '
        !done && ($0 == name "=" || $0 == "#" name "=") { print name "=" ENVIRON["value"]; done = 1; next }
        { print }
        END { if (!done) print name "=" ENVIRON["value"] }' "$new" > "$new.next"
    mv "$new.next" "$new"
    made="$made $1"
}

new=$(mktemp "$file.XXXXXX")
trap 'rm -f "$new" "$new.next"' EXIT
if [ -f "$file" ]; then tr -d '\r' < "$file" > "$new"; else cat "$example" > "$new"; fi # a value is no line end

made=
for name in POSTGRES_PASSWORD CLICKHOUSE_PASSWORD CLICKHOUSE_READER_PASSWORD \
    CLICKHOUSE_ADMIN_PASSWORD CLICKHOUSE_CLUSTER_SECRET AIRFLOW_ADMIN_PASSWORD \
    AIRFLOW_SECRET_KEY AIRFLOW_JWT_SECRET SUPERSET_SECRET_KEY SUPERSET_ADMIN_PASSWORD \
    SUPERSET_POSTGRES_PASSWORD; do
    put "$name" "$(hex)"
done
put AIRFLOW_FERNET_KEY "$(fernet)"

if [ -z "$made" ]; then
    echo "$file has every secret already; nothing is changed."
else
    mv "$new" "$file"
    echo "Made, in $file:$made"
    echo "They are shown nowhere else. Losing POSTGRES_PASSWORD or AIRFLOW_FERNET_KEY locks you out: keep a copy."
fi
grep -q "^KWERY_API_KEY=." "$file" || echo "Still to do: put KWERY_API_KEY=... into $file (the demo profile needs none of yours)."
