import { realpathSync, statSync } from 'node:fs';
import { execa } from 'execa';

/** What an interpreter says of itself. */
export interface PythonFacts {
  readonly executable: string;
  readonly version: string;
  readonly hasPip: boolean;
  readonly packages: Readonly<Record<string, string>>;
  /** Folders outside the system's that it needs. */
  readonly folders: readonly string[];
  /** All folders with packages below what is shown, whether it looks there or not. */
  readonly sitePackages: readonly string[];
}

/** Modules whose versions are worth telling the policy. */
const KNOWN = [
  ...['numpy', 'pandas', 'sklearn', 'scipy', 'joblib', 'xgboost', 'lightgbm', 'catboost'],
  ...['statsmodels', 'torch', 'nltk', 'PIL', 'cv2'],
];

const PROGRAM = `
import glob, importlib.metadata as metadata, importlib.util, json, os, sys, sysconfig
names = {"sklearn": "scikit-learn", "PIL": "pillow", "cv2": "opencv-python"}
packages = {}
for name in json.loads(sys.argv[1]):
    try:
        if importlib.util.find_spec(name) is not None:
            packages[name] = metadata.version(names.get(name, name))
    except Exception:
        pass
prefixes = list(dict.fromkeys([sys.prefix, sys.base_prefix]))
sites = [p for p in sys.path if p.endswith("-packages")]
for prefix in prefixes:
    sites += glob.glob(os.path.join(prefix, "lib*", "python3*", "*-packages"))
sites += glob.glob("/usr/lib/python3*/*-packages") + glob.glob("/usr/lib64/python3*/*-packages")
print(json.dumps({
    "executable": sys.executable,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "hasPip": importlib.util.find_spec("pip") is not None,
    "packages": packages,
    "prefix": sys.prefix,
    "basePrefix": sys.base_prefix,
    "sitePackages": sorted(set(sites)),
}))
`;

const TIMEOUT_MS = 30_000;

/** Asks an interpreter about itself; null when it is not there or does not run. */
export async function inspectPython(
  command: string,
  signal?: AbortSignal,
): Promise<PythonFacts | null> {
  const { stdout, failed } = await execa(command, ['-I', '-c', PROGRAM, JSON.stringify(KNOWN)], {
    reject: false,
    stdin: 'ignore',
    timeout: TIMEOUT_MS,
    cwd: '/',
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  if (failed) return null;
  const said = JSON.parse(stdout) as Omit<PythonFacts, 'folders'> & {
    readonly prefix: string;
    readonly basePrefix: string;
  };
  const { prefix, basePrefix, ...facts } = said;
  return { ...facts, folders: foldersOf(prefix, basePrefix, facts.executable) };
}

/** An environment is shown whole; of the interpreter it was made from, programs and libraries. */
function foldersOf(prefix: string, basePrefix: string, executable: string): string[] {
  const real = realpathSync(executable);
  const bases = [basePrefix, real.replace(/\/bin\/[^/]+$/u, ''), realpathSync(basePrefix)];
  const parts = bases.flatMap((base) => ['bin', 'lib', 'lib64'].map((name) => `${base}/${name}`));
  const environment = prefix === basePrefix ? [] : [prefix];
  return [...new Set([...environment, ...parts])].filter(
    (path) =>
      !/^\/(?:usr\/)?(?:bin|lib|lib64)$/u.test(path) &&
      statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
  );
}
