"""Puts a server under wrk's load and prints "PROGRAM NAME requests-per-second".

Usage: load.py PROGRAM NAME SECONDS COMMAND…; the command prints its port and ends with its input.
"""

import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent / "peers/write.lua"


def main():
    program, name, seconds, *command = sys.argv[1:]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as server:
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        wrk = ["wrk", "-t1", "-c64", "-s", str(SCRIPT)]
        subprocess.run(wrk + ["-d1", url], check=True, capture_output=True)  # warm-up
        report = subprocess.run(wrk + [f"-d{seconds}", url], check=True, capture_output=True,
                                text=True).stdout
        server.stdin.close()
    if "Non-2xx" in report or "Socket errors" in report:
        sys.exit(f"{program} {name}: not every request succeeded:\n{report}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", report)[1]
    print(program, name, rate, flush=True)


if __name__ == "__main__":
    main()
