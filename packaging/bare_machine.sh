#!/bin/sh
# Tries the set-up on a machine that has Python and make and nothing else: a fresh Debian 12 in a folder, with the
# last commit cloned into it. Needs root and debootstrap; uses this machine's network, starts no services.
#
#   packaging/bare_machine.sh FOLDER root|sudo|user COMMAND…
#   packaging/bare_machine.sh /tmp/bare sudo make test
#
# root: as root; sudo: as an ordinary user who may use sudo; user: as one who may not.
# BIND="FOLDER …" shows folders of this machine inside, read-only; PIP_… variables are passed on. Where this machine's
# network wants certificates of its own, show them too: BIND="/etc/ssl/certs".
set -eu

if [ $# -lt 3 ] || [ "$(id -u)" -ne 0 ]; then
    sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
if [ "${BARE_INSIDE-}" != yes ]; then
    # Mounts and processes end with this command.
    BARE_INSIDE=yes exec unshare --mount --pid --fork --kill-child "$0" "$@"
fi

folder=$1 who=$2
shift 2
here=$(cd "$(dirname "$0")/.." && pwd)

if [ ! -e "$folder/etc/debian_version" ]; then
    debootstrap --variant=minbase --include=python3,make,ca-certificates bookworm "$folder"
fi
printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d" # installed services are not started
chmod +x "$folder/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$folder/etc/resolv.conf"

mount --bind "$folder" "$folder" # a root that is a mount of its own, as on a machine: tests make namespaces below it
mount -t proc proc "$folder/proc"
mount --rbind /dev "$folder/dev"
mount --make-rprivate "$folder/dev"
mount -t tmpfs -o mode=1777 tmpfs "$folder/dev/shm"
for shown in ${BIND-}; do
    mkdir -p "$folder$shown"
    mount --bind -o ro "$shown" "$folder$shown"
done

case $who in
root) user=root ;;
sudo)
    user=vj
    chroot "$folder" sh -c 'command -v sudo >/dev/null || { apt-get -q update && apt-get -qy install sudo; }'
    echo "vj ALL=(ALL) NOPASSWD: ALL" >"$folder/etc/sudoers.d/vj"
    ;;
user) user=guest ;;
*) echo "$who is none of root, sudo, user" >&2; exit 2 ;;
esac
if ! chroot "$folder" id "$user" >/dev/null 2>&1; then
    chroot "$folder" useradd --create-home "$user"
fi
home=$(chroot "$folder" sh -c "echo ~$user")
if [ ! -e "$folder$home/hardcut" ]; then
    git clone --quiet --no-hardlinks "$here" "$folder$home/hardcut"
    chroot "$folder" chown -R "$user:$user" "$home/hardcut"
fi

# An empty environment, but for what tells pip where packages are.
set -- "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "HOME=$home" "LANG=C.UTF-8" "$@"
for variable in $(env | sed -n 's/^\(PIP_[A-Z_]*\)=.*/\1/p'); do
    set -- "$variable=$(printenv "$variable")" "$@"
done
exec chroot --userspec="$user:$user" "$folder" env -i -C "$home/hardcut" "$@"
