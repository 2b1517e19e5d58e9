# Becomes PID 1 of a container, inside the namespaces that unshare has made for it. What an engine does in the same place.
# Arguments: root file system, user and group, capability to keep or "none", rw or ro, own or host network,
# directories to mount tmpfs on (with : between them), and the words to start.
set -eu
root=$1 user=$2 capability=$3 access=$4 network=$5 writable=$6 program=$7
shift 7
path_inside=$PATH
PATH=/usr/sbin:/usr/bin:/sbin:/bin

if [ "$network" = own ]; then
  ip link set lo up
  # As Docker does in each network namespace that it makes.
  echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
fi

mount --bind "$root" "$root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t tmpfs -o nosuid,mode=755 tmpfs "$root/dev"
for device in null zero full random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
saved_ifs=$IFS
IFS=:
for directory in $writable; do
  mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 tmpfs "$root$directory"
done
IFS=$saved_ifs
if [ "$access" = ro ]; then mount -o remount,bind,ro "$root"; fi

last=$(cat /proc/sys/kernel/cap_last_cap)
dropped=
for number in $(seq 0 "$last"); do
  if [ "$capability" = cap_net_bind_service ] && [ "$number" = 10 ]; then continue; fi
  dropped="$dropped${dropped:+,}$number"
done
set -- "--shell=$program" -- "$@"
# Docker gives root its capabilities and no other user any; ambient is what an init system can make them.
if [ "$capability" != none ] && [ "$user" != 0 ]; then
  set -- "--inh=$capability" "--addamb=$capability" "$@"
fi
find_capsh=$(command -v capsh)
export PATH="$path_inside"
exec "$find_capsh" "--chroot=$root" "--drop=$dropped" --keep=1 "--groups=$user" "--gid=$user" "--uid=$user" --no-new-privs "$@"
