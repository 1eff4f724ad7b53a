/**
 * Adapters for container engines (docker, podman) and gVisor: for machines that have them and no user namespaces. They pass
 * no descriptors on, so what the program prints and hands out comes framed on standard output.
 */
import { execa } from 'execa';
import { type Sandbox, type SandboxResult, type SandboxRun, WORK_DIR } from './contract.ts';
import { SandboxError } from './error.ts';
import { createFrameReader, type Frame, framedCommand } from './framed.ts';
import { COLLECT_BYTES } from './supervise.ts';

/** Engines with the same command line. */
export type ContainerEngine = 'docker' | 'podman';

/** Image with a C library that the host's Python runs on; programs see the host's Python, mounted. */
export const DEFAULT_IMAGE = 'debian:stable-slim';

const KEEP_CHARACTERS = 64 * 1024;

/** @param image - Must hold a C library as new as the host's. */
export function createContainer(engine: ContainerEngine, image: string = DEFAULT_IMAGE): Sandbox {
  return framedSandbox(engine, (spec, name) => containerArguments(engine, image, spec, name));
}

/** gVisor without a daemon; slow to start, made for hostile programs. */
export function createGvisor(): Sandbox {
  return framedSandbox('gvisor', (spec) => gvisorArguments(spec));
}

/** `docker run …` up to the command inside. */
export function containerArguments(
  engine: ContainerEngine,
  image: string,
  { limits, readOnly, masked }: SandboxRun,
  name: string,
): string[] {
  const quarter = Math.ceil(limits.diskBytes / 4);
  const owner = 'uid=65534,gid=65534,mode=0700';
  const writable = (path: string, bytes: number) => [
    '--tmpfs',
    `${path}:rw,nosuid,nodev,size=${bytes},nr_inodes=${limits.inodes},${owner}`,
  ];
  return [
    ...[engine, 'run', '--rm', '--init', '--interactive', '--name', name, '--network', 'none'],
    ...['--read-only', '--user', '65534:65534', '--cap-drop', 'ALL', '--ipc', 'private'],
    ...['--security-opt', 'no-new-privileges', '--pids-limit', String(limits.processes)],
    ...['--memory', String(limits.memoryBytes), '--memory-swap', String(limits.memoryBytes)],
    ...['--log-driver', 'none', '--workdir', WORK_DIR, '--shm-size', String(quarter)],
    ...writable(WORK_DIR, limits.diskBytes),
    ...writable('/tmp', quarter),
    ...systemMounts(readOnly).flatMap(({ from, to }) => ['--volume', `${from}:${to}:ro`]),
    ...masked.flatMap((path) => ['--tmpfs', `${path}:ro,size=4096`]),
    image,
  ];
}

/** The system's Python lies in /usr, which the image has too: only what an interpreter there needs is laid over it. */
function systemMounts(readOnly: SandboxRun['readOnly']): SandboxRun['readOnly'] {
  const system = ['/usr/bin', '/usr/lib'].map((path) => ({ from: path, to: path }));
  return [...system, ...readOnly];
}

function gvisorArguments({ readOnly, masked, limits }: SandboxRun): string[] {
  const shown = readOnly.filter(({ from, to }) => from !== to);
  const inner = [
    ...[
      'mkdir -p "$0" && mount -t tmpfs',
      `-o size=${limits.diskBytes},nr_inodes=${limits.inodes}`,
    ],
    'tmpfs "$0" && cd "$0"',
    ...masked.map((path) => `&& mount -t tmpfs -o size=4096 tmpfs '${quoted(path)}'`),
    ...shown.map(
      ({ from, to }) =>
        `&& mkdir -p '${quoted(to)}' && mount --bind '${quoted(from)}' '${quoted(to)}'`,
    ),
    '&& exec "$@"',
  ].join(' ');
  return [
    'runsc',
    '--network=none',
    '--rootless',
    'do',
    '--force-overlay',
    '/bin/sh',
    '-c',
    inner,
    WORK_DIR,
  ];
}

function quoted(path: string): string {
  return path.replaceAll("'", "'\\''");
}

let runs = 0;

function framedSandbox(
  engine: string,
  command: (spec: SandboxRun, name: string) => string[],
): Sandbox {
  return {
    name: engine,
    isolated: true,
    async run(spec): Promise<SandboxResult> {
      const { limits, signal } = spec;
      signal?.throwIfAborted();
      const name = `taskspace-${process.pid}-${runs++}`;
      const inside = framedCommand(spec.argv[0]!, spec, WORK_DIR);
      const [file, ...rest] = [...command(spec, name), ...inside.argv] as [string, ...string[]];
      const child = execa(file, rest, {
        stdio: ['pipe', 'pipe', 'pipe'],
        buffer: false,
        reject: false,
        killSignal: 'SIGKILL',
      });
      let killed: SandboxResult['killed'];
      const end = (reason: NonNullable<SandboxResult['killed']>): void => {
        killed ??= reason;
        child.kill('SIGKILL');
        if (engine !== 'gvisor') void execa(engine, ['rm', '--force', name], { reject: false });
      };
      const texts = { o: '', e: '' };
      const collected: Buffer[] = [];
      let [output, handedOut, started] = [0, 0, false];
      let exitCode: number | null = null;
      const onFrame = ({ kind, data }: Frame): void => {
        if (kind === '+') started = true;
        if (kind === 'x') exitCode = Number(data.toString());
        if (kind === 'c') {
          handedOut += data.length;
          if (handedOut <= COLLECT_BYTES + 65_536) collected.push(data);
        }
        if (kind !== 'o' && kind !== 'e') return;
        output += data.length;
        texts[kind] = endsOf(texts[kind] + data.toString());
        if (output > limits.outputBytes) end('output');
      };
      child.stdout.on('data', createFrameReader(onFrame));
      let launcher = '';
      child.stderr.on('data', (chunk: Buffer) => {
        launcher = (launcher + chunk.toString()).slice(-2_000);
      });
      child.stdin.on('error', () => undefined); // it may end before it has read all
      const onAbort = (): void => end('signal');
      signal?.addEventListener('abort', onAbort, { once: true });
      child.stdin.write(inside.header);
      const input = await spec.stdin;
      const began = performance.now();
      const wall = setTimeout(() => end('wall'), limits.wallMs);
      child.stdin.end(input);
      await child;
      clearTimeout(wall);
      signal?.removeEventListener('abort', onAbort);
      if (engine !== 'gvisor') await execa(engine, ['rm', '--force', name], { reject: false });
      if (!started && killed === undefined) {
        throw new SandboxError(
          'TASKSPACE_ERR_SANDBOX_START',
          `sandbox ${engine}: expected it to start, got: ${launcher.trim().slice(0, 600)}. Run "taskspace doctor" for what is missing.`,
        );
      }
      const bytes = Buffer.concat(collected).subarray(0, COLLECT_BYTES + 1);
      return {
        exitCode: killed === undefined ? (exitCode ?? 137) : null,
        ...(killed === undefined ? {} : { killed }),
        stdout: texts.o,
        stderr: texts.e,
        collected: bytes.length === 0 ? null : bytes,
        durationMs: performance.now() - began,
        peakMemoryBytes: 0,
      };
    },
    async [Symbol.asyncDispose]() {},
  };
}

function endsOf(text: string): string {
  if (text.length <= 2 * KEEP_CHARACTERS) return text;
  return `${text.slice(0, KEEP_CHARACTERS / 2)}\n[left out]\n${text.slice(-KEEP_CHARACTERS / 2)}`;
}
