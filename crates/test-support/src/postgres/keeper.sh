# Makes a database cluster, serves it while the watched process lives, then removes everything.
# Arguments: folder of the binaries, own folder, port, id of the watched process.
bin=$1 folder=$2 port=$3 watched=$4
cd "$folder" || exit 1
"$bin/initdb" --pgdata=data --username=airflow --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
    --no-sync >initdb.log 2>&1 || exit 1
serve() (
    "$bin/postgres" -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB \
        -c max_connections=200 -c autovacuum=off -c max_wal_size=4GB -c timezone=UTC \
        >server.log 2>&1
    : >ended
)
serve &
while [ -d "/proc/$watched" ]; do
    if [ -e ended ]; then
        # Unless it was stopped on purpose, the logs stay, to tell why.
        [ -e stopped ] || exit 1
        if [ -e resume ]; then
            rm ended stopped resume
            serve &
        fi
    fi
    sleep 0.2
done
kill -QUIT "$(head -n 1 data/postmaster.pid)" 2>/dev/null
wait
cd / && rm -rf "$folder"
