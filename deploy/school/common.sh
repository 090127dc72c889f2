# What the programs of this folder share: where things are, and the two ways to run ProfAI on one
# machine. `docker` runs the containers of compose.yaml, `systemd` the units of systemd/.
# PROFAI_ROOT puts everything under another folder, for tests.
# shellcheck shell=sh
# The accounts of ProfAI and Caddy read releases and settings.
umask 022
here=$(cd "$(dirname "$0")" && pwd -P)
root=${PROFAI_ROOT:-}
etc=$root/etc/profai
home=$root/opt/profai
data=$root/var/lib/profai
units=$root/etc/systemd/system
settings=$etc/settings.env
# The user in the image.
container_user=10001

fail() { printf '%s\n' "$*" >&2; exit 1; }
say() { printf '%s\n' "-- $*"; }

# The value of a setting; the second argument if it is not set.
setting() {
    value=$(sed -n "s/^$1=//p" "$settings" | tail -n 1)
    printf '%s' "${value:-${2:-}}"
}

# Ends the program unless `setup` was done. Only one of these programs runs at a time.
begin() {
    [ "$(id -u)" = 0 ] || [ -n "$root" ] || fail "Run it as root: sudo $0"
    [ -r "$settings" ] || fail "There is no $settings. Run deploy/school/setup first."
    way=$(setting WAY)
    case $way in
        docker | systemd) ;;
        *) fail "$settings: WAY must be docker or systemd." ;;
    esac
    backups=$root$(setting BACKUP_DIR /var/backups/profai)
    if [ -z "${PROFAI_LOCKED:-}" ]; then
        exec 9< "$etc"
        flock --nonblock 9 || fail "Another backup, restore or upgrade is running. Wait until it has ended."
        export PROFAI_LOCKED=1
    fi
}

owner() { if [ "$way" = docker ]; then echo "$container_user:$container_user"; else echo profai:profai; fi; }

# How ProfAI itself sees a path; containers see no PROFAI_ROOT.
inside() { if [ "$way" = docker ]; then printf '%s' "${1#"$root"}"; else printf '%s' "$1"; fi; }

# The name of a release's folder and of its image; empty if there is none.
release() { if [ -e "$home/$1" ]; then basename "$(readlink "$home/$1")"; fi; }

compose() {
    RELEASE=$(release current) PROFAI_ROOT=$root docker compose --env-file "$settings" \
        --file "$home/current/deploy/school/compose.yaml" "$@"
}

# manage.py of the current release, as the account of ProfAI.
manage() {
    if [ "$way" = docker ]; then
        # Without a terminal, as from a timer, there is none to hand on.
        if [ -t 0 ]; then terminal=; else terminal=--no-TTY; fi
        compose run --rm $terminal manage python manage.py "$@"
    else
        # Nothing of root's environment; manage.py reads the settings itself.
        setpriv --reuid profai --regid profai --init-groups \
            env --ignore-environment --chdir="$home/current" PATH=/usr/bin:/bin HOME="$data" LANG=C.UTF-8 \
            .venv/bin/python manage.py "$@"
    fi
}

# Stops what reads and writes; the database and Chroma run on.
stop_application() {
    if [ "$way" = docker ]; then compose stop web worker; else systemctl stop profai-web profai-worker; fi
}

start() {
    if [ "$way" = docker ]; then
        # For forms and documents under way; what was left there belonged to a container that was ended.
        mkdir -p "$data/tmp"
        find "$data/tmp" -mindepth 1 -delete
        chown "$(owner)" "$data/tmp"
        compose up --detach --remove-orphans
    else
        # Chroma and Caddy may be of another release now, or have other settings.
        systemctl restart profai-chroma caddy && systemctl start profai-web profai-worker
    fi
}

# The units are those of the current release. Of the way with Docker only the backup is a unit.
install_units() {
    mkdir -p "$units"
    if [ "$way" = docker ]; then
        cp "$home/current/deploy/school/systemd/profai-backup".* "$units"
    else
        cp "$home"/current/deploy/school/systemd/profai-* "$units"
        mkdir -p "$units/caddy.service.d" "$units/postgresql@.service.d"
        cp "$home/current/deploy/school/systemd/caddy.conf" "$units/caddy.service.d/profai.conf"
        cp "$home/current/deploy/school/systemd/postgresql.conf" "$units/postgresql@.service.d/profai.conf"
    fi
    systemctl daemon-reload
    if [ "$way" = systemd ]; then systemctl enable --quiet profai-chroma profai-web profai-worker caddy; fi
    systemctl enable --quiet --now profai-backup.timer
}

healthy() {
    host=$(setting ALLOWED_HOSTS localhost)
    curl --silent --noproxy '*' --max-time 10 --header "Host: ${host%%,*}" \
        "http://127.0.0.1:$(setting WEB_PORT)/health/ready" | grep -q '^{"status": "ok"'
}

# Workers are heard of some seconds after their start.
wait_until_healthy() {
    tries=${TRIES:-60}
    until healthy; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep "${PAUSE:-5}"
    done
}

use() {
    ln -sfn "releases/$1" "$home/current.new"
    mv -T "$home/current.new" "$home/current"
    install_units
}

# Runs a command that asks nothing. What it says is shown, and kept in the journal, where people look
# later on.
recorded() {
    note=$(mktemp -d)
    { "$@" 2>&1 < /dev/null || touch "$note/failed"; } | tee "$note/said"
    logger --tag profai < "$note/said" || say "The journal does not take it."
    if [ -e "$note/failed" ]; then ended=1; else ended=0; fi
    rm -rf "$note"
    return "$ended"
}
in_journal="sudo journalctl --identifier profai --lines 100"

# Where people find out why something does not run.
look() {
    if [ "$way" = docker ]; then echo "sudo $home/current/deploy/school/compose logs --tail 50 web worker"
    else echo "sudo journalctl --unit 'profai-*' --lines 50"; fi
}
