/**
 * For launchers that pass on no descriptors (docker, podman, runsc): one shell line inside copies the descriptors the
 * other sandboxes inherit onto standard output, encoded. A program that forges what comes out forges at most a submission.
 */
import type { SandboxLimits, SandboxRun } from './contract.ts';
import { COLLECT_BYTES } from './supervise.ts';

/** Reads files and the program's input from standard input, runs it under limits, and writes frames. */
const PROGRAM = `
import base64, json, os, resource, signal, subprocess, sys, threading
spec = json.loads(sys.stdin.buffer.readline())
out = os.dup(1)
lock = threading.Lock()
def frame(kind, data):
    with lock:
        left = kind + len(data).to_bytes(4, "big") + data
        while left:
            left = left[os.write(out, left):]
frame(b"+", b"")
for path, content in spec["files"]:
    with open(path, "wb") as file:
        file.write(base64.b64decode(content))
def limit():
    for name, value in spec["limits"].items():
        resource.setrlimit(getattr(resource, name), (value, value))
child = subprocess.Popen(spec["argv"], stdin=subprocess.PIPE if spec["stdin"] else subprocess.DEVNULL,
    stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=spec["env"], cwd=spec["cwd"], preexec_fn=limit)
def copy(stream, kind):
    while True:
        data = os.read(stream.fileno(), 65536)
        if not data:
            return
        frame(kind, data)
threads = [threading.Thread(target=copy, args=each, daemon=True) for each in ((child.stdout, b"o"), (child.stderr, b"e"))]
for thread in threads:
    thread.start()
if spec["stdin"]:
    try:
        child.stdin.write(sys.stdin.buffer.read())
        child.stdin.close()
    except BrokenPipeError:
        pass
code = child.wait()
try:
    os.kill(-1, signal.SIGKILL)
except OSError:
    pass
for thread in threads:
    thread.join(1)
try:
    file = os.open(os.path.join(spec["cwd"], spec["collect"]), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if os.fstat(file).st_mode & 0o170000 == 0o100000:
        left = spec["collectBytes"]
        while left > 0:
            data = os.read(file, min(left, 65536))
            if not data:
                break
            frame(b"c", data)
            left -= len(data)
except OSError:
    pass
frame(b"x", str(code if code >= 0 else 128 - code).encode())
`;

/** The command to run inside, and the line of standard input it begins with. */
export interface FramedCommand {
  readonly argv: readonly string[];
  readonly header: Uint8Array;
}

/** @param python - The interpreter inside. */
export function framedCommand(python: string, spec: SandboxRun, workDir: string): FramedCommand {
  const header = JSON.stringify({
    argv: spec.argv,
    env: spec.env,
    cwd: workDir,
    collect: spec.collect,
    collectBytes: COLLECT_BYTES + 1,
    stdin: spec.stdin !== undefined,
    files: spec.files.map(({ path, content }) => [path, Buffer.from(content).toString('base64')]),
    limits: kernelLimits(spec.limits),
  });
  return { argv: [python, '-I', '-c', PROGRAM], header: new TextEncoder().encode(`${header}\n`) };
}

function kernelLimits(limits: SandboxLimits): Record<string, number> {
  return {
    RLIMIT_AS: limits.memoryBytes + 1024 ** 3,
    RLIMIT_FSIZE: limits.fileBytes,
    RLIMIT_CPU: Math.ceil(limits.cpuSeconds) + 1,
    RLIMIT_NOFILE: 512,
    RLIMIT_CORE: 0,
  };
}

/** One frame. */
export interface Frame {
  /** `+` started, `o` output, `e` errors, `c` collected file, `x` exit code. */
  readonly kind: string;
  readonly data: Buffer;
}

/** Splits a byte stream into frames; bytes that make no frame end it. */
export function createFrameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 5) {
      const length = rest.readUInt32BE(1);
      if (rest.length < 5 + length) return;
      onFrame({ kind: String.fromCharCode(rest[0]!), data: rest.subarray(5, 5 + length) });
      rest = rest.subarray(5 + length);
    }
  };
}
