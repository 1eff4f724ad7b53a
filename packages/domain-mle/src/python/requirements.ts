/** Which packages solutions may count on, and the pins for each Python that wheels exist for. */

/** Minor versions of Python 3 that a set of pins serves, and the pins. */
interface PinSet {
  readonly minors: readonly number[];
  readonly pins: Readonly<Record<string, string>>;
}

const PIN_SETS: readonly PinSet[] = [
  {
    minors: [10, 11, 12],
    pins: {
      numpy: '1.26.4',
      scipy: '1.13.1',
      pandas: '2.2.2',
      'scikit-learn': '1.5.2',
      joblib: '1.4.2',
      threadpoolctl: '3.5.0',
    },
  },
  {
    minors: [13],
    pins: {
      numpy: '2.2.6',
      scipy: '1.15.3',
      pandas: '2.2.3',
      'scikit-learn': '1.6.1',
      joblib: '1.5.1',
      threadpoolctl: '3.6.0',
    },
  },
  {
    minors: [14],
    pins: {
      numpy: '2.3.4',
      scipy: '1.16.3',
      pandas: '2.3.3',
      'scikit-learn': '1.7.2',
      joblib: '1.5.2',
      threadpoolctl: '3.6.0',
    },
  },
];

/** Oldest packages of a system Python that are accepted as they are: those of Debian 12. */
export const OLDEST_ACCEPTED: Readonly<Record<string, string>> = {
  numpy: '1.24',
  pandas: '1.5',
  sklearn: '1.2',
};

/** Modules loaded before a solution arrives in a warm worker; importing them starts no threads. */
export const PRELOADED: readonly string[] = [
  'numpy',
  'pandas',
  'sklearn',
  'sklearn.linear_model',
  'sklearn.ensemble',
  'sklearn.model_selection',
  'sklearn.preprocessing',
  'sklearn.pipeline',
  'sklearn.feature_extraction.text',
];

/**
 * The pins for a Python version.
 *
 * @param version - As in `3.11.2`.
 * @returns null when no wheels are known for it.
 */
export function pinsFor(version: string): Readonly<Record<string, string>> | null {
  const [major, minor] = version.split('.').map(Number);
  if (major !== 3) return null;
  return PIN_SETS.find(({ minors }) => minors.includes(minor!))?.pins ?? null;
}
