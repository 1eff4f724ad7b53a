/**
 * A seccomp filter in classic BPF that refuses system calls no solution needs: those that hide memory from the watchdog
 * (memfd_create, shared anonymous mappings, SysV shared memory), look into other processes, make namespaces, or widen the kernel's attack surface.
 * Refused calls fail with EPERM. It is a second line behind namespaces and limits.
 */

/** System call numbers by name; `[x64, arm64]`. */
const REFUSED: Readonly<Record<string, readonly [number, number]>> = {
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
  shmget: [29, 194],
  msgget: [68, 186],
  semget: [64, 190],
  mq_open: [240, 180],
  userfaultfd: [323, 282],
  unshare: [272, 97],
  setns: [308, 268],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  open_by_handle_at: [304, 265],
  name_to_handle_at: [303, 264],
  init_module: [175, 105],
  finit_module: [313, 273],
  kexec_load: [246, 104],
  quotactl: [179, 60],
  vhangup: [153, 58],
};

interface Architecture {
  readonly audit: number;
  readonly column: 0 | 1;
  /** Number of mmap, of which only shared anonymous mappings are refused. */
  readonly mmap: number;
}

const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  x64: { audit: 0xc000003e, column: 0, mmap: 9 },
  arm64: { audit: 0xc00000b7, column: 1, mmap: 222 },
};

/** Classic BPF and seccomp constants, from the kernel's headers. */
const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const AND = 0x54;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const REFUSE = 0x00050001; // errno EPERM
const NUMBER_OFFSET = 0;
const ARCHITECTURE_OFFSET = 4;
const FOURTH_ARGUMENT_OFFSET = 40;
/** Flags of a mapping that is shared and has no file: its pages stay when no process counts them as its own. */
const SHARED_ANONYMOUS = 0x21;
/** Calls of the 32-bit-pointer ABI of x64 start here; they would go round the numbers above. */
const X32_FIRST = 0x40000000;

/**
 * The filter's bytes, for `bwrap --seccomp`.
 *
 * @param architecture - As in `process.arch`.
 * @returns null for an architecture whose numbers are not known.
 */
export function systemCallFilter(architecture: string): Uint8Array | null {
  const known = ARCHITECTURES[architecture];
  if (known === undefined) return null;
  const numbers = Object.values(REFUSED).map((columns) => columns[known.column]);
  const program: (readonly [number, number, number, number])[] = [
    [LOAD_WORD, 0, 0, ARCHITECTURE_OFFSET],
    [JUMP_EQUAL, 1, 0, known.audit],
    [RETURN, 0, 0, KILL_PROCESS],
    [LOAD_WORD, 0, 0, NUMBER_OFFSET],
    // Jumps count instructions to skip; the two returns stand at the end.
    [JUMP_AT_LEAST, numbers.length + 5, 0, X32_FIRST],
    [JUMP_EQUAL, 0, 3, known.mmap],
    [LOAD_WORD, 0, 0, FOURTH_ARGUMENT_OFFSET],
    [AND, 0, 0, SHARED_ANONYMOUS],
    [JUMP_EQUAL, numbers.length + 1, numbers.length, SHARED_ANONYMOUS],
    ...numbers.map((number, index) => [JUMP_EQUAL, numbers.length - index, 0, number] as const),
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, REFUSE],
  ];
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  for (const [index, [code, whenTrue, whenFalse, operand]] of program.entries()) {
    bytes.setUint16(index * 8, code, true);
    bytes.setUint8(index * 8 + 2, whenTrue);
    bytes.setUint8(index * 8 + 3, whenFalse);
    bytes.setUint32(index * 8 + 4, operand, true);
  }
  return new Uint8Array(bytes.buffer);
}
