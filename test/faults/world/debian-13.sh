#!/usr/bin/env bash
# RabbitMQ 4 and Redis 8 for the fault suite, from Debian 13's packages in a folder of their own: nothing is
# installed on the machine but debootstrap. Takes 90 s and 400 MB once. Linux, and root, alone.
#   debian-13.sh install DIR           lays the folder out; does nothing where that was done
#   debian-13.sh run DIR PROGRAM ARG…  becomes the program, with the folder as its root
set -euo pipefail
action=${1:?install or run} dir=${2:?a folder}
root=$dir/root done=$dir/laid-out

case $action in
install)
  [ -e "$done" ] && exit 0
  [ "$(id -u)" = 0 ] || { echo "only root can lay out $dir" >&2; exit 1; }
  command -v debootstrap >/dev/null || { apt-get update -qq; apt-get install -y -qq --no-install-recommends debootstrap; } >&2
  mirror=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/debian.sources 2>/dev/null || true)
  rm -rf "$root"
  mkdir -p "$dir"
  debootstrap --variant=minbase --include=rabbitmq-server,redis-server trixie "$root" "${mirror:-http://deb.debian.org/debian}" >&2
  touch "$done"
  ;;
run)
  shift 2
  # A mount namespace of its own: what is mounted here goes when the program ends, however it ends.
  exec unshare --mount --propagation private sh -ec '
    root=$1; shift
    mount --rbind /proc "$root/proc"
    mount --rbind /dev "$root/dev"
    cp /etc/hosts "$root/etc/hosts"
    exec chroot "$root" "$@"' sh "$root" "$@"
  ;;
*)
  echo "usage: debian-13.sh install DIR | run DIR PROGRAM ARG…" >&2
  exit 2
  ;;
esac
