# Becomes systemd as PID 1 of a machine of its own, inside the namespaces that unshare has made for it. The machine's /usr
# is the one here, with what is installed on top of it in memory. Its /etc and /var are new. Its cgroups are below one of
# its own, in the hierarchy of version 2.
# Arguments: an empty directory, the name of its cgroup, the repository, and "boot", or "try" to end after the mounts.
set -eu
root=$1 cgroup=$2 repository=$3 what=$4 stage=${5:-namespaces}
PATH=/usr/sbin:/usr/bin:/sbin:/bin

if [ "$stage" = namespaces ]; then
  mount -t cgroup2 cgroup2 "$root"
  mkdir -p "$root/$cgroup"
  echo 0 >"$root/$cgroup/cgroup.procs"
  umount "$root"
  # The root of its cgroups is where it is now.
  exec unshare --cgroup sh "$0" "$root" "$cgroup" "$repository" "$what" machine
fi

mount -t tmpfs -o mode=755 tmpfs "$root"
cd "$root"
mkdir -p usr changes/upper changes/work etc/systemd/system var/lib var/log var/tmp run tmp dev proc sys root mnt source
chmod 1777 tmp var/tmp
for directory in bin sbin lib lib64; do ln -s "usr/$directory" "$directory"; done
ln -s ../run var/run
mount -t overlay -o "lowerdir=/usr,upperdir=$root/changes/upper,workdir=$root/changes/work" overlay usr
mount --bind "$repository" source
mount -o remount,bind,ro source
mount -t proc -o nosuid,nodev,noexec proc proc
# The kernel's settings are those of all machines on it: systemd sets none where it cannot write.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o nosuid,mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs dev/shm
mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs run
ip link set lo up
hostname machine.test

printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\n' >etc/passwd
printf 'root:x:0:\nnogroup:x:65534:\n' >etc/group
printf 'passwd: files\ngroup: files\nhosts: files\n' >etc/nsswitch.conf
echo '127.0.0.1 localhost' >etc/hosts
# HAProxy logs more connections than the journal takes of a unit by default.
printf '[Journal]\nRateLimitIntervalSec=0\n' >etc/systemd/journald.conf
# Without one, systemd would enable all services of /usr.
echo 0123456789abcdef0123456789abcdef >etc/machine-id

pivot_root . mnt
umount -l /mnt
if [ "$what" = try ]; then exit 0; fi
export container=test
exec /usr/lib/systemd/systemd --unit=basic.target --log-target=journal --show-status=no
