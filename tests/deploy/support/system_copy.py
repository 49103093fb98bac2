"""A copy of a system, in which a script is run as root; what it changes goes away with it."""

import os
import subprocess
import tempfile

# $1 a folder for the copy, $2 the root of the system; then pairs of what is copied into it, a file or
# what is in a folder, and where to. The script is read from the input.
ENTER = """
set -eo pipefail
copy=$1 system=$2
shift 2
mount --make-rprivate /
mount -t tmpfs tmpfs "$copy"
mkdir "$copy/upper" "$copy/work" "$copy/root"
mount -t overlay -o "lowerdir=$system,upperdir=$copy/upper,workdir=$copy/work" overlay "$copy/root"
while [ $# -gt 0 ]; do
  if [ -d "$1" ]; then
    # A link to a folder stays, and leads nowhere outside.
    tar -C "$1" -c . | chroot "$copy/root" tar -C "$2" -x --keep-directory-symlink
  else
    cp -a "$1" "$copy/root$2"
  fi
  shift 2
done
mkdir -p "$copy/root/proc" "$copy/root/dev"
mount -t proc proc "$copy/root/proc"
mount -t devtmpfs devtmpfs "$copy/root/dev" || mount --rbind /dev "$copy/root/dev"
exec chroot "$copy/root" /bin/bash -euo pipefail
"""


def run_in_copy(test, script, files=(), system="/"):
    """What a script prints, on standard error as well, in a copy that has (source, target) files
    beside its own. Skips the test, and says why, where no copy can be made."""
    if os.geteuid() != 0:
        test.skipTest("a copy of a system needs root")
    with tempfile.TemporaryDirectory(prefix="coppice-copy-") as copy:
        tried = _run(copy, system, [], "true\n")
        if tried.returncode != 0:
            test.skipTest(f"no copy of a system can be made: {tried.stdout.strip()}")
        done = _run(copy, system, files, script)
        if done.returncode != 0:
            raise AssertionError(f"the script ended with {done.returncode}:\n{done.stdout}")
        return done.stdout


def _run(copy, system, files, script):
    pairs = [str(each) for pair in files for each in pair]
    return subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/bash", "-c", ENTER, "enter",
         copy, str(system), *pairs],
        input=script, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
